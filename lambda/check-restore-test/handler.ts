import { describeRestoreJob, expectations, reportValidation } from '../aws/backups';
import { invokeValidation } from '../aws/invoke-validation';
import { describeInstance } from '../aws/instances';
import { listRecords, recordEvidence } from '../aws/ledger';
import { notify } from '../aws/notify';
import { step } from '../aws/step';
import { type BackupEvent, changelogAt } from '../domain/backups';

/** Releases that are looked at for the one before a backup; a backup that is older is held against its tables only. */
const RELEASES = 200;

/**
 * A restore test came to its end: the restored database is validated as one would be that people wait for, and what was
 * found goes to AWS Backup, which then deletes the database, to the ledger, and, when it is bad, to people.
 */
export const handler = step(async ({ detail }: BackupEvent): Promise<{ restoreTest: string; sound?: boolean }> => {
  const id = detail.restoreJobId ?? '';
  const job = await describeRestoreJob(id);
  // Somebody else's restore, or one that people have begun.
  if (job.CreatedBy?.RestoreTestingPlanArn !== expectations().restoreTest?.planArn) return { restoreTest: id };
  const recoveryPoint = job.RecoveryPointArn ?? '';
  const takenAt = job.RecoveryPointCreationDate ?? job.CreationDate ?? new Date();
  const endedAt = (job.CompletionDate ?? job.CreationDate ?? new Date()).toISOString();
  const evidence = { restoreJob: id, recoveryPoint, takenAt: takenAt.toISOString() };

  if (job.Status !== 'COMPLETED') {
    const message = `the backup cannot be restored: ${job.StatusMessage ?? job.Status}`;
    await recordEvidence('restore-test', id, endedAt, { ...evidence, sound: false, findings: [{ message }] });
    await tell(id, message, evidence);
    return { restoreTest: id, sound: false };
  }
  const past = changelogAt(await listRecords(RELEASES), takenAt);
  const instance = await describeInstance((job.CreatedResourceArn ?? '').split(':').at(-1) ?? '');
  if (instance?.Endpoint?.Address === undefined) {
    throw new Error(`${job.CreatedResourceArn} of the restore test ${id} is not there; was it deleted already?`);
  }
  const { Address: host, Port: port } = instance.Endpoint;
  const report = await invokeValidation({ host, port, changelog: past?.changelog, complete: past?.complete });
  const message = report.sound
    ? `${report.changesets} changesets, ${report.assertions} assertions, ${report.rows} rows in ${report.tables} tables as they should be`
    : `${report.findingCount} findings, the first: ${report.findings[0]?.message}`;
  await recordEvidence('restore-test', id, endedAt, { ...evidence, release: past?.release, ...report });
  await reportValidation(id, report.sound, message);
  if (!report.sound) await tell(id, message, evidence);
  return { restoreTest: id, sound: report.sound };
});

function tell(id: string, message: string, evidence: object): Promise<void> {
  return notify(`restore-test:${id}`, 'a restore test failed', { message, ...evidence });
}
