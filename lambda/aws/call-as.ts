import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ERROR_NAMES, type ErrorName, ReleaseError } from '../domain/errors';
import { CONSOLE_ALIAS } from '../domain/steps';
import type { ConsoleEvent } from './operator';
import { setting } from './settings';

const client = new LambdaClient({});

/**
 * Calls a function for people in the name of somebody who has signed in, through the alias that is the console's alone.
 *
 * @param folder the function's folder under `lambda`
 * @throws ReleaseError as the function threw it
 */
export async function callAs(folder: string, person: { readonly name: string }, request: object): Promise<object> {
  const event: ConsoleEvent<object> = { signedIn: { name: person.name }, request };
  const { FunctionError, Payload } = await client.send(
    new InvokeCommand({
      FunctionName: `${setting('FUNCTION_PREFIX')}-${folder}:${CONSOLE_ALIAS}`,
      Payload: JSON.stringify(event),
    }),
  );
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString() || '{}') as object;
  if (FunctionError === undefined) return answer;
  const { errorType = '', errorMessage = '' } = answer as { errorType?: string; errorMessage?: string };
  if ((ERROR_NAMES as readonly string[]).includes(errorType))
    throw new ReleaseError(errorType as ErrorName, errorMessage);
  throw new Error(`${folder} failed: ${errorType}: ${errorMessage}`);
}
