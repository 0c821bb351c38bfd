import { needsSnapshot } from '../../../lambda/domain/snapshot-name';
import type { Color } from '../../../lambda/domain/color';
import { otherColor } from '../../../lambda/domain/color';
import type { Route } from '../../../lambda/domain/route';
import type { Call } from './door';
import type { Simulation } from './simulation';

type Item = Record<string, unknown>;

/** Who may change the size of a fleet that has viewers: what they do comes after a cutover, or is a way back. */
const AFTER_CUTOVER = ['complete-release', 'recover-release', 'revert'];

/** A fleet may change between the look at it and the write; a look that is older does not count. */
const SEEN_MS = 2_000;

/** Watches what calls do: promises P1, P2, P4 and P5 hold at every moment, fault or not. */
export function watch(world: Simulation): (call: Call, effect: () => Promise<object>) => Promise<object> {
  const rules = RULES(world);
  return async (call, effect) => {
    const rule = rules[call.operation];
    if (rule === undefined) return effect();
    const check = rule(call.input, call);
    const output = await effect();
    for (const broken of check()) {
      world.violations.push(`${broken} (${call.handler} ${call.operation} ${call.nth})`);
    }
    return output;
  };
}

// oxlint-disable-next-line typescript/no-explicit-any -- each operation has its own input
type Rule = (input: any, call: Call) => () => string[];

const when = (...claims: [boolean, string][]) => claims.filter(([broken]) => broken).map(([, what]) => what);

function RULES(world: Simulation): Readonly<Record<string, Rule>> {
  const { fleets } = world;
  const viewersOn = (color: string) => {
    const { route } = world;
    if (route === undefined || route.releases[route.live] === null) return false;
    return route.live === color || route.shift?.to === color;
  };
  const size = (color: string) => fleets.services[color]!.desired;
  // A turn may be taken over between the question and the write that follows it.
  let turnedAt = -Infinity;
  const seen = new Map<string, { readonly at: number; readonly healthy: number }>();
  /** As whoever writes has observed it, or as it is. */
  const healthyAsSeen = (invocation: number) => (color: string) => {
    const last = seen.get(`${invocation} ${color}`);
    return last !== undefined && world.clock.read() - last.at < SEEN_MS ? last.healthy : fleets.healthy(color);
  };

  const resized: Rule = (input: { service?: string; ResourceId?: string }, { handler }) => {
    const color = input.service ?? input.ResourceId?.split('/').at(-1) ?? '';
    const [before, revision] = [size(color), fleets.services[color]!.taskDefinition];
    const served = viewersOn(color);
    const standby = world.route?.standby === color;
    return () => {
      const smaller = size(color) < Math.min(before, world.policy.size.min);
      const clamped = size(color) !== before && !AFTER_CUTOVER.includes(handler);
      const otherRevision = fleets.services[color]!.taskDefinition !== revision;
      return when(
        [served && smaller, `P1: the fleet that viewers are on shrinks from ${before} to ${size(color)}`],
        [served && clamped, `P1: the live fleet is resized from ${before} to ${size(color)}`],
        [served && otherRevision, 'P1: the live fleet gets another revision'],
        [standby && (smaller || otherRevision), 'P2: the standby is changed while the route points at it'],
      );
    };
  };

  const written: Rule = ({ Key, Item }: { Key?: Item; Item?: Item }) => {
    const { pk, sk } = (Key ?? Item)!;
    const read = () => world.ledger.read(String(pk), String(sk));
    if (sk === 'turn') {
      turnedAt = world.clock.read();
      return turned(read() as unknown as Turn | undefined, () => read() as unknown as Turn);
    }
    const before = read();
    return () => {
      const after = read();
      const changed = (member: string) =>
        before?.[member] !== undefined && JSON.stringify(before[member]) !== JSON.stringify(after?.[member]);
      return when(
        [sk === 'record' && changed('outcome'), `P3: the outcome of ${String(pk)} is recorded twice`],
        [sk === 'approval' && changed('decision'), `P4: ${String(pk)} is decided twice`],
      );
    };
  };

  return {
    DescribeTargetHealth:
      ({ TargetGroupArn: color }: { TargetGroupArn: string }, { invocation }) =>
      () => {
        seen.set(`${invocation} ${color}`, { at: world.clock.read(), healthy: fleets.healthy(color) });
        return [];
      },
    UpdateService: resized,
    RegisterScalableTarget: resized,
    PutKey: (_input, { handler, invocation }) => {
      const before = world.route;
      const taken = world.clock.read() - turnedAt < SEEN_MS;
      return () => movedBadly(world, before, world.route!, handler, healthyAsSeen(invocation), taken);
    },
    DeregisterTaskDefinition: ({ taskDefinition }: { taskDefinition: string }) => {
      const runs = ['blue', 'green'].filter((color) => fleets.services[color]!.taskDefinition === taskDefinition);
      const { route } = world;
      const needed = runs.filter((color) => viewersOn(color) || route?.standby === color);
      return () => when([needed.length > 0, `P1: the revision that ${needed.join()} runs is taken away`]);
    },
    Put: written,
    Update: written,
    ApplyChangeset: ({ changeset, release }: { changeset: string; release: string }) => {
      const before = world.applied.filter((each) => each === changeset).length;
      const plan = world.ledger.read(`events#${release}`, 'event#RecordPlan') as { verdict: string } | undefined;
      const needed = needsSnapshot(world.policy.snapshotBeforeMigration, {
        verdict: plan?.verdict ?? 'none',
        pending: 1,
      });
      const unsafe = needed && !world.hasRestorePoint(release);
      return () =>
        when(
          [before > 0 && world.applied.filter((each) => each === changeset).length > before, 'P5: applied twice'],
          [unsafe, `P5: ${changeset} is applied without the restore point of ${release}`],
        );
    },
  };
}

interface Turn {
  readonly number: number;
  readonly revision: number;
  readonly holder: { readonly release: string } | null;
}

const turned = (before: Turn | undefined, read: () => Turn) => () => {
  const after = read();
  const { number, revision, holder } = before ?? { number: 0, revision: 0, holder: null };
  const handedOver = after.holder !== null && after.holder.release !== holder?.release;
  return when(
    [after.revision !== revision + 1, 'P4: a change of the turn is lost'],
    [after.number !== number + (handedOver ? 1 : 0), `P4: turn ${number} becomes ${after.number}`],
  );
};

/** What a write of the route may not do (P2, P4). */
function movedBadly(
  world: Simulation,
  before: Route | undefined,
  after: Route,
  handler: string,
  healthyAsSeen: (color: string) => number,
  taken: boolean,
): string[] {
  const back = handler === 'recover-release' || handler === 'revert';
  const wasServed = before !== undefined && before.releases[before.live] !== null;
  const gains: Color[] = [];
  if (before !== undefined && after.live !== before.live) gains.push(after.live);
  if (after.shift !== null && after.shift.percent > (before?.shift?.percent ?? 0)) gains.push(after.shift.to);
  const needed = back ? 1 : world.policy.size.min;
  const holder = world.turn()?.holder?.release;
  const { release, nonce } = after.writer;
  // Who only sets the maintenance state, or writes to keep others out, moves nobody.
  const asHolder = after.moved === after.epoch && /:(claim|preview|shift:\d+)$/.test(nonce);
  const standby = after.standby;
  return [
    ...gains
      .filter((color) => healthyAsSeen(color) < needed)
      .map((color) => `P2: viewers are sent to ${color} with ${healthyAsSeen(color)} of ${needed} healthy`),
    ...when(
      [before !== undefined && after.epoch !== before.epoch + 1, 'P4: a write of the route is lost'],
      [wasServed && after.releases[after.live] === null, 'P2: viewers are sent to a color without a release'],
      [asHolder && holder !== release && !taken, `P4: ${release} moves the route, but the turn is ${holder}’s`],
      [standby !== null && standby !== otherColor(after.live), 'P2: the standby is the live color'],
      [standby !== null && after.releases[standby] === null, 'P2: the standby runs no release'],
    ),
  ];
}
