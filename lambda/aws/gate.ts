import { ReleaseError } from '../domain/errors';
import { activeFreeze } from '../domain/freeze';
import type { ReleaseKind } from '../domain/release';
import { findExemption } from './exemptions';
import { readState } from './environment-state';
import { addEvent } from './ledger';
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
    `${policy().environment} holds new releases since ${hold.at}: ${hold.by}: ${hold.reason}; resume it first`,
  );
}

/**
 * A freeze keeps releases out, unless an operator has exempted the version, which is recorded with the release. A revert
 * does not ask.
 *
 * @throws ReleaseError EnvironmentFrozen saying until when, and why
 */
export async function requireNoFreeze({
  id,
  version,
}: {
  readonly id: string;
  readonly version: string;
}): Promise<void> {
  const now = new Date();
  const freeze = activeFreeze(policy().freeze, await readState('freeze'), now);
  if (freeze === null) return;
  const exemption = await findExemption(version, now);
  if (exemption === null) {
    throw new ReleaseError(
      'EnvironmentFrozen',
      `${policy().environment} is ${freeze}; release ${version} afterwards, or have an operator exempt it: greenroom freeze --exempt ${version} --reason "…"`,
    );
  }
  const { reason, by, identity, at } = exemption;
  await addEvent(id, 'FreezeExemption', { freeze, exemption: reason, by, identity, grantedAt: at });
}
