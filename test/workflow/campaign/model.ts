import fc from 'fast-check';
import { atRest } from '../cloud/at-rest';
import { Simulation } from '../cloud/simulation';
import { PRODUCTION } from '../cloud/stage';
import type { Saved } from '../cloud/world';
import { seededRandom } from '../../../local/seeded-random';
import { approveBeside, HOUR, MINUTE, over } from './people';

const COLORS = ['blue', 'green'] as const;

/** What somebody, or AWS, does to an environment. `which` chooses among the releases that there are. */
export type Command =
  | { readonly do: 'tag' | 'unfreeze' | 'resume' | 'freeze' | 'heal' }
  | {
      readonly do:
        | ('approve' | 'reject' | 'cancel' | 'duplicate event' | 'duplicate start' | 'duplicate retirement')
        | ('stop' | 'redrive');
      readonly which: number;
    }
  | { readonly do: 'revert'; readonly again: boolean }
  | { readonly do: 'alarm on' | 'alarm off' | 'crash'; readonly color: (typeof COLORS)[number] }
  | { readonly do: 'deploy'; readonly max: number; readonly steps: number }
  | { readonly do: 'pass'; readonly seconds: number };

export interface Sequence {
  /** Decides how long each call takes, and so what comes first. */
  readonly seed: number;
  readonly commands: readonly Command[];
}

/** At most this many releases at once. */
const AT_ONCE = 5;

const which = fc.nat(AT_ONCE - 1);
const color = fc.constantFrom(...COLORS);
const named = <T extends string>(...names: T[]) => fc.constantFrom(...names);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: named('tag') }) },
  { weight: 5, arbitrary: fc.record({ do: named('approve'), which }) },
  { weight: 2, arbitrary: fc.record({ do: named('reject', 'cancel'), which }) },
  { weight: 3, arbitrary: fc.record({ do: named('revert'), again: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: named('resume') }) },
  { weight: 1, arbitrary: fc.record({ do: named('freeze', 'unfreeze', 'heal') }) },
  { weight: 2, arbitrary: fc.record({ do: named('alarm on', 'alarm off', 'crash'), color }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: named('deploy'),
      max: fc.integer({ min: 4, max: 9 }),
      steps: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: named('duplicate event', 'duplicate start', 'duplicate retirement'), which }),
  },
  // In the console of Step Functions.
  { weight: 2, arbitrary: fc.record({ do: named('stop', 'redrive'), which }) },
  { weight: 9, arbitrary: fc.record({ do: named('pass'), seconds: fc.constantFrom(1, 10, 40, 90, 240, 900, 4_500) }) },
);

export const sequence: fc.Arbitrary<Sequence> = fc.record({
  seed: fc.nat(2 ** 31 - 1),
  commands: fc.array(command, { minLength: 3, maxLength: 16 }),
});

/** Plays a sequence. @returns what does not hold, in words: at any step, or when everything has come to rest */
export async function play({ seed, commands }: Sequence, from: Saved): Promise<string[]> {
  const next = seededRandom(seed);
  const world = new Simulation(PRODUCTION, { from, latency: () => 5 + Math.floor(next() * 400) });
  const actor = new Actor(world);
  try {
    for (const [index, each] of commands.entries()) {
      actor.act(each);
      await world.rest(each.do === 'pass' ? each.seconds * 1_000 : Math.floor(next() * 2_000));
      if (world.violations.length > 0)
        return world.violations.map((what) => `after step ${index + 1}, ${each.do}: ${what}`);
    }
    return await comeToRest(world);
  } finally {
    world.close();
  }
}

/** Nothing rings, nobody is ill, everybody who asks is answered: what is left has to end well. */
async function comeToRest(world: Simulation): Promise<string[]> {
  heal(world);
  world.ringing.clear();
  for (const { name, status } of world.executions.all) if (status === 'RUNNING') void approveBeside(world, name);
  await over(world, 12 * HOUR);
  await world.rest(16 * MINUTE);
  const now = world.clock.read();
  if (world.schedules.some(({ at }) => at <= now && at > now - MINUTE)) await world.rest(MINUTE);
  return atRest(world);
}

function heal({ fleets }: Simulation): void {
  for (const name of COLORS) delete fleets.services[name]!.healthy;
}

class Actor {
  private tagged = 0;
  private reverts = 0;

  constructor(private readonly world: Simulation) {}

  /** Nobody waits for an answer: what one does goes on while the next one acts. */
  act(each: Command): void {
    const { world } = this;
    const running = world.executions.all.filter(({ status }) => status === 'RUNNING');
    const of = <T>(things: readonly T[], at: number): T | undefined => things[at % Math.max(1, things.length)];
    switch (each.do) {
      case 'tag':
        if (running.length < AT_ONCE) world.release(`v1.${2 + this.tagged++}.0`);
        break;
      case 'approve':
      case 'reject':
        this.ask('decide', { release: of(running, each.which)?.name, decision: each.do, by: 'quinn', reason: 'so' });
        break;
      case 'cancel':
        this.ask('operate', { action: 'cancel', release: of(running, each.which)?.name, by: 'oscar', reason: 'wrong' });
        break;
      case 'revert':
        if (!each.again) this.reverts++;
        this.ask('revert', { by: 'oscar', reason: `broken ${this.reverts}` });
        break;
      case 'freeze': {
        const until = new Date(world.clock.read() + 30 * MINUTE).toISOString();
        this.ask('operate', { action: 'freeze', by: 'oscar', reason: 'sale', until });
        break;
      }
      case 'unfreeze':
      case 'resume':
        this.ask('operate', { action: each.do, by: 'oscar' });
        break;
      case 'alarm on':
        world.ringing.add(each.color);
        break;
      case 'alarm off':
        world.ringing.delete(each.color);
        break;
      case 'crash':
        world.fleets.services[each.color]!.healthy = 0;
        break;
      case 'heal':
        heal(world);
        break;
      case 'deploy':
        this.deploy(each.max, each.steps);
        break;
      case 'duplicate event': {
        const ended = of(
          world.executions.all.filter(({ status }) => !['RUNNING', 'SUCCEEDED'].includes(status)),
          each.which,
        );
        if (ended !== undefined) void world.deliver('recover-release', world.endOf(ended));
        break;
      }
      case 'duplicate start': {
        const again = of(running, each.which);
        if (again !== undefined) world.executions.start(again.name, again.input);
        break;
      }
      case 'stop': {
        const stopped = of(running, each.which);
        if (stopped !== undefined) void world.executions.operations.StopExecution({ executionArn: stopped.arn });
        break;
      }
      case 'redrive': {
        const ended = world.executions.all.filter(({ status }) => !['RUNNING', 'SUCCEEDED'].includes(status));
        const again = of(ended, each.which);
        if (again !== undefined && running.length < AT_ONCE) world.executions.redrive(again.name);
        break;
      }
      case 'duplicate retirement': {
        const schedule = of(world.schedules, each.which);
        if (schedule !== undefined) void world.deliver('retire-idle', schedule.input);
        break;
      }
      default:
    }
  }

  private ask(folder: string, request: object): void {
    void this.world.invoke(folder, request).catch(() => undefined);
  }

  /**
   * `cdk deploy` with other sizes and steps: the template’s task definition gets a revision, the functions get their
   * variables. Services, route and target groups have no property that differs, so that CloudFormation calls nothing.
   */
  private deploy(max: number, steps: number): void {
    const { world } = this;
    const shares = [
      { percent: 10, checks: 1 },
      { percent: 50, checks: 1 },
      { percent: 100, checks: 0 },
    ];
    world.policy = { ...world.policy, size: { ...world.policy.size, max }, traffic: shares.slice(-steps) };
    const [container] = world.fleets.newest('template').containerDefinitions;
    const containerDefinitions = [{ ...container!, image: `repository:template-${max}` }];
    void world.fleets.operations.RegisterTaskDefinition({ family: 'template', containerDefinitions, tags: [] });
    void world.deliver('check-drift', { trigger: 'stack' });
  }
}
