import { addEvent } from '../aws/ledger';
import { endReadOnlyMode } from '../aws/read-only';
import { step } from '../aws/step';
import { requireTurn } from '../aws/turns';
import type { ReleaseState } from '../domain/release';

/** EndReadOnly: changes are taken again. */
export const handler = step(async (state: ReleaseState): Promise<NonNullable<ReleaseState['readOnly']>> => {
  await requireTurn(state);
  const route = await endReadOnlyMode(state.release.id);
  const result = { maintenance: route?.maintenance ?? 'off', epoch: route?.epoch ?? 0 };
  await addEvent(state.release.id, 'EndReadOnly', result);
  return result;
});
