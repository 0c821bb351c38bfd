import { endRecord } from '../aws/ledger';
import { finishRoll } from '../aws/roll-completion';
import { step } from '../aws/step';
import { tellEnd } from '../aws/tell-end';
import { leaveTurn, requireTurn } from '../aws/turns';
import { ReleaseError } from '../domain/errors';
import type { ReleaseEnd, ReleaseState } from '../domain/release';

/** CompleteRoll: the end is recorded first; from there on whatever fails is finished later. */
export const handler = step(async (state: ReleaseState): Promise<ReleaseEnd> => {
  const { id, version } = state.release;
  const reason = `${version} is live`;
  await requireTurn(state);
  const record = await endRecord(id, 'released', reason);
  if (record.outcome !== 'released') {
    throw new ReleaseError('Canceled', record.stop?.reason ?? `${id} ended as ${record.outcome}`);
  }
  await finishRoll(record);
  await leaveTurn(id);
  await tellEnd(record);
  return { outcome: 'released', reason };
});
