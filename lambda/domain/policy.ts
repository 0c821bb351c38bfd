import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { ApprovalRules } from './approval';
import type { ProvenanceRule } from './provenance';
import type { Severity } from './scan';

/** A request that SmokeTest makes through the real edge, with the preview credential, against the idle color. */
export interface SmokeCheck {
  /** Path with leading slash, for example `/readyz`. */
  readonly path: string;
  /** @default 200 */
  readonly status?: number;
  /** Text that the body must hold. @default - the body is not looked at */
  readonly contains?: string;
}

/** One step of ShiftTraffic: the share of viewers that the new color gets, and how long alarms are watched at it. */
export interface TrafficStep {
  /** 1 to 100; the last step is 100. */
  readonly percent: number;
  /** Number of alarm checks before the next step, one each poll interval. 0 for the last step: Bake watches it. */
  readonly checks: number;
}

/**
 * What the handlers need to know of an environment's configuration. Written by `lib` into the `POLICY` environment
 * variable ({@link packPolicy}); durations are already turned into numbers of polls, so that they scale with the state machine's waits.
 */
export interface ReleasePolicy {
  readonly application: string;
  readonly environment: string;
  readonly repository: string;
  readonly containerName: string;
  /** Where versions have to come from. @default - from anywhere */
  readonly provenance?: ProvenanceRule;
  readonly concurrency: 'queue' | 'supersede' | 'reject';
  readonly scan: {
    /** Findings at or above this severity stop a release. */
    readonly failOn: Severity;
    readonly waivers: readonly { cve: string; reason: string; expires: string }[];
    /** A waiver that ends within so many days is told of. @default 0 */
    readonly warnDays?: number;
    /** Polls until findings that are pending count as missing. */
    readonly checks: number;
  };
  readonly freeze: readonly FreezeWindow[];
  readonly size: { readonly min: number; readonly max: number; readonly targetCpuPercent: number };
  readonly healthyChecks: number;
  readonly smoke: readonly SmokeCheck[];
  readonly approval: ApprovalRules & { readonly required: boolean };
  readonly traffic: readonly TrafficStep[];
  readonly bakeChecks: number;
  /** Names of the alarms that concern both colors: the user's own. */
  readonly alarms: readonly string[];
  readonly revertWindowMinutes: number;
  readonly snapshotBeforeMigration: boolean;
  readonly snapshotChecks: number;
  /** Pending changesets without a rollback stop a release. */
  readonly requireRollback: boolean;
}

/**
 * Up to this length a policy is written as it is, for whoever looks at a function's variables. A function has 4 KB of them
 * in all, which a dozen waivers and freeze windows would fill.
 */
const READABLE = 800;

/** A policy as the text of the variable `POLICY`. */
export function packPolicy(policy: ReleasePolicy): string {
  const text = JSON.stringify(policy);
  return text.length <= READABLE ? text : deflateRawSync(text).toString('base64');
}

/** The policy in the text of the variable `POLICY`. */
export function readPolicy(text: string): ReleasePolicy {
  const json = text.startsWith('{') ? text : inflateRawSync(Buffer.from(text, 'base64')).toString();
  return JSON.parse(json) as ReleasePolicy;
}

/** A period in which no release may start its cutover: once, times in ISO 8601 with zone, or again and again. */
export type FreezeWindow =
  | { readonly from: string; readonly to: string; readonly reason: string }
  | {
      /** When it begins: minute, hour, day of month, month, day of week. */
      readonly cron: string;
      /** IANA name, for example `Europe/Berlin`. */
      readonly timeZone: string;
      readonly minutes: number;
      readonly reason: string;
    };
