import type { Severity } from '../../../lambda/domain/scan';
import type { DurationText } from '../duration';

export interface ApprovalOptions {
  /** @default true in production, false elsewhere */
  readonly required?: boolean;
  /** So many people have to approve, 1 to 10, each once. One who rejects is enough. @default 1 */
  readonly approvers?: number;
  /** Whether who asked for the release may approve it. @default false */
  readonly allowRequester?: boolean;
  /**
   * Whether who invokes the function directly, and only claims a name, may approve too. Rejecting is open to them.
   * @default false
   */
  readonly acceptClaims?: boolean;
  /** After this time without an answer the release is rejected; at most 30 days. @default '72h' */
  readonly timeout?: DurationText;
}

export interface TrafficStepOptions {
  /** Share of the viewers for the new color, 1 to 100. */
  readonly percent: number;
  /** How long alarms are watched before the next step. Not on the last step: `bake` follows it. @default '0s' */
  readonly hold?: DurationText;
}

export interface ScanOptions {
  /** Findings of this severity or worse stop a release. @default 'HIGH' */
  readonly failOn?: Severity;
  /** Findings that are accepted for a time. @default [] */
  readonly waivers?: readonly WaiverOptions[];
  /** A waiver that ends within so many days, 0 to 90, warns: at synthesis, and at every release that needs it. @default 14 */
  readonly warnDays?: number;
  /** Time after which missing findings stop the release. @default '10m' */
  readonly timeout?: DurationText;
}

export interface WaiverOptions {
  /** For example `CVE-2026-12345`. */
  readonly cve: string;
  readonly reason: string;
  /** Last day on which the waiver counts, `YYYY-MM-DD`. */
  readonly expires: string;
}

/** Once: `from` and `to`. Again and again: `cron` and `duration`. */
export interface FreezeOptions {
  /** ISO 8601 with zone, for example `2026-12-24T00:00:00+01:00`. */
  readonly from?: string;
  /** ISO 8601 with zone, after `from`. */
  readonly to?: string;
  /**
   * When it begins: minute, hour, day of month, month, day of week, as crontab has them; at most 24 times a day. For
   * example `0 16 * * fri` with the duration `64h` for weekends.
   */
  readonly cron?: string;
  /** How long it lasts from then on, at most 31 days. */
  readonly duration?: DurationText;
  /** Time zone of `cron`, by its IANA name. @default 'UTC' */
  readonly timeZone?: string;
  /** Shown to whoever is stopped. */
  readonly reason: string;
}

export interface SmokeCheckOptions {
  /** Path with leading slash. */
  readonly path: string;
  /** @default 200 */
  readonly status?: number;
  /** Text that the body must hold. @default - the body is not looked at */
  readonly contains?: string;
}
