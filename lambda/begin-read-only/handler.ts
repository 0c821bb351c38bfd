import { addEvent } from '../aws/ledger';
import { beginReadOnlyMode } from '../aws/read-only';
import { step } from '../aws/step';
import type { ReleaseState } from '../domain/release';

/** BeginReadOnly: no changes are taken while the database is migrated. */
export const handler = step(async (state: ReleaseState): Promise<NonNullable<ReleaseState['readOnly']>> => {
  const route = await beginReadOnlyMode(state);
  const result = { maintenance: route?.maintenance ?? 'off', epoch: route?.epoch ?? 0 };
  await addEvent(state.release.id, 'BeginReadOnly', result);
  return result;
});
