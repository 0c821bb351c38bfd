import { openApproval } from '../aws/approvals';
import { tellDecision } from '../aws/decisions';
import { addEvent } from '../aws/ledger';
import { notify } from '../aws/notify';
import { policy } from '../aws/settings';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import type { ReleaseState } from '../domain/release';
import type { RestoreState } from '../domain/restore';

interface AwaitApprovalEvent {
  /** Of a release, or of a restore: then what it loses is known. */
  readonly state: ReleaseState & Pick<RestoreState, 'restore'>;
  readonly token: string;
}

/**
 * AwaitApproval: stores what is to be decided, bound to release, digest, epoch and smoke result, and tells people. Of a
 * restore they are told what it loses.
 */
export const handler = step(async ({ state, token }: AwaitApprovalEvent): Promise<void> => {
  const { release, smoke, restore } = state;
  await requireTurn(state);
  const { decision } = await openApproval({
    release: release.id,
    token,
    digest: release.digest,
    requester: release.actor,
    epoch: smoke?.epoch ?? 0,
    smokeChecks: smoke?.checks ?? 0,
    needed: policy().approval.approvers ?? 1,
  });
  if (decision !== undefined) {
    await tellDecision(token, decision, smoke?.epoch ?? 0);
    return;
  }
  await addEvent(release.id, 'AwaitApproval', {
    epoch: smoke?.epoch,
    digest: release.digest,
    smokeChecks: smoke?.checks,
  });
  const what = restore === undefined ? release.version : 'a restore of the database';
  await notify(`${release.id}:approval`, `${what} waits for approval`, {
    release: release.id,
    version: release.version,
    requester: release.actor,
    ...(restore && { time: restore.time, lostMinutes: restore.lostMinutes, lostReleases: restore.releases }),
  });
});
