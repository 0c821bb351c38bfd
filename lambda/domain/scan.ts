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

export type ScanVerdict =
  | { readonly kind: 'passed'; readonly counts: SeverityCounts }
  | { readonly kind: 'findings'; readonly counts: SeverityCounts; readonly grave: readonly Finding[] }
  | { readonly kind: 'pending'; readonly reason: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** COMPLETE for basic scanning; enhanced continuous scanning rests at ACTIVE. */
const FINISHED = new Set(['COMPLETE', 'ACTIVE']);
const COMING = new Set(['IN_PROGRESS', 'PENDING', 'NOT_FOUND']);

/**
 * Judges a scan report. Anything absent, pending or unsupported never counts as clean; a severity that is not known is
 * judged as grave as CRITICAL.
 */
export function judgeScan(report: ScanReport, failOn: Severity, waivers: readonly Waiver[], now: Date): ScanVerdict {
  if (COMING.has(report.status)) return { kind: 'pending', reason: `scan status ${report.status}` };
  if (!FINISHED.has(report.status)) return { kind: 'unavailable', reason: `scan status ${report.status}` };
  if (report.findings === null) return { kind: 'pending', reason: `scan status ${report.status} without findings` };
  const waived = new Set(waivers.filter((waiver) => now < new Date(waiver.expires)).map((waiver) => waiver.cve));
  const counts: Record<string, number> = {};
  for (const finding of report.findings) counts[finding.severity] = (counts[finding.severity] ?? 0) + 1;
  const grave = report.findings.filter((finding) => rank(finding.severity) >= rank(failOn) && !waived.has(finding.id));
  return grave.length === 0 ? { kind: 'passed', counts } : { kind: 'findings', counts, grave };
}

function rank(severity: string): number {
  // Amazon Inspector says UNTRIAGED where ECR's basic scanning says UNDEFINED.
  if (severity === 'UNTRIAGED') return 0;
  const index = (SEVERITIES as readonly string[]).indexOf(severity);
  return index === -1 ? SEVERITIES.length : index;
}
