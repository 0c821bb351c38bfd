import type { Color } from './color';

/**
 * What the stacks themselves give load balancers and services. A release carries everything else of the container; this
 * reaches whatever runs as soon as it is deployed, before any version that knows of it.
 */
export interface Shape {
  /** Of the container that gets the requests: `container.name`. */
  readonly name: string;
  readonly port: number;
  readonly readinessPath: string;
}

/** A color's fleet as it stands on AWS. */
export interface ShapedFleet {
  readonly color: Color;
  readonly shape: Shape;
  /** What its tasks are made from, for example `notes-production-blue:7`. */
  readonly revision: string;
  /** Ports that the revision maps, by the name of its container. */
  readonly ports: Readonly<Record<string, readonly number[]>>;
  /** Whether tasks of a release run: the color is live, stands by, or is being released to. */
  readonly serves: boolean;
}

/** One option whose value on AWS is another one than the deployment's. */
interface Difference {
  readonly option: keyof Shape;
  /** As it has to be written in order to allow it: `readinessPath /readyz -> /healthy`. */
  readonly change: string;
}

/** GREENROOM_VERSION of what a color runs before its first release. */
export const PLACEHOLDER_VERSION = 'placeholder';

const OPTIONS = ['name', 'port', 'readinessPath'] as const satisfies readonly (keyof Shape)[];

/** Context of the CDK that allows changes for one deployment. */
export const ALLOW_CONTEXT = 'allow-live-change';

const SECTION = 'docs/runbook.md, "Changing port or readiness path"';

export interface ShapeVerdict {
  /** What must not be deployed: what, of which color, and what to do. */
  readonly refusals: readonly string[];
  /** What is deployed all the same, with the reason that somebody gave. */
  readonly allowed: readonly string[];
}

/**
 * Judges what a deployment would do to fleets that run something. A container or port that the tasks do not have is never
 * possible: ECS refuses it half-way. Everything else needs somebody who allows this very change.
 *
 * @param allowances as `<change>: <reason>`, for example `readinessPath /readyz -> /healthy: v1.4.0 answers both`.
 */
export function judgeShape(
  wanted: Shape,
  fleets: readonly ShapedFleet[],
  allowances: readonly string[] = [],
): ShapeVerdict {
  const refusals: string[] = [];
  const allowed = new Set<string>();
  for (const fleet of fleets) {
    for (const { option, change } of differences(wanted, fleet)) {
      const impossible = whyImpossible(option, wanted, fleet);
      if (impossible !== undefined) {
        refusals.push(`container.${change}: ${impossible}`);
        continue;
      }
      if (!fleet.serves && option === 'readinessPath') continue;
      const allowance = allowances.find((each) => each.startsWith(`${change}: `) && each.length > change.length + 2);
      if (allowance === undefined) refusals.push(`container.${change}: ${howToAllow(option, change, fleet)}`);
      else allowed.add(allowance);
    }
  }
  return { refusals, allowed: [...allowed] };
}

/** The changes that a text allows, which is what follows `allow-live-change=`. */
export function readAllowances(text: string | undefined): string[] {
  return (text ?? '')
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function differences(wanted: Shape, { shape }: ShapedFleet): Difference[] {
  return OPTIONS.filter((option) => shape[option] !== wanted[option]).map((option) => ({
    option,
    change: `${option} ${shape[option]} -> ${wanted[option]}`,
  }));
}

/** Why ECS would not have it; the service can only name what each of its tasks has. */
function whyImpossible(
  option: keyof Shape,
  { name, port }: Shape,
  { color, revision, ports }: ShapedFleet,
): string | undefined {
  if (option === 'name' && ports[name] === undefined) {
    return `${color} runs ${revision}, which has no container "${name}"; put the name back (nobody outside the task definition sees it), or make a new environment`;
  }
  if (option === 'port' && !(ports[name] ?? []).includes(port)) {
    return `${color} runs ${revision}, which does not listen on ${port}; put the port back, add ${port} to container.additionalPorts, release until both colors have it, and change the port then: ${SECTION}`;
  }
  return undefined;
}

function howToAllow(option: keyof Shape, change: string, { color, revision }: ShapedFleet): string {
  const effect =
    option === 'readinessPath'
      ? `${color} runs ${revision}, and its load balancer would ask it for the new path at once: if it does not answer 200 there, viewers lose it`
      : `${color} runs ${revision}, and all its tasks would start anew at once`;
  return `${effect}. Put it back, or look at ${SECTION}; where the running versions know both, deploy this stack with -c '${ALLOW_CONTEXT}=${change}: why'`;
}
