/**
 * Name of the snapshot before a release's migrations: RDS takes letters, digits and single hyphens, begins with a
 * letter, ends with none, at most 255 characters.
 */
export function snapshotName(release: string): string {
  const name = release.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  return `greenroom-${name}`.toLowerCase().slice(0, 255);
}
