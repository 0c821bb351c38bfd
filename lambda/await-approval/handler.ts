import { openApproval } from '../aws/approvals';
import { tellDecision } from '../aws/decisions';
import { addEvent } from '../aws/ledger';
import { notify } from '../aws/notify';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import type { ReleaseState } from '../domain/release';

interface AwaitApprovalEvent {
  readonly state: ReleaseState;
  readonly token: string;
}

/** AwaitApproval: stores what is to be decided, bound to release, digest, epoch and smoke result, and tells people. */
export const handler = step(async ({ state, token }: AwaitApprovalEvent): Promise<void> => {
  const { release, smoke } = state;
  await requireTurn(state);
  const decided = await openApproval({
    release: release.id,
    token,
    digest: release.digest,
    requester: release.actor,
    epoch: smoke?.epoch ?? 0,
    smokeChecks: smoke?.checks ?? 0,
  });
  if (decided !== undefined) {
    await tellDecision(token, decided, smoke?.epoch ?? 0);
    return;
  }
  await addEvent(release.id, 'AwaitApproval', { epoch: smoke?.epoch });
  await notify(`${release.id}:approval`, `${release.version} waits for approval`, {
    release: release.id,
    version: release.version,
    requester: release.actor,
  });
});
