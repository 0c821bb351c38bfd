import { createHash } from 'node:crypto';

/**
 * Name of the snapshot before a release's migrations: RDS takes letters, digits and single hyphens, begins with a
 * letter, ends with none, at most 255 characters.
 */
export function snapshotName(release: string): string {
  const name = release.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return `greenroom-${name}`.toLowerCase().slice(0, 255);
}

/**
 * Whether a snapshot is made before what is pending is applied. Changesets that only add need none where the environment
 * does not ask for it: they take nothing away, and the moment that RecordPlan wrote down is a restore point. What takes
 * away, what nobody could judge, and a rollback always has one.
 */
export function needsSnapshot(
  always: boolean,
  plan: { readonly pending: number; readonly verdict: string } | null,
): boolean {
  return plan !== null && plan.pending > 0 && (always || plan.verdict !== 'expand');
}

/** What the reason of a release's end says of the snapshot that is kept after it. */
export function keptSnapshot(id: string): string {
  return `the snapshot ${id} from before its migrations is kept`;
}

/** Name of the copy, in this region, of a snapshot of another one: the same for whoever restores it. @param arn the original's */
export function copyName(arn: string): string {
  return `greenroom-copy-${short(arn.split(':').slice(6).join(':'))}`;
}

/** Characters of {@link short}. */
export const SHORT = 8;

/** So many characters that no two names of one environment are the same by chance. */
export function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, SHORT);
}
