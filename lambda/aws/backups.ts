import {
  BackupClient,
  DescribeBackupVaultCommand,
  DescribeRestoreJobCommand,
  type DescribeRestoreJobCommandOutput,
  ListCopyJobsCommand,
  ListRecoveryPointsByBackupVaultCommand,
  PutRestoreValidationResultCommand,
} from '@aws-sdk/client-backup';
import { type BackupExpectations, dueSince, type Expected, hoursBefore } from '../domain/backups';
import { newestEvidence } from './ledger';
import { setting } from './settings';

const client = new BackupClient({});

/** What the backup plan promises. */
export function expectations(): BackupExpectations {
  return JSON.parse(setting('BACKUPS')) as BackupExpectations;
}

export function describeRestoreJob(id: string): Promise<DescribeRestoreJobCommandOutput> {
  return client.send(new DescribeRestoreJobCommand({ RestoreJobId: id }));
}

/** Tells AWS Backup what a restored resource was worth; it is deleted afterwards. Repeated, it changes nothing. */
export async function reportValidation(restoreJob: string, sound: boolean, message: string): Promise<void> {
  await client.send(
    new PutRestoreValidationResultCommand({
      RestoreJobId: restoreJob,
      ValidationStatus: sound ? 'SUCCESSFUL' : 'FAILED',
      ValidationStatusMessage: message.slice(0, MOST_MESSAGE),
    }),
  );
}

/** Long enough for what matters; the ledger has all of it. */
const MOST_MESSAGE = 500;

/** What has to have happened, and when it happened last, by what AWS Backup and the ledger say. */
export async function lookAtBackups({ vaults, restoreTest }: BackupExpectations, now: Date): Promise<Expected[]> {
  const found: Expected[] = [];
  let first = now;
  for (const { rule, name, copies } of vaults) {
    const due = dueSince(rule, now);
    const since = await vaultSince(name);
    if (since < first) first = since;
    if (due === undefined) continue;
    found.push({ what: `no ${rule} backup`, newest: await newestPoint(name, due), since, due });
    for (const arn of copies)
      found.push({ what: `no ${rule} copy in ${arn}`, newest: await newestCopy(arn, due), since, due });
  }
  if (restoreTest !== undefined) {
    const newest = await newestEvidence('restore-test');
    const due = hoursBefore(now, 24 * restoreTest.days);
    found.push({ what: 'no restore test has succeeded', newest, since: first, due });
  }
  return found;
}

async function vaultSince(name: string): Promise<Date> {
  const { CreationDate } = await client.send(new DescribeBackupVaultCommand({ BackupVaultName: name }));
  return CreationDate ?? new Date(0);
}

async function newestPoint(BackupVaultName: string, ByCreatedAfter: Date): Promise<Date | undefined> {
  return newest(async (NextToken) => {
    const asked = { BackupVaultName, ByCreatedAfter, NextToken };
    const page = await client.send(new ListRecoveryPointsByBackupVaultCommand(asked));
    const dates = (page.RecoveryPoints ?? []).map(({ Status, CreationDate }) =>
      Status === 'COMPLETED' || Status === 'AVAILABLE' ? CreationDate : undefined,
    );
    return { dates, next: page.NextToken };
  });
}

/** Copy jobs are told where the original is, so that a vault of another region or account need not be reached. */
async function newestCopy(ByDestinationVaultArn: string, ByCreatedAfter: Date): Promise<Date | undefined> {
  return newest(async (NextToken) => {
    const asked = { ByDestinationVaultArn, ByCreatedAfter, ByState: 'COMPLETED' as const, NextToken };
    const page = await client.send(new ListCopyJobsCommand(asked));
    return { dates: (page.CopyJobs ?? []).map(({ CreationDate }) => CreationDate), next: page.NextToken };
  });
}

async function newest(
  page: (token: string | undefined) => Promise<{ dates: (Date | undefined)[]; next: string | undefined }>,
): Promise<Date | undefined> {
  let found: Date | undefined;
  let token: string | undefined;
  do {
    const { dates, next } = await page(token);
    for (const date of dates) if (date !== undefined && (found === undefined || date > found)) found = date;
    token = next;
  } while (token !== undefined);
  return found;
}
