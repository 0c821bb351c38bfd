/** Severities of image scan findings, as ECR words them. */
export const SEVERITIES = ['INFORMATIONAL', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export type Severity = (typeof SEVERITIES)[number];
/** Number of findings for each severity, `UNDEFINED` included. */
export type SeverityCounts = Readonly<Record<string, number>>;
