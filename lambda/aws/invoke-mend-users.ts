import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { requireInstance } from './instances';
import { policy } from './settings';

const client = new LambdaClient({});

/**
 * Gives the users of an instance what their secrets say, by the function that makes users, which reaches the database.
 *
 * @param instance its identifier
 * @throws Error in the words of that function
 */
export async function mendUsersOf(instance: string): Promise<void> {
  const { application, environment } = policy();
  const { Endpoint } = await requireInstance(instance);
  const { FunctionError, Payload } = await client.send(
    new InvokeCommand({
      FunctionName: `${application}-${environment}-rotate-secret`,
      Payload: JSON.stringify({ mendUsersOf: { host: Endpoint?.Address, port: Endpoint?.Port } }),
    }),
  );
  if (FunctionError === undefined) return;
  const { errorMessage = FunctionError } = JSON.parse(Buffer.from(Payload ?? []).toString() || '{}') as {
    errorMessage?: string;
  };
  throw new Error(errorMessage);
}
