import { clearState, writeState } from '../aws/environment-state';
import { stopExecution } from '../aws/executions';
import { markStop, readRecord, recordAct } from '../aws/ledger';
import { type Caller, forPeople } from '../aws/operator';
import { ReleaseError } from '../domain/errors';

type OperateRequest = { readonly by?: string } & (
  | { readonly action: 'freeze'; readonly reason: string; /** ISO 8601 */ readonly until: string }
  | { readonly action: 'unfreeze' }
  | { readonly action: 'resume' }
  | { readonly action: 'cancel'; readonly release: string; readonly reason: string }
);

/** Operate: what operators do to an environment beside reverting it. Every act is recorded. */
export const handler = forPeople(operate);

async function operate(request: OperateRequest, caller: () => Caller): Promise<object> {
  const by = caller();
  switch (request.action) {
    case 'freeze': {
      const until = new Date(request.until);
      if (!request.reason) throw new ReleaseError('InvalidRelease', 'a freeze needs a reason');
      if (!(until.getTime() > Date.now()))
        throw new ReleaseError('InvalidRelease', `until ${request.until} is no time in the future`);
      const freeze = { reason: request.reason, by: by.name, until: until.toISOString() };
      await writeState('freeze', freeze);
      await recordAct('freeze', by, { reason: request.reason, until: freeze.until });
      return { freeze };
    }
    case 'unfreeze':
      await clearState('freeze');
      await recordAct('unfreeze', by);
      return { freeze: null };
    case 'resume':
      await clearState('hold');
      await recordAct('resume', by);
      return { hold: null };
    case 'cancel':
      if (!request.reason) throw new ReleaseError('InvalidRelease', 'a cancellation needs a reason');
      await recordAct('cancel', by, { release: request.release, reason: request.reason });
      return cancel(request.release, `canceled by ${by.name}: ${request.reason}`);
    default:
      throw new ReleaseError('InvalidRelease', 'action is none of freeze, unfreeze, resume, cancel');
  }
}

/** Stopping the execution is enough: the rule on its end calls recovery, which finds the mark. */
async function cancel(release: string, reason: string): Promise<object> {
  const record = await readRecord(release);
  if (record === undefined) throw new ReleaseError('InvalidRelease', `the ledger knows no release ${release}`);
  if (record.outcome !== undefined)
    throw new ReleaseError('InvalidRelease', `${release} has ended already: ${record.outcome}`);
  await markStop(release, 'canceled', reason);
  await stopExecution(record.execution, 'Canceled', reason);
  return { release, canceled: true };
}
