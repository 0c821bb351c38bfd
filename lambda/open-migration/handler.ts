import { requireNoFreeze, requireNotHeld } from '../aws/gate';
import { addEvent, openRecord } from '../aws/ledger';
import { releaseChangesets } from '../aws/migrations';
import { step } from '../aws/step';
import { publishedVersion } from '../aws/versions';
import { type MigrationRequest, type MigrationState, type RollbackWish, validateMigration } from '../domain/migration';
import type { OpenedRelease } from '../domain/release';

/** OpenMigration: the request is valid, the version is published, nothing keeps changes out, the ledger knows. */
export const handler = step(async (state: Pick<MigrationState, 'request' | 'execution'>): Promise<OpenedRelease> => {
  const { request, execution } = state;
  validateMigration(request);
  const { version, action, actor, reason, changelogFile } = request;
  const { digest, changelog, commit } = await publishedVersion(version);
  const rollback = action === 'rollback' ? await wishOf(request) : undefined;
  const release: OpenedRelease = {
    id: execution.name,
    kind: 'migration',
    version,
    digest,
    actor,
    commit,
    changelog: { ...changelog, ...(changelogFile !== undefined && { root: changelogFile }) },
    ...(rollback && { rollback }),
  };
  await openRecord({ ...release, execution: execution.arn, startedAt: execution.startedAt });
  const { tag, count, release: of, force } = request;
  await addEvent(release.id, 'OpenMigration', {
    action,
    version,
    changelogFile,
    tag,
    count,
    release: of,
    force,
    actor,
    reason,
  });
  // Whoever takes a schema back does so because something went wrong: neither a hold nor a freeze keeps that out.
  if (action === 'update') {
    await requireNotHeld({ kind: 'release' });
    await requireNoFreeze(release);
  }
  return release;
});

async function wishOf({ tag, count, release }: MigrationRequest): Promise<RollbackWish> {
  if (tag !== undefined) return { tag };
  if (count !== undefined) return { count };
  return { changesets: await releaseChangesets(release as string) };
}
