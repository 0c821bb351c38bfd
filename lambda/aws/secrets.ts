import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

const client = new SecretsManagerClient({});

/** The current value of a secret. It must never reach a log or an error. */
export async function readSecret(arn: string): Promise<string> {
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
  if (SecretString === undefined) throw new Error(`the secret ${arn} has no text value`);
  return SecretString;
}

/** The value that a secret had before its last rotation; undefined when it never rotated. */
export async function readPreviousSecret(arn: string): Promise<string | undefined> {
  try {
    const asked = { SecretId: arn, VersionStage: 'AWSPREVIOUS' };
    return (await client.send(new GetSecretValueCommand(asked))).SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}
