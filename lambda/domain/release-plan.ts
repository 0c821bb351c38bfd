import type { Color } from './color';
import type { MigrationPlan } from './release';

/** A pending changeset with what is known of it. */
export interface ExplainedChangeset {
  /** `path::id::author` */
  readonly changeset: string;
  /** File and line. */
  readonly place: string;
  readonly verdict: 'expand' | 'contract' | 'unsafe';
  /** What the rules found, in words. */
  readonly findings: readonly string[];
  /** The statements; the end of a very long one is left out. */
  readonly sql: readonly string[];
  /** The statements that take it back; null when nothing was written about it. */
  readonly rollback: readonly string[] | null;
}

/** How a database stands beside a changelog. */
export interface DatabaseState {
  /** Changesets in its history. */
  readonly applied: number;
  /** Changesets whose text changed after they were run, each a sentence with place and mend. */
  readonly drift: readonly string[];
  /** Identities in its history that the changelog does not have; the first of them when there are very many. */
  readonly unknown: readonly string[];
  /** Who holds the row of DATABASECHANGELOGLOCK; null when nobody does. */
  readonly lock: { readonly holder: string; readonly since: string } | null;
}

/** PlanMigrations with everything that it looked at. */
export interface ExplainedPlan extends MigrationPlan {
  readonly database: DatabaseState;
  readonly explained: readonly ExplainedChangeset[];
  /** Why a release would be stopped here; empty when it would not. */
  readonly refused: readonly string[];
}

/** What a task definition is compared by. */
export interface DefinitionFacts {
  readonly cpu?: string;
  readonly memory?: string;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  readonly containers: readonly {
    readonly name?: string;
    readonly image?: string;
    readonly environment?: readonly { readonly name?: string; readonly value?: string }[];
    readonly secrets?: readonly { readonly name?: string; readonly valueFrom?: string }[];
    readonly portMappings?: readonly { readonly containerPort?: number }[];
    readonly stopTimeout?: number;
    readonly healthCheck?: { readonly command?: readonly string[] };
  }[];
}

/** One thing that differs between two task definitions; null where one of them does not have it. */
export interface DefinitionChange {
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** What the workflow sets itself in every revision. */
const OWN_VARIABLES = new Set(['GREENROOM_COLOR', 'GREENROOM_VERSION']);

/** What differs between the revision that is live and the one that a release would register. */
export function compareDefinitions(before: DefinitionFacts, after: DefinitionFacts): DefinitionChange[] {
  const [old, now] = [factsOf(before), factsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((what) => ({ what, before: old.get(what) ?? null, after: now.get(what) ?? null }))
    .filter((change) => change.before !== change.after);
}

function factsOf(definition: DefinitionFacts): Map<string, string> {
  const facts = new Map<string, string>();
  const add = (what: string, value: unknown) => {
    if (value !== undefined) facts.set(what, typeof value === 'string' ? value : JSON.stringify(value));
  };
  add('cpu', definition.cpu);
  add('memory', definition.memory);
  add('task role', definition.taskRoleArn);
  add('execution role', definition.executionRoleArn);
  for (const container of definition.containers) {
    const of = container.name ?? 'container';
    add(`${of}: image`, container.image);
    for (const { name = '', value } of container.environment ?? []) {
      if (!OWN_VARIABLES.has(name)) add(`${of}: variable ${name}`, value);
    }
    for (const { name, valueFrom } of container.secrets ?? []) add(`${of}: secret ${name}`, valueFrom);
    add(`${of}: port`, container.portMappings?.map(({ containerPort }) => containerPort).join(', '));
    add(`${of}: stop timeout`, container.stopTimeout);
    add(`${of}: health check`, container.healthCheck?.command?.join(' '));
  }
  return facts;
}

/** What a release of a version would do, and what would stop it now. */
export interface ReleasePlan {
  readonly environment: string;
  readonly version: string;
  readonly digest: string;
  /** What would stop it, in the order in which a release would come to it; empty when nothing would. */
  readonly stops: readonly string[];
  readonly scan: {
    readonly failOn: string;
    readonly status: 'passed' | 'findings' | 'pending' | 'unavailable';
    /** Findings by severity; @default - they are not known */
    readonly counts?: Readonly<Record<string, number>>;
    /** Those that stop a release. */
    readonly grave: readonly string[];
  };
  /** null when the planner could not be asked; `stops` says why. */
  readonly migrations: ExplainedPlan | null;
  /** Whether a snapshot is made before they are applied. */
  readonly snapshot: boolean;
  readonly deployment: {
    /** Where it is deployed; blue, in an environment with one fleet. */
    readonly color: Color;
    readonly tasks: number;
    /** What is different from what is live; empty before the first release. */
    readonly changes: readonly DefinitionChange[];
  };
  /** People who have to approve; 0 when nobody is asked. */
  readonly approvers: number;
  /** Steps of the cutover and the looks at the alarms at each; none in an environment with one fleet. */
  readonly traffic: readonly { readonly percent: number; readonly checks: number }[];
  readonly bakeChecks: number;
  readonly revertWindowMinutes: number;
  /** Who has the turn now, and how many wait. */
  readonly turn: { readonly holder: string | null; readonly waiting: number };
}
