import type { InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { ERROR_NAMES } from '../lambda/domain/errors';
import type { MigrationRequest } from '../lambda/domain/migration';
import type { ReleaseRequest } from '../lambda/domain/release';
import type { RestoreRequest } from '../lambda/domain/restore';
import { type Attempt, explainAws } from './aws-errors';
import { CliError } from './exit';
import { findUrl, type HttpAnswer, post } from './function-url';

/** What the verbs do in AWS. Every method throws a CliError in one line. */
export interface Cloud {
  /**
   * Invokes one of the environment's functions by its folder under `lambda`. A call that only reads is tried again when
   * it got no answer; one that changes something is not: a revert done twice would be none.
   */
  invoke<Result>(folder: string, payload: object, options?: { readonly reads?: boolean }): Promise<Result>;
  /**
   * Calls a function by its URL, signed: AWS tells the function who called. Like every call that changes something it is
   * made once.
   */
  call<Result>(folder: string, payload: object): Promise<Result>;
  /** Starts a release, or a migration on its own machine; the same name with the same request again is the same release. @returns its execution's ARN. */
  startRelease(
    stateMachineArn: string,
    name: string,
    request: ReleaseRequest | MigrationRequest | RestoreRequest,
  ): Promise<string>;
  /** How a release's execution stands; undefined when Step Functions does not know it. */
  describeExecution(arn: string): Promise<ExecutionState | undefined>;
  /** Puts an object unless there is one with this key. @returns false when there is. */
  putIfAbsent(bucket: string, key: string, body: Uint8Array): Promise<boolean>;
  getText(bucket: string, key: string): Promise<string>;
  /** A stack of CloudFormation; undefined when there is none of that name. @param region @default - the session's */
  describeStack(name: string, region?: string): Promise<StackState | undefined>;
  /** The newest recovery point of a resource that is kept in a region, by what was copied there; undefined when there is none. */
  newestRecoveryPoint(resourceArn: string, region: string): Promise<RecoveryPoint | undefined>;
  /** An image of a repository in a region, by its tag; undefined when there is none, or no repository. */
  image(repository: string, tag: string, region: string): Promise<ImageState | undefined>;
  /** The value of a secret. It must not reach a diagnostic. */
  secret(arn: string): Promise<string>;
}

export interface StackState {
  /** As CloudFormation words it: `UPDATE_COMPLETE`, … */
  readonly status: string;
  readonly account: string;
  readonly region: string;
}

export interface RecoveryPoint {
  readonly arn: string;
  /** ISO 8601: what was written later is not in it. */
  readonly at: string;
}

export interface ImageState {
  readonly digest: string;
  readonly tags: readonly string[];
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

    call: async <Result>(folder: string, payload: object) => {
      const functionName = `${prefix}-${folder}`;
      const target = `the URL of the function ${functionName}`;
      const { LambdaClient } = await import('@aws-sdk/client-lambda');
      const client = new LambdaClient(config);
      const url = await attempt({ action: 'lambda:GetFunctionUrlConfig', target }, () =>
        findUrl(client, functionName),
      ).catch((error: CliError) => {
        if (!WITHOUT_URL.test((error.cause as Error).name)) throw error;
        const message = `${error.message}. --claim does without the URL, and is recorded as a claim`;
        throw new CliError(message, undefined, { cause: error, transient: error.transient });
      });
      const answer = await attempt({ action: 'lambda:InvokeFunctionUrl', target }, () =>
        post(client, url, JSON.stringify(payload)),
      );
      return readHttpAnswer(functionName, answer) as Result;
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

    describeStack: (StackName, region) =>
      attempt({ action: 'cloudformation:DescribeStacks', target: `the stack ${StackName}` }, async () => {
        const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
        const client = new CloudFormationClient({ ...config, ...(region !== undefined && { region }) });
        try {
          const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
          const { StackStatus = '', StackId = '' } = Stacks[0] ?? {};
          const [, , , where = '', account = ''] = StackId.split(':');
          return { status: StackStatus, account, region: where };
        } catch (error) {
          // CloudFormation has no error of its own for it.
          if (named(error, 'ValidationError') && /does not exist/.test((error as Error).message)) return undefined;
          throw error;
        }
      }),

    newestRecoveryPoint: (ResourceArn, region) =>
      attempt(
        { action: 'backup:ListRecoveryPointsByResource', target: `the recovery points in ${region}` },
        async () => {
          const { BackupClient, paginateListRecoveryPointsByResource } = await import('@aws-sdk/client-backup');
          const client = new BackupClient({ ...config, region });
          const points: RecoveryPoint[] = [];
          for await (const page of paginateListRecoveryPointsByResource({ client }, { ResourceArn })) {
            for (const { RecoveryPointArn: arn, CreationDate: at, Status } of page.RecoveryPoints ?? []) {
              if (arn && at && Status === 'COMPLETED') points.push({ arn, at: at.toISOString() });
            }
          }
          return points.sort((one, other) => other.at.localeCompare(one.at))[0];
        },
      ),

    image: (repositoryName, imageTag, region) =>
      attempt({ action: 'ecr:DescribeImages', target: `the repository ${repositoryName} in ${region}` }, async () => {
        const { DescribeImagesCommand, ECRClient } = await import('@aws-sdk/client-ecr');
        const client = new ECRClient({ ...config, region });
        try {
          const command = new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] });
          const [found] = (await client.send(command)).imageDetails ?? [];
          return found?.imageDigest ? { digest: found.imageDigest, tags: found.imageTags ?? [] } : undefined;
        } catch (error) {
          if (named(error, 'ImageNotFoundException') || named(error, 'RepositoryNotFoundException')) return undefined;
          throw error;
        }
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

/** Failures that are about the URL, or about asking for it: an invocation may do all the same. */
const WITHOUT_URL = /^AccessDenied|NotFound|Throttl|^TooManyRequests/;

/** The result of an invocation. @throws CliError with the workflow's own words when the function failed. */
function readAnswer(functionName: string, { FunctionError, Payload }: InvokeCommandOutput): unknown {
  const value: unknown = JSON.parse(Payload?.length ? Payload.transformToString() : 'null');
  if (FunctionError === undefined) return value;
  const { errorType = 'Error', errorMessage = 'no message' } = (value ?? {}) as Record<string, string>;
  throw failureOf(functionName, errorType, errorMessage);
}

/** The result of a call by URL. @throws CliError as {@link readAnswer} does */
function readHttpAnswer(functionName: string, { status, body }: HttpAnswer): unknown {
  const value = parseJson(body);
  if (status === 200) return value;
  const { error = `HTTP ${status}`, message = body.slice(0, 300) } = (value ?? {}) as Record<string, string>;
  throw failureOf(functionName, error, message);
}

/** The names that the workflow knows come with a message that says what to do. */
function failureOf(functionName: string, name: string, text: string): CliError {
  const message = text.replace(/\s*\n\s*/g, ' ');
  const transient = name === 'Transient';
  if ((ERROR_NAMES as readonly string[]).includes(name)) {
    return new CliError(`${message}${transient ? ': try again' : ''}`, undefined, { transient });
  }
  return new CliError(`the function ${functionName} failed: ${name}: ${message}; its log says more`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function nameIn(arn: string): string {
  return arn.split(':').at(-1) ?? arn;
}

function named(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
