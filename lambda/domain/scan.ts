/** Severities of image scan findings, as ECR words them, from harmless to grave. */
export const SEVERITIES = ['UNDEFINED', 'INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Number of findings for each severity. */
export type SeverityCounts = Readonly<Record<string, number>>;

/** One finding of basic or enhanced scanning. */
export interface Finding {
  /** CVE or advisory id. */
  readonly id: string;
  readonly severity: string;
  /** What it was found in. */
  readonly package?: string;
  readonly version?: string;
}

/** What ECR knows about an image's scan. `findings` is null while the counts have not arrived: missing is not zero. */
export interface ScanReport {
  readonly status: string;
  readonly findings: readonly Finding[] | null;
}

export interface Waiver {
  readonly cve: string;
  readonly reason: string;
  /** ISO 8601; from this moment the waiver holds no longer. */
  readonly expires: string;
}

/** A waiver that this image needs, and that ends within the time in which to warn. */
export interface ExpiringWaiver {
  readonly cve: string;
  readonly expires: string;
  /** Days that are left, the one of its end included. */
  readonly days: number;
}

/** Findings that could be judged. */
export interface JudgedScan {
  readonly counts: SeverityCounts;
  /** Findings that would stop a release, but for a waiver. */
  readonly waived: readonly { readonly cve: string; readonly expires: string }[];
  readonly expiring: readonly ExpiringWaiver[];
  /** Findings that stop the release. */
  readonly grave: readonly Finding[];
  /** Waivers for them that hold no longer. */
  readonly expired: readonly Waiver[];
}

export type ScanVerdict =
  | ({ readonly kind: 'passed' | 'findings' } & JudgedScan)
  | { readonly kind: 'pending'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

const DAY_MS = 86_400_000;

/** COMPLETE for basic scanning; enhanced continuous scanning rests at ACTIVE. */
const FINISHED = new Set(['COMPLETE', 'ACTIVE']);
const COMING = new Set(['IN_PROGRESS', 'PENDING', 'NOT_FOUND']);

/**
 * Judges a scan report. Anything absent, pending or unsupported never counts as clean; a severity that is not known is
 * judged as grave as CRITICAL.
 *
 * @param warnDays waivers that end within so many days are told of. @default 0
 */
export function judgeScan(
  report: ScanReport,
  failOn: Severity,
  waivers: readonly Waiver[],
  now: Date,
  warnDays = 0,
): ScanVerdict {
  if (COMING.has(report.status)) return { kind: 'pending', reason: `scan status ${report.status}` };
  if (!FINISHED.has(report.status)) return { kind: 'unavailable', reason: `scan status ${report.status}` };
  if (report.findings === null) return { kind: 'pending', reason: `scan status ${report.status} without findings` };
  const counts: Record<string, number> = {};
  for (const finding of report.findings) counts[finding.severity] = (counts[finding.severity] ?? 0) + 1;
  const holds = (waiver: Waiver) => now < new Date(waiver.expires);
  const valid = new Map(waivers.filter(holds).map((waiver) => [waiver.cve, waiver]));
  const stopping = report.findings.filter(({ severity }) => rank(severity) >= rank(failOn));
  const grave = stopping.filter(({ id }) => !valid.has(id));
  const ids = new Set(stopping.map(({ id }) => id));
  const waived = [...valid.values()].filter(({ cve }) => ids.has(cve)).map(({ cve, expires }) => ({ cve, expires }));
  const daysLeft = (expires: string) => Math.ceil((Date.parse(expires) - now.getTime()) / DAY_MS);
  const expiring = waived
    .map(({ cve, expires }) => ({ cve, expires, days: daysLeft(expires) }))
    .filter(({ days }) => days <= warnDays);
  const expired = waivers.filter((waiver) => !holds(waiver) && grave.some(({ id }) => id === waiver.cve));
  return { kind: grave.length === 0 ? 'passed' : 'findings', counts, waived, expiring, grave, expired };
}

/** The gravest findings that stop a release, as many as a line holds, and why a waiver did not help. */
export function wordsOfFindings({ grave, expired }: Pick<JudgedScan, 'grave' | 'expired'>): string {
  const ordered = [...grave].sort((one, other) => rank(other.severity) - rank(one.severity));
  const named = ordered.slice(0, 5).map(({ id, severity }) => {
    const waiver = expired.find(({ cve }) => cve === id);
    return `${id} (${severity}${waiver ? `, its waiver ended on ${waiver.expires.slice(0, 10)}` : ''})`;
  });
  const more = grave.length > named.length ? ` and ${grave.length - named.length} more` : '';
  return `${named.join(', ')}${more}`;
}

function rank(severity: string): number {
  // Amazon Inspector says UNTRIAGED where ECR's basic scanning says UNDEFINED.
  if (severity === 'UNTRIAGED') return 0;
  const index = (SEVERITIES as readonly string[]).indexOf(severity);
  return index === -1 ? SEVERITIES.length : index;
}
