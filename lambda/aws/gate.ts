import { ReleaseError } from '../domain/errors';
import type { ReleaseKind } from '../domain/release';
import { readState } from './environment-state';
import { policy } from './settings';

/**
 * After a revert the environment holds releases until somebody resumes it: those that begin, those that waited for
 * their turn meanwhile, and those that were on their way. A revert is never held.
 *
 * @throws ReleaseError EnvironmentHeld
 */
export async function requireNotHeld({ kind }: { readonly kind: ReleaseKind }): Promise<void> {
  const hold = kind === 'release' ? await readState('hold') : null;
  if (hold === null) return;
  throw new ReleaseError(
    'EnvironmentHeld',
    `${policy().environment} holds new releases since ${hold.by} reverted at ${hold.at} (${hold.reason}); resume it first`,
  );
}
