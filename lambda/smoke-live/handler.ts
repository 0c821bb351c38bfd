import { addEvent } from '../aws/ledger';
import { policy } from '../aws/settings';
import { passSmokeChecks } from '../aws/smoke';
import { step } from '../aws/step';
import type { ReleaseState } from '../domain/release';

/** SmokeLive: the configured requests against the one fleet of a rolling environment. */
export const handler = step(async (state: ReleaseState): Promise<NonNullable<ReleaseState['smoke']>> => {
  const checks = policy().smoke;
  const results = await passSmokeChecks(checks, { color: 'blue', version: state.release.version });
  await addEvent(state.release.id, 'SmokeLive', { checks: checks.length, results });
  return { checks: checks.length, epoch: 0 };
});
