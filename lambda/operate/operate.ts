import { clearState, writeState } from '../aws/environment-state';
import { stopExecution } from '../aws/executions';
import { grantExemption } from '../aws/exemptions';
import { markStop, recordAct } from '../aws/ledger';
import { putMaintenance } from '../aws/maintenance';
import { hasSetting } from '../aws/settings';
import { ReleaseError } from '../domain/errors';
import type { Actor } from '../domain/people';
import { isVersion } from '../domain/request';
import { type Maintenance, MAINTENANCE } from '../domain/route';

export type OperateRequest = { readonly by?: string } & (
  | { readonly action: 'freeze'; readonly reason: string; /** ISO 8601 */ readonly until: string }
  | {
      readonly action: 'exempt';
      readonly version: string;
      readonly reason: string;
      /** ISO 8601. @default - a day from now */
      readonly until?: string;
    }
  | { readonly action: 'unfreeze' }
  | { readonly action: 'resume' }
  | { readonly action: 'maintenance'; readonly maintenance: Maintenance; readonly reason: string }
  | { readonly action: 'cancel'; readonly release: string; readonly reason: string }
);

/** What operators do to an environment beside reverting it. Every act is recorded. */
export async function operate(request: OperateRequest, by: Actor): Promise<object> {
  switch (request.action) {
    case 'freeze': {
      const until = new Date(request.until);
      if (!request.reason) throw new ReleaseError('InvalidRelease', 'a freeze needs a reason');
      if (!(until.getTime() > Date.now()))
        throw new ReleaseError('InvalidRelease', `until ${request.until} is no time in the future`);
      const freeze = { reason: request.reason, by: by.name, until: until.toISOString() };
      await recordAct('freeze', by, { reason: request.reason, until: freeze.until });
      await writeState('freeze', freeze);
      return { freeze };
    }
    case 'exempt':
      return exempt(request, by);
    case 'unfreeze':
      await recordAct('unfreeze', by);
      await clearState('freeze');
      return { freeze: null };
    case 'resume':
      await recordAct('resume', by);
      await clearState('hold');
      return { hold: null };
    case 'maintenance':
      return maintain(request, by);
    case 'cancel':
      if (!request.reason) throw new ReleaseError('InvalidRelease', 'a cancellation needs a reason');
      await recordAct('cancel', by, { release: request.release, reason: request.reason });
      return cancel(request.release, `canceled by ${by.name}: ${request.reason}`);
    default:
      throw new ReleaseError(
        'InvalidRelease',
        'action is none of freeze, exempt, unfreeze, resume, maintenance, cancel',
      );
  }
}

const DAY_MS = 86_400_000;

/** Whoever asks for a release cannot exempt it by themselves: that takes the right to operate. */
async function exempt(
  { version, reason, until }: { readonly version: string; readonly reason: string; readonly until?: string },
  by: Actor,
): Promise<object> {
  if (!isVersion(version))
    throw new ReleaseError('InvalidRelease', `version ${JSON.stringify(version)} is no tag vX.Y.Z`);
  if (!reason) throw new ReleaseError('InvalidRelease', 'an exemption needs a reason');
  const now = Date.now();
  const end = until === undefined ? new Date(now + DAY_MS) : new Date(until);
  if (!(end.getTime() > now)) throw new ReleaseError('InvalidRelease', `until ${until} is no time in the future`);
  const exemption = {
    version,
    reason,
    by: by.name,
    identity: by.source,
    at: new Date(now).toISOString(),
    until: end.toISOString(),
  };
  await recordAct('exempt', by, { version, reason, until: exemption.until });
  await grantExemption(exemption);
  return { exemption };
}

/** What is asked for is written down first: when the edge does not follow in time, it is known who wanted what. */
async function maintain(
  { maintenance, reason }: { readonly maintenance: Maintenance; readonly reason: string },
  by: Actor,
): Promise<object> {
  if (!MAINTENANCE.includes(maintenance)) {
    throw new ReleaseError(
      'InvalidRelease',
      `maintenance ${JSON.stringify(maintenance)} is none of ${MAINTENANCE.join(', ')}`,
    );
  }
  if (!reason) throw new ReleaseError('InvalidRelease', 'a change of the maintenance state needs a reason');
  if (!hasSetting('ROUTE_STORE_ARN')) {
    throw new ReleaseError('InvalidRelease', 'an environment with one fleet has no route to keep viewers out with');
  }
  const at = new Date().toISOString();
  await recordAct('maintenance', by, { maintenance, reason });
  if (maintenance !== 'off') await writeState('maintenance', { maintenance, reason, by: by.name, at });
  const change = await putMaintenance(maintenance);
  if (maintenance === 'off') await clearState('maintenance');
  return change;
}

/** Stopping the execution is enough: the rule on its end calls recovery, which finds the mark. */
async function cancel(release: string, reason: string): Promise<object> {
  // Of this, its completion and a revert one write comes first.
  const record = await markStop(release, 'canceled', reason);
  if (record === undefined) throw new ReleaseError('InvalidRelease', `the ledger knows no release ${release}`);
  if (record.outcome !== undefined)
    throw new ReleaseError('InvalidRelease', `${release} has ended already: ${record.outcome}`);
  await stopExecution(record.execution, 'Canceled', reason);
  if (record.stop?.outcome === 'canceled') return { release, canceled: true };
  throw new ReleaseError(
    'InvalidRelease',
    `${release} is being brought to its end already, as ${record.stop?.outcome}: ${record.stop?.reason}`,
  );
}
