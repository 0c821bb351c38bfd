import { otherColor } from '../../../lambda/domain/color';
import { highestVersion } from '../../../lambda/domain/versions';
import type { Simulation } from './simulation';
import { digestOf } from './world';

/** How a release may end (P3). */
const ENDS = ['released', 'rejected', 'failed', 'superseded', 'canceled', 'reverted', 'migrated'];

interface Ended {
  readonly id: string;
  readonly version: string;
  readonly outcome?: string;
  readonly execution: string;
  readonly notifiedAt?: string;
  readonly endedAt?: string;
}

/**
 * What has to hold once nothing is under way and no fault is left: promise P3, and that the recorded state, the route
 * and the fleets tell the same story.
 *
 * @returns what does not hold, in words
 */
export function atRest(world: Simulation): string[] {
  return [
    ...world.violations,
    ...ends(world),
    ...(world.stage.settings.ROUTE_STORE_ARN ? served(world) : rolled(world)),
  ];
}

const when = (...claims: [boolean | undefined, string][]) =>
  claims.filter(([broken]) => broken).map(([, what]) => what);

const records = (world: Simulation): Ended[] =>
  world.ledger.all().filter(({ sk }) => sk === 'record') as unknown as Ended[];

function ends(world: Simulation): string[] {
  const turn = world.turn() as (ReturnType<Simulation['turn']> & { untold: unknown[] }) | undefined;
  const all = records(world);
  const running = world.executions.all.filter(({ status }) => status === 'RUNNING');
  const unknown = world.executions.all.filter(({ name }) => all.every(({ id }) => id !== name));
  return [
    ...running.map(({ name, state }) => `P3: ${name} still runs, in ${state}`),
    ...unknown.map(({ name }) => `P3: the ledger does not know ${name}`),
    ...when(
      [turn?.holder != null, `P3: the turn is ${turn?.holder?.release}’s`],
      [turn && turn.waiting.length > 0, `P3: ${turn?.waiting.map(({ release }) => release).join()} waits`],
      [turn && turn.untold.length > 0, 'P3: somebody was not told'],
    ),
    ...all.flatMap((record) => endOf(world, record)),
  ];
}

function endOf(world: Simulation, { id, outcome = 'none', notifiedAt, endedAt, execution }: Ended): string[] {
  const missing = eventsOf(world, { id, outcome, execution }).filter(
    (names) => !names.some((name) => world.ledger.read(`events#${id}`, `event#${name}`) !== undefined),
  );
  const told = world.notifications.filter((each) => each.id === `${id}:end`).length;
  return when(
    [!ENDS.includes(outcome), `P3: ${id} ended as ${outcome}`],
    [endedAt === undefined, `P3: ${id} has no time of its end`],
    [notifiedAt === undefined || (told === 0 && !world.before.has(id)), `P3: nobody was told of the end of ${id}`],
    [missing.length > 0, `P3: the ledger lacks ${missing.map((names) => names[0]).join()} of ${id}, ${outcome}`],
  );
}

/** Events that the ledger must have, each with what may stand in its place. */
function eventsOf(
  world: Simulation,
  { id, outcome, execution }: Required<Pick<Ended, 'id' | 'execution' | 'outcome'>>,
) {
  // A warm revert is one record.
  if (execution === '') return [];
  if (outcome !== 'released' && outcome !== 'migrated') return [['RecoverRelease']];
  const path = world.execution(id)?.path ?? [];
  const always = path.includes('Migrate') ? [['RecordPlan'], ['Migrate']] : [];
  if (outcome === 'migrated')
    return [['OpenMigration'], ['AwaitTurn', 'Queued'], ...always.filter(([name]) => name !== 'Migrate')];
  const named = [
    'OpenRelease',
    'CheckImage',
    'DeployIdle',
    'AwaitHealthy',
    'SmokeTest',
    'PrepareCutover',
    'Bake',
    'CompleteRelease',
    'RollLive',
  ];
  const alias: Record<string, string> =
    world.stage.recovery === 'recover-roll' ? { SmokeTest: 'SmokeLive', CompleteRelease: 'CompleteRoll' } : {};
  return [
    ['AwaitTurn', 'Queued'],
    ...always,
    ...named.filter((name) => path.includes(name)).map((name) => [alias[name] ?? name]),
    ...(path.includes('ShiftTraffic') ? [['ShiftTraffic:100']] : []),
    ...(path.includes('AwaitApproval') ? [['AwaitApproval'], ['Decision']] : []),
  ];
}

/** Route, fleets, scaling and records of an environment with two colors. */
function served(world: Simulation): string[] {
  const { route, fleets } = world;
  if (route === undefined) return [];
  const { live, standby } = route;
  const release = route.releases[live];
  const idle = otherColor(live);
  if (release === null) return [];
  const recorded = world.ledger.read('environment', 'live') as { release?: string; digest?: string } | undefined;
  const version = records(world).find(({ id }) => id === release)?.version ?? '';
  const fleet = fleets.services[live]!;
  const known = new Set(records(world).map(({ id }) => id));
  // Of several that nobody could record the last one is made up for.
  const lastRevert = world.routes.findLast(({ route: { writer } }) => writer.nonce === writer.release);
  const unrecorded = known.has(lastRevert?.route.writer.release ?? '') ? undefined : lastRevert;
  const retired = world.schedules.some(
    ({ input, at }) => (input as { release?: string }).release === route.releases[idle] && at > world.clock.read(),
  );
  return when(
    [unrecorded !== undefined, `P3: the ledger does not know ${unrecorded?.route.writer.release}`],
    [recorded?.release !== release, `viewers get ${release}, recorded as live is ${recorded?.release}`],
    [world.liveTag !== digestOf(version), `the live tag is not on the image of ${version}`],
    [!fleets.image(live).includes(digestOf(version)), `${live} does not run the image of ${version}`],
    [fleets.newest(live).arn !== fleet.taskDefinition, `the newest revision of ${live} is not the one that it runs`],
    [fleet.desired < world.policy.size.min, `${live} has ${fleet.desired} tasks`],
    [fleets.targets[live] === undefined, `${live} does not scale`],
    [fleets.targets[live]?.suspended, `${live} does not scale in`],
    [route.shift !== null, 'a shift goes on'],
    [route.preview !== null && route.releases[idle] === null, 'the preview is left over'],
    [route.readOnlyFor !== null, `the edge is read-only for ${route.readOnlyFor}`],
    [
      standby === null && fleets.services[idle]!.desired > 0 && !world.untouched.has(idle),
      `${idle} costs money for nothing`,
    ],
    [standby === null && route.releases[idle] !== null, `${route.releases[idle]} is on ${idle}, which is nobody’s`],
    [standby !== null && !retired, `${standby} stays the standby for ever`],
    [fleets.targets[idle] !== undefined, `${idle} scales although nobody is sent to it`],
  );
}

/** An environment with one fleet runs the newest version that was released, and the ledger says so. */
function rolled(world: Simulation): string[] {
  const recorded = world.ledger.read('environment', 'live') as { version: string; digest: string } | undefined;
  const released = records(world).filter(({ outcome }) => outcome === 'released');
  if (released.length === 0) return [];
  const newest = highestVersion(released.map(({ version }) => version))!;
  const fleet = world.fleets.services.blue!;
  return when(
    [recorded?.version !== newest, `${newest} was released last, recorded as live is ${recorded?.version}`],
    [!world.fleets.image('blue').includes(digestOf(newest)), `the fleet does not run the image of ${newest}`],
    [world.fleets.newest('blue').arn !== fleet.taskDefinition, 'the newest revision is not the one that runs'],
    [world.liveTag !== digestOf(newest), `the live tag is not on the image of ${newest}`],
  );
}
