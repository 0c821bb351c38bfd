import { COLORS, type Color } from './color';
import type { Route } from './route';

/** What a color's fleet is found to be. */
export interface FleetFound {
  /** Revision of the service's newest deployment. */
  readonly taskDefinition: string;
  /** Release that registered that revision; null for a placeholder. */
  readonly release: string | null;
  /** Whether that revision is active: one that was deregistered starts no task in another service, and no revert. */
  readonly active: boolean;
  /** Digest that the revision pins its image to; null when it pins none. */
  readonly digest: string | null;
  /** Deployments under way; 1 when the service is steady. */
  readonly deployments: number;
  /** Revisions of the tasks that run. */
  readonly running: readonly string[];
  readonly desired: number;
  /** The family's newest active revision: what an update of the service by CloudFormation would deploy. */
  readonly newest: { readonly taskDefinition: string; readonly release: string | null };
  /** Whether the service registers its tasks with the color's own target group. */
  readonly attached: boolean;
  /** What Application Auto Scaling has registered. */
  readonly scaling: ScalingFound | null;
}

export interface ScalingFound {
  readonly min: number;
  readonly max: number;
  /** Scale-in is suspended. */
  readonly suspended: boolean;
}

/** Everything that is compared: the route, what runs, and what the ledger says. */
export interface Found {
  /** null before the first release, and in an environment with one fleet. */
  readonly route: Route | null;
  readonly fleets: Readonly<Partial<Record<Color, FleetFound>>>;
  /** What the ledger says is live. */
  readonly recorded: { readonly release: string; readonly digest: string } | null;
  /** The release that has the turn. */
  readonly holder: string | null;
  /** The turn's holder has ended in the ledger. */
  readonly holderEnded: boolean;
  /** Sizes of the configuration. */
  readonly size: { readonly min: number; readonly max: number };
}

/** `dangerous`: a cutover or revert would lead to something that nobody approved, so that none is begun. */
export type DriftSeverity = 'dangerous' | 'warning';

/** What the guard may do about a difference by itself. Each changes nothing that viewers get. */
export type DriftMend =
  | { readonly act: 'deregister'; readonly taskDefinition: string }
  | { readonly act: 'start-scaling' | 'resume-scaling' | 'stop-scaling'; readonly color: Color };

/** Something that is not as route and ledger say. */
export interface Difference {
  /** Stable: docs/runbook.md has a line for each. */
  readonly name: DriftName;
  readonly severity: DriftSeverity;
  /** @default - it concerns the environment */
  readonly color?: Color;
  /** What was found, and what should be. */
  readonly meaning: string;
  /** What to do. */
  readonly mend: string;
  /** What the guard does by itself, while nobody has the turn. @default - it is for people to mend */
  readonly safely?: DriftMend;
}

const DRIFT_NAMES = [
  'route-missing',
  'runs-another-release',
  'runs-another-digest',
  'mixed-revisions',
  'target-group-detached',
  'revision-gone',
  'newer-revision',
  'ledger-behind',
  'shift-without-release',
  'turn-left-over',
  'standby-without-tasks',
  'scaling-missing',
  'scaling-suspended',
  'scaling-bounds',
  'scaling-left-over',
] as const;
export type DriftName = (typeof DRIFT_NAMES)[number];

/** Compares what was found with what should be. Nothing found means that route, fleets and ledger agree. */
export function findDrift(found: Found): Difference[] {
  const { route, recorded, fleets } = found;
  if (route !== null) {
    return [...environmentDrift(found, route), ...COLORS.flatMap((color) => [...colorDrift(found, route, color)])];
  }
  if (recorded === null) return [];
  // An environment with one fleet has no route; with two it has lost it.
  if (fleets.green === undefined) return fleets.blue === undefined ? [] : rollingDrift(found, fleets.blue, recorded);
  return [
    {
      name: 'route-missing',
      severity: 'dangerous',
      meaning: `the KeyValueStore has no route, but ${recorded.release} was live: viewers get the placeholder of blue`,
      mend: 'put the route back by hand (docs/runbook.md, break-glass)',
    },
  ];
}

function* environmentDrift(found: Found, route: Route): Iterable<Difference> {
  const { recorded, holder } = found;
  const live = route.releases[route.live];
  if (live !== null && recorded !== null && recorded.release !== live && holder === null) {
    yield {
      name: 'ledger-behind',
      severity: 'warning',
      meaning: `the ledger says that ${recorded.release} is live, the route says ${live}`,
      mend: 'ask for the same revert again, which writes what is missing; otherwise release a version',
    };
  }
  if (route.shift !== null && route.releases[route.shift.to] !== holder) {
    yield {
      name: 'shift-without-release',
      severity: 'dangerous',
      color: route.shift.to,
      meaning: `${route.shift.percent} % of the viewers get ${route.shift.to}, but no release that has the turn shifts them`,
      mend: 'greenroom revert sends them back; the sweep does so too within minutes',
    };
  }
  if (holder !== null && found.holderEnded) {
    yield {
      name: 'turn-left-over',
      severity: 'warning',
      meaning: `${holder} has the turn, but has come to its end`,
      mend: 'the sweep gives the turn up within minutes (docs/runbook.md, stuck turn)',
    };
  }
}

function* colorDrift(found: Found, route: Route, color: Color): Iterable<Difference> {
  const fleet = found.fleets[color];
  if (fleet === undefined) return;
  const release = route.releases[color];
  // DeployIdle, retirement and recovery are at work on a color whose release has the turn, or that belongs to nobody.
  const changing = route.live !== color && (release === null || release === found.holder);
  if (!changing && release !== null) {
    const digest = found.recorded?.release === release ? found.recorded.digest : null;
    yield* fleetDrift(fleet, color, route.live === color, release, digest);
  }
  if (found.holder !== null) return;
  yield* revisionDrift(fleet, color);
  if (route.standby === color && fleet.desired === 0) {
    yield {
      name: 'standby-without-tasks',
      severity: 'warning',
      color,
      meaning: `the route says that ${color} is warm, but its service has no task: a revert would have nobody to go to`,
      mend: 'a revert deploys the version again; bring the service to a size by hand to have it warm',
    };
  }
  yield* scalingDrift(found, fleet, color, route.live === color && release !== null);
}

/** What a fleet that viewers get, or may be sent back to, has to be. */
function* fleetDrift(
  fleet: FleetFound,
  color: Color,
  live: boolean,
  release: string,
  digest: string | null,
): Iterable<Difference> {
  const what = live ? 'live' : 'the standby';
  const mend = live
    ? 'find out who deployed it (CloudTrail: ecs:UpdateService); greenroom revert, or release the version again'
    : 'find out who deployed it (CloudTrail: ecs:UpdateService); do not revert to it, release the version again';
  if (fleet.release !== release) {
    yield {
      name: 'runs-another-release',
      severity: 'dangerous',
      color,
      meaning: `${color} is ${what} with ${release}, but its service runs ${fleet.taskDefinition} of ${fleet.release ?? 'no release'}`,
      mend,
    };
  } else if (digest !== null && fleet.digest !== digest) {
    yield {
      name: 'runs-another-digest',
      severity: 'dangerous',
      color,
      meaning: `${color} is ${what} with ${release}, recorded as ${digest}, but runs ${fleet.digest ?? 'an image without digest'}`,
      mend,
    };
  }
  const strangers = fleet.deployments > 1 ? [] : fleet.running.filter((revision) => revision !== fleet.taskDefinition);
  if (strangers.length > 0) {
    yield {
      name: 'mixed-revisions',
      severity: 'dangerous',
      color,
      meaning: `${strangers.length} task(s) of ${color} run ${[...new Set(strangers)].join(', ')}, its service ${fleet.taskDefinition}`,
      mend: 'look at the service’s deployments; tasks that were started by hand have to be stopped',
    };
  }
  if (!fleet.attached) {
    yield {
      name: 'target-group-detached',
      severity: 'dangerous',
      color,
      meaning: `the service of ${color} does not register its tasks with the target group of ${color}`,
      mend: 'deploy the fleet stack again (npx cdk deploy --revert-drift)',
    };
  }
  if (!fleet.active) {
    yield {
      name: 'revision-gone',
      severity: 'warning',
      color,
      meaning: `${fleet.taskDefinition}, which ${color} runs, was deregistered: an update of its stack would deploy another`,
      mend: 'release the version again before the fleet stack is deployed',
    };
  }
}

/** The newest active revision of a family is what its color runs: else an update by CloudFormation would deploy it. */
function* revisionDrift(fleet: FleetFound, color: Color): Iterable<Difference> {
  const { newest, taskDefinition, active } = fleet;
  if (newest.taskDefinition === taskDefinition || !active) return;
  yield {
    name: 'newer-revision',
    severity: 'warning',
    color,
    meaning: `${newest.taskDefinition} (${newest.release ?? 'no release'}) is the newest of its family, but ${color} runs ${taskDefinition}: an update of the service’s stack would deploy it`,
    mend: `deregister ${newest.taskDefinition}`,
    // Somebody registered it by hand, and may want it: only what a release left behind is taken away.
    ...(newest.release !== null && { safely: { act: 'deregister', taskDefinition: newest.taskDefinition } }),
  };
}

/** The live fleet scales between the configured bounds, and no other does. */
function* scalingDrift({ size }: Found, fleet: FleetFound, color: Color, live: boolean): Iterable<Difference> {
  const { scaling, desired } = fleet;
  if (!live) {
    if (scaling === null) return;
    yield {
      name: 'scaling-left-over',
      severity: 'warning',
      color,
      meaning: `${color} is not live, but scales between ${scaling.min} and ${scaling.max}`,
      mend: 'deregister its scalable target',
      safely: { act: 'stop-scaling', color },
    };
    return;
  }
  // A registration pulls the size of the live fleet into its bounds at once (promise P1).
  const within = desired >= size.min && desired <= size.max;
  const start = within ? { safely: { act: 'start-scaling' as const, color } } : {};
  const byHand = `bring ${color} (${desired} tasks) between ${size.min} and ${size.max} first`;
  if (scaling === null) {
    yield {
      name: 'scaling-missing',
      severity: 'warning',
      color,
      meaning: `${color} is live, but does not scale`,
      mend: within ? 'register its scalable target' : byHand,
      ...start,
    };
  } else if (scaling.min !== size.min || scaling.max !== size.max) {
    yield {
      name: 'scaling-bounds',
      severity: 'warning',
      color,
      meaning: `${color} scales between ${scaling.min} and ${scaling.max}, the configuration says ${size.min} to ${size.max}`,
      mend: within ? 'register its bounds anew' : byHand,
      ...start,
    };
  } else if (scaling.suspended) {
    yield {
      name: 'scaling-suspended',
      severity: 'warning',
      color,
      meaning: `${color} is live and does not scale in, though no release is under way`,
      mend: 'end the suspension of its scalable target',
      safely: { act: 'resume-scaling', color },
    };
  }
}

/** With one fleet there is no route: what runs is compared with what the ledger says. */
function rollingDrift(
  { holder }: Found,
  fleet: FleetFound,
  { release, digest }: NonNullable<Found['recorded']>,
): Difference[] {
  // The fleet is the release's to change.
  if (holder !== null) return [];
  return [...fleetDrift(fleet, 'blue', true, release, digest), ...revisionDrift(fleet, 'blue')];
}

/** The idle fleet is what was approved: asked right before its cutover. */
export function findIdleDrift(fleet: FleetFound, color: Color, release: string, taskDefinition: string): Difference[] {
  const differences = [...fleetDrift(fleet, color, false, release, null)];
  if (fleet.taskDefinition === taskDefinition) return differences;
  const meaning = `${color} was deployed with ${taskDefinition} and runs ${fleet.taskDefinition} now`;
  return [
    ...differences.filter(({ name }) => name !== 'runs-another-release'),
    { name: 'runs-another-release', severity: 'dangerous', color, meaning, mend: 'release the version again' },
  ];
}

/** What makes a difference the same one as the last time. */
export const driftKey = ({ name, color, meaning }: Difference): string => `${name} ${color ?? ''} ${meaning}`;

/** What a look left in the ledger. */
export interface DriftReport {
  /** ISO 8601. */
  readonly checkedAt: string;
  readonly trigger: string;
  readonly differences: readonly Difference[];
  /** What the guard did about differences of this look, in words. */
  readonly mended: readonly string[];
  /** When people were told last of a difference that stands, ISO 8601. @default - never */
  readonly toldAt?: string;
}

/** People are reminded of what still stands once a day. */
const REMIND_MS = 24 * 3_600_000;

/** What is new since the last look, what is gone, and whether people have to be told. */
export function compareReports(
  last: DriftReport | null,
  differences: readonly Difference[],
  now: Date,
): { readonly appeared: readonly Difference[]; readonly gone: readonly Difference[]; readonly tell: boolean } {
  const before = last?.differences ?? [];
  const known = new Set(before.map(driftKey));
  const stands = new Set(differences.map(driftKey));
  const appeared = differences.filter((each) => !known.has(driftKey(each)));
  const gone = before.filter((each) => !stands.has(driftKey(each)));
  const remind = differences.length > 0 && now.getTime() - Date.parse(last?.toldAt ?? '1970-01-01') >= REMIND_MS;
  return { appeared, gone, tell: appeared.length > 0 || remind };
}
