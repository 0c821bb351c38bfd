import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { ERROR_NAMES } from '../lambda/domain/errors';
import type { MigrationRequest } from '../lambda/domain/migration';
import type { ReleaseRequest } from '../lambda/domain/release';
import { type Attempt, explainAws } from './aws-errors';
import { CliError } from './exit';

/** What the verbs do in AWS. Every method throws a CliError in one line. */
export interface Cloud {
  /**
   * Invokes one of the environment's functions by its folder under `lambda`. A call that only reads is tried again when
   * it got no answer; one that changes something is not: a revert done twice would be none.
   */
  invoke<Result>(folder: string, payload: object, options?: { readonly reads?: boolean }): Promise<Result>;
  /** Starts a release, or a migration on its own machine; the same name with the same request again is the same release. @returns its execution's ARN. */
  startRelease(stateMachineArn: string, name: string, request: ReleaseRequest | MigrationRequest): Promise<string>;
  /** How a release's execution stands; undefined when Step Functions does not know it. */
  describeExecution(arn: string): Promise<ExecutionState | undefined>;
  /** Puts an object unless there is one with this key. @returns false when there is. */
  putIfAbsent(bucket: string, key: string, body: Uint8Array): Promise<boolean>;
  getText(bucket: string, key: string): Promise<string>;
  /** The value of a secret. It must not reach a diagnostic. */
  secret(arn: string): Promise<string>;
}

export interface ExecutionState {
  /** As Step Functions words it: `RUNNING`, `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `ABORTED`. */
  readonly status: string;
  readonly error?: string;
  readonly cause?: string;
}

export interface CloudOptions {
  /** First part of the functions' names, for example `notes-production`. */
  readonly prefix: string;
  /** @default - the SDK's own: AWS_REGION or the profile's */
  readonly region?: string;
  /** The local mode's. @default - AWS itself, or AWS_ENDPOINT_URL */
  readonly endpoint?: string;
  /** @default - the SDK's own chain: environment, profile, SSO, … */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** AWS by its SDK. Each client is loaded when it is first needed: `greenroom --help` needs none. */
export function awsCloud({ prefix, ...options }: CloudOptions): Cloud {
  // Members that are undefined would hide what the SDK finds by itself.
  const config = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const attempt = async <T>(what: Pick<Attempt, 'action' | 'target'>, run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      throw explainAws(error, { ...what, region: options.region, endpoint: options.endpoint });
    }
  };
  return {
    invoke: async <Result>(folder: string, payload: object, { reads = false } = {}) => {
      const FunctionName = `${prefix}-${folder}`;
      const answer = await attempt(
        { action: 'lambda:InvokeFunction', target: `the function ${FunctionName}` },
        async () => {
          const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
          const client = new LambdaClient({ ...config, maxAttempts: reads ? 3 : 1 });
          return client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(payload)) }));
        },
      );
      return readAnswer(FunctionName, answer) as Result;
    },

    startRelease: (stateMachineArn, name, request) =>
      attempt({ action: 'states:StartExecution', target: `the state machine ${nameIn(stateMachineArn)}` }, async () => {
        const { SFNClient, StartExecutionCommand } = await import('@aws-sdk/client-sfn');
        const command = new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(request) });
        const { executionArn } = await new SFNClient(config).send(command);
        return executionArn as string;
      }),

    describeExecution: (executionArn) =>
      attempt({ action: 'states:DescribeExecution', target: `the execution ${nameIn(executionArn)}` }, async () => {
        const { DescribeExecutionCommand, SFNClient } = await import('@aws-sdk/client-sfn');
        try {
          const found = await new SFNClient(config).send(new DescribeExecutionCommand({ executionArn }));
          return { status: found.status as string, error: found.error, cause: found.cause };
        } catch (error) {
          if (named(error, 'ExecutionDoesNotExist')) return undefined;
          throw error;
        }
      }),

    putIfAbsent: (Bucket, Key, Body) =>
      attempt({ action: 's3:PutObject', target: `s3://${Bucket}/${Key}` }, async () => {
        const { PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
        const command = new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*', ContentType: 'application/json' });
        try {
          await new S3Client(config).send(command);
          return true;
        } catch (error) {
          if (named(error, 'PreconditionFailed')) return false;
          throw error;
        }
      }),

    getText: (Bucket, Key) =>
      attempt({ action: 's3:GetObject', target: `s3://${Bucket}/${Key}` }, async () => {
        const { GetObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
        const { Body } = await new S3Client(config).send(new GetObjectCommand({ Bucket, Key }));
        return (await Body?.transformToString()) ?? '';
      }),

    secret: (SecretId) =>
      attempt({ action: 'secretsmanager:GetSecretValue', target: `the secret ${nameIn(SecretId)}` }, async () => {
        const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
        const { SecretString } = await new SecretsManagerClient(config).send(new GetSecretValueCommand({ SecretId }));
        if (SecretString === undefined) throw new CliError(`the secret ${nameIn(SecretId)} has no text value`);
        return SecretString;
      }),
  };
}

/** The result of an invocation. @throws CliError with the workflow's own words when the function failed. */
function readAnswer(functionName: string, { FunctionError, Payload }: InvokeCommandOutput): unknown {
  const value: unknown = JSON.parse(Payload?.length ? Payload.transformToString() : 'null');
  if (FunctionError === undefined) return value;
  const { errorType = 'Error', errorMessage = 'no message' } = (value ?? {}) as Record<string, string>;
  const message = errorMessage.replace(/\s*\n\s*/g, ' ');
  const transient = errorType === 'Transient';
  // The names that the workflow knows come with a message that says what to do.
  if ((ERROR_NAMES as readonly string[]).includes(errorType)) {
    throw new CliError(`${message}${transient ? ': try again' : ''}`, undefined, { transient });
  }
  throw new CliError(`the function ${functionName} failed: ${errorType}: ${message}; its log says more`);
}

function nameIn(arn: string): string {
  return arn.split(':').at(-1) ?? arn;
}

function named(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
