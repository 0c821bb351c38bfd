/** Sections of docs/runbook.md that alarms send people to; a test looks for each of them. */
export type RunbookSection =
  | 'server-errors-of-a-color'
  | 'slow-answers-of-a-color'
  | 'unhealthy-tasks-of-a-color'
  | 'nobody-answers-for-a-color'
  | 'recovery-fails'
  | 'an-execution-ended-without-success'
  | 'retirement-fails'
  | 'the-drift-guard-fails'
  | 'the-database-secret-does-not-rotate'
  | 'the-cache';

/** An alarm's description: what rings, and where it is written what to do. */
export function describeAlarm(meaning: string, section: RunbookSection): string {
  return `${meaning}. What to do: docs/runbook.md#${section}`;
}
