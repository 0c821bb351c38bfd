import { ReleaseError } from './errors';
import type { ReleaseRequest } from './release';

const VERSION = /^v(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})(-[0-9A-Za-z.-]{1,40})?$/;

/** Whether a text is a version tag: `vX.Y.Z`, optionally with a pre-release suffix. */
export function isVersion(text: unknown): text is string {
  return typeof text === 'string' && VERSION.test(text);
}

/** Checks a request before anything happens. @throws ReleaseError InvalidRelease saying which member is wrong. */
export function validateRequest(request: ReleaseRequest): void {
  const { version, actor, commit, kind, reason, taskDefinition } = request;
  if (!isVersion(version)) {
    throw new ReleaseError(
      'InvalidRelease',
      `version ${JSON.stringify(version)} is no tag of the form vX.Y.Z, for example v1.4.0`,
    );
  }
  if (typeof actor !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(actor)) {
    throw new ReleaseError(
      'InvalidRelease',
      `actor ${JSON.stringify(actor)} has to be a name of 1 to 128 printable characters without spaces`,
    );
  }
  if (commit !== undefined && !/^[0-9a-f]{40}$/.test(commit)) {
    throw new ReleaseError('InvalidRelease', `commit ${JSON.stringify(commit)} is no full commit id of 40 hex digits`);
  }
  if (kind !== undefined && kind !== 'release' && kind !== 'revert') {
    throw new ReleaseError('InvalidRelease', `kind ${JSON.stringify(kind)} is neither "release" nor "revert"`);
  }
  if (kind === 'revert' && (!reason || !taskDefinition)) {
    throw new ReleaseError('InvalidRelease', 'a revert needs a reason and the recorded task definition of its version');
  }
}
