import { forPeople } from '../aws/operator';
import { ReleaseError } from '../domain/errors';
import { isVersion } from '../domain/request';
import { type DatabaseQuestion, lookAtAssertions, lookAtMigrations } from './migrations';
import { planRelease } from './plan';
import { verify } from './verify';

type VerifyRequest =
  | { readonly action: 'verify'; /** @default - everything but what belongs to a version */ readonly version?: string }
  | { readonly action: 'plan'; readonly version: string }
  | ({ readonly action: 'migrations' | 'assertions' } & DatabaseQuestion);

/** VerifyRelease: looks at everything that a release needs, or says what one would do, or how the database stands. It changes nothing. */
export const handler = forPeople(look);

async function look(request: VerifyRequest): Promise<object> {
  if (request.version !== undefined && !isVersion(request.version)) {
    throw new ReleaseError('InvalidRelease', `version ${JSON.stringify(request.version)} is no tag of the form vX.Y.Z`);
  }
  if (request.action === 'verify') return verify(request.version);
  if (request.action === 'plan' && request.version !== undefined) return planRelease(request.version);
  if (request.action === 'migrations') return lookAtMigrations(request);
  if (request.action === 'assertions') return lookAtAssertions(request);
  throw new ReleaseError(
    'InvalidRelease',
    'action is neither "verify" nor "plan" with a version, nor "migrations", nor "assertions"',
  );
}
