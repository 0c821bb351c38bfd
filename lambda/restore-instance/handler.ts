import type { DBInstance } from '@aws-sdk/client-rds';
import {
  beginRestore,
  completeInstance,
  copySnapshot,
  describeInstance,
  describeSnapshot,
  requireInstance,
} from '../aws/instances';
import { addEvent } from '../aws/ledger';
import { readSecret } from '../aws/secrets';
import { setting } from '../aws/settings';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import { ReleaseError } from '../domain/errors';
import { RESTORE_POLLS, type RestoredInstance, type RestorePlan, type RestoreState } from '../domain/restore';

/**
 * RestoreInstance: a new instance beside the old one, from the chosen data; the application notices nothing. Asked
 * again until RDS has made it and its administrator has today's password.
 */
export const handler = step(async (state: RestoreState): Promise<RestoredInstance> => {
  const { release, instance: before } = state;
  const plan = state.restore as RestorePlan;
  const attempt = (before?.attempt ?? 0) + 1;
  await requireTurn(state);
  const found = await describeInstance(plan.names.restored);
  const next =
    found === null ? await beginWhenCopied(plan, release.id) : await complete(plan, found, before?.completed ?? false);
  if (next.status === 'available') {
    await addEvent(release.id, 'RestoreInstance', { instance: plan.names.restored, resource: next.resource });
  } else if (attempt >= RESTORE_POLLS.instance) {
    throw new ReleaseError(
      'RestoreFailed',
      `${plan.names.restored} is still not there after ${attempt} polls: ${next.detail}`,
    );
  }
  return { ...next, attempt };
});

type Progress = Omit<RestoredInstance, 'attempt'>;

async function beginWhenCopied(plan: RestorePlan, release: string): Promise<Progress> {
  if (plan.copyFrom !== undefined) {
    const copy = await describeSnapshot(plan.snapshot as string);
    if (copy === null) {
      const { KmsKeyId } = await requireInstance(plan.names.main);
      await copySnapshot(plan.copyFrom, plan.snapshot as string, KmsKeyId as string, release);
    }
    if (copy?.Status === 'failed') {
      throw failed(
        `the copy ${plan.snapshot} of ${plan.copyFrom} failed, and is in the way of another one: delete it (aws rds delete-db-snapshot --db-snapshot-identifier ${plan.snapshot}) and ask again`,
      );
    }
    if (copy?.Status !== 'available') return pending(`the copy ${plan.snapshot} is ${copy?.Status ?? 'begun'}`);
  }
  await beginRestore(plan, release);
  return pending(`${plan.names.restored} is begun`);
}

async function complete(plan: RestorePlan, found: DBInstance, completed: boolean): Promise<Progress> {
  const { DBInstanceStatus: status = 'unknown', PendingModifiedValues: left, Endpoint, DbiResourceId } = found;
  const name = plan.names.restored;
  if (/fail|incompatible|inaccessible|error/.test(status)) throw failed(`${name} is ${status}; RDS's events say why`);
  if (status !== 'available' && status !== 'storage-optimization') return pending(`${name} is ${status}`, completed);
  if (!completed) {
    const { password } = JSON.parse(await readSecret(setting('ADMIN_SECRET_ARN'))) as { password: string };
    return pending(`${name} gets its administrator's password`, await completeInstance(plan, password));
  }
  if (left?.MasterUserPassword !== undefined) return pending(`the password of ${name} is pending`, completed);
  return {
    status: 'available',
    completed,
    detail: `${name} is ${status}`,
    resource: DbiResourceId,
    host: Endpoint?.Address,
    port: Endpoint?.Port,
  };
}

const pending = (detail: string, completed = false): Progress => ({ status: 'pending', detail, completed });
const failed = (what: string) =>
  new ReleaseError('RestoreFailed', `${what}; the application's database was not touched`);
