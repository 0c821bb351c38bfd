import { requireInstance } from '../aws/instances';
import { addEvent, listRecords, openRecord } from '../aws/ledger';
import { requireNoSwitch } from '../aws/restore-mark';
import { momentOf } from '../aws/restore-source';
import { setting } from '../aws/settings';
import { step } from '../aws/step';
import { publishedVersion } from '../aws/versions';
import { ReleaseError } from '../domain/errors';
import { releaseAt } from '../domain/past-releases';
import { type OpenedRestore, type RestoreState, validateRestore } from '../domain/restore';

/** Records that are looked through for the version that the data belongs to. */
const RECORDS = 200;

/** OpenRestore: the request is valid, the data can be had, it is known whose changelog it has to fit, the ledger knows. */
export const handler = step(async (state: Pick<RestoreState, 'request' | 'execution'>): Promise<OpenedRestore> => {
  const { request, execution } = state;
  validateRestore(request, execution.arn.split(':')[4] as string);
  await requireNoSwitch(execution.name);
  const instance = await requireInstance(setting('DATABASE_INSTANCE_ID'));
  const records = await listRecords(RECORDS);
  const time = await momentOf(request.source, instance, records);
  const version = request.version ?? releaseAt(records, time)?.version;
  if (version === undefined) {
    throw new ReleaseError(
      'InvalidRelease',
      `the ledger knows no release that had ended by ${time}; say whose changelog the data has to fit: "version"`,
    );
  }
  const { digest, changelog, commit } = await publishedVersion(version);
  const { actor, reason, dryRun = false, source, schemaExemption } = request;
  const release: OpenedRestore = {
    id: execution.name,
    kind: 'restore',
    version,
    digest,
    actor,
    commit,
    changelog,
    dryRun,
  };
  await openRecord({ ...release, execution: execution.arn, startedAt: execution.startedAt });
  await addEvent(release.id, 'OpenRestore', { source, time, version, actor, reason, dryRun, schemaExemption });
  return release;
});
