import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ReleaseError } from '../domain/errors';
import type { ValidationReport } from '../validate-database/handler';
import { setting } from './settings';
import type { ValidationRequest } from './validation';

/** Once: what takes minutes must not be begun again because an answer was late. */
const client = new LambdaClient({ maxAttempts: 1 });

/**
 * Validates a database by the function beside it, which reaches it, for one that does not.
 *
 * @throws ReleaseError Transient when the function could not find out
 */
export async function invokeValidation(request: ValidationRequest): Promise<ValidationReport> {
  const { FunctionError, Payload } = await client.send(
    new InvokeCommand({ FunctionName: setting('VALIDATE_FUNCTION'), Payload: JSON.stringify(request) }),
  );
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || '{}') as object;
  if (FunctionError === undefined) return answer as ValidationReport;
  const { errorMessage = FunctionError } = answer as { errorMessage?: string };
  throw new ReleaseError('Transient', `the database could not be validated: ${errorMessage}`);
}
