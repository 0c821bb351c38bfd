import { readChangelogArtifact } from '../aws/artifacts';
import { policy } from '../aws/settings';
import type { ChangelogReference } from '../domain/release';
import type { Changelog } from '../migrator/changelog';
import type { ConnectionConfig } from '../migrator/connect';
import { readChangelog } from '../migrator/reader';
import { connectionFor, type DatabaseUser } from './connection';

/** A version's changelog, as the environment's engine and context have it, and where its database is. */
export async function openChangelog(
  reference: ChangelogReference,
  user: DatabaseUser,
): Promise<{ readonly changelog: Changelog; readonly connection: ConnectionConfig }> {
  const { files, root } = await readChangelogArtifact(reference);
  const connection = await connectionFor(user);
  const options = { engine: connection.engine, contexts: [policy().environment] };
  return { changelog: readChangelog(files, root, options), connection };
}
