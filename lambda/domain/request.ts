import { ReleaseError } from './errors';
import type { ReleaseRequest } from './release';

const VERSION = /^v(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})(-[0-9A-Za-z.-]{1,40})?$/;

/** Whether a text is a version tag: `vX.Y.Z`, optionally with a pre-release suffix. */
export function isVersion(text: unknown): text is string {
  return typeof text === 'string' && VERSION.test(text);
}

/** An execution can be started with anything. @throws ReleaseError InvalidRelease when the input is no object */
export function requireObject(input: unknown): void {
  if (typeof input === 'object' && input !== null) return;
  throw new ReleaseError(
    'InvalidRelease',
    `the input is ${quoted(input)}; it has to be an object, for example {"version": "v1.4.0", "actor": "dana"}`,
  );
}

/** A value as a message repeats it: short, whatever it is. */
const quoted = (value: unknown) => String(JSON.stringify(value)).slice(0, 100);

/** Checks a request before anything happens. @throws ReleaseError InvalidRelease saying which member is wrong. */
export function validateRequest(request: ReleaseRequest): void {
  requireObject(request);
  const { version, actor, commit, kind, reason, taskDefinition } = request;
  if (!isVersion(version)) {
    throw new ReleaseError(
      'InvalidRelease',
      `version ${quoted(version)} is no tag of the form vX.Y.Z, for example v1.4.0`,
    );
  }
  if (typeof actor !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(actor)) {
    throw new ReleaseError(
      'InvalidRelease',
      `actor ${quoted(actor)} has to be a name of 1 to 128 printable characters without spaces`,
    );
  }
  if (commit !== undefined && !/^[0-9a-f]{40}$/.test(commit)) {
    throw new ReleaseError('InvalidRelease', `commit ${quoted(commit)} is no full commit id of 40 hex digits`);
  }
  if (kind !== undefined && kind !== 'release' && kind !== 'revert') {
    throw new ReleaseError('InvalidRelease', `kind ${quoted(kind)} is neither "release" nor "revert"`);
  }
  if (kind === 'revert' && (!reason || !taskDefinition)) {
    throw new ReleaseError('InvalidRelease', 'a revert needs a reason and the recorded task definition of its version');
  }
}
