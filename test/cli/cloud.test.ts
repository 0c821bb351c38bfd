import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { awsCloud, type Cloud } from '../../cli/cloud';
import { CliError } from '../../cli/exit';
import { LOCAL_CREDENTIALS, localCredentials } from '../../cli/local-mode';
import { AwsError, type CloudModel, type DoorOptions, OPERATOR, startDoor } from '../../local/cloud';
import { urlOf } from '../../local/cloud/function-urls';

const REGION = 'eu-central-1';
const MACHINE = `arn:aws:states:${REGION}:111122223333:stateMachine:notes-production-release`;
const EXECUTION = `${MACHINE.replace('stateMachine', 'execution')}:v1.0.0-x`;
let doorUrl = '';
const closing: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(closing.splice(0).map((close) => close())));

/** The SDK as the command line uses it, against AWS's wire protocols and the given operations. */
async function cloudOf(
  models: CloudModel,
  credentials: { accessKeyId: string; secretAccessKey: string } = LOCAL_CREDENTIALS,
  functions?: DoorOptions['functions'],
) {
  const door = await startDoor({
    models,
    principals: new Map([[OPERATOR.name, OPERATOR]]),
    allows: () => ({ allowed: true, reason: '' }),
    account: '111122223333',
    region: REGION,
    functions,
  });
  doorUrl = door.url;
  closing.push(() => door.close());
  return awsCloud({ prefix: 'notes-production', region: REGION, endpoint: door.url, credentials });
}

const answering = (payload: unknown, failed = false) => ({
  lambda: {
    Invoke: async () => ({
      StatusCode: 200,
      ...(failed && { FunctionError: 'Unhandled' }),
      Payload: Buffer.from(JSON.stringify(payload)),
    }),
  },
});

const failing = (error: AwsError) => () => Promise.reject(error);

/** A function with a URL, and what it answers. */
function functionAt(answer: (event: UrlEvent) => object | Error) {
  const calls: { name: string; event: UrlEvent }[] = [];
  const functions: DoorOptions['functions'] = {
    invoke: async (name, event) => {
      calls.push({ name, event: event as UrlEvent });
      const given = answer(event as UrlEvent);
      if (given instanceof Error) throw given;
      return given;
    },
  };
  const models: CloudModel = {
    lambda: {
      GetFunctionUrlConfig: async ({ FunctionName, Qualifier }) => ({
        FunctionUrl: urlOf(doorUrl, FunctionName, Qualifier),
        FunctionArn: 'arn:function',
        AuthType: 'AWS_IAM',
        CreationTime: '2026-01-01T00:00:00Z',
      }),
    },
  };
  return { functions, models, calls };
}

interface UrlEvent {
  readonly body: string;
  readonly requestContext: { readonly http: { method: string }; readonly authorizer: { iam: { userArn: string } } };
}

describe('a call by the URL of a function', () => {
  const ok = () => ({ statusCode: 200, body: '{"hold":null}' });

  test('is signed: the function learns who calls, and gets the request as its body', async () => {
    const { functions, models, calls } = functionAt(ok);
    const cloud = await cloudOf(models, localCredentials('ann@example.com'), functions);

    expect(await cloud.call('operate', { action: 'resume' })).toEqual({ hold: null });

    const [{ name, event }] = calls as [(typeof calls)[number]];
    expect(name).toBe('notes-production-operate:url');
    expect(event.requestContext).toMatchObject({
      http: { method: 'POST' },
      authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:user/ann@example.com' } },
    });
    expect(JSON.parse(event.body)).toEqual({ action: 'resume' });
  });

  test.each<[string, object | Error, Partial<CliError>]>([
    [
      'that is refused says why',
      { statusCode: 400, body: '{"error":"ApprovalVoid","message":"v1 does not\\n wait"}' },
      { message: 'v1 does not wait', transient: false },
    ],
    [
      'that may do better in a moment says so',
      { statusCode: 503, body: '{"error":"Transient","message":"throttled"}' },
      { message: 'throttled: try again', transient: true },
    ],
    [
      'whose function fails is told without guessing',
      new Error('secret'),
      { message: 'the function notes-production-revert failed: HTTP 502: Internal Server Error; its log says more' },
    ],
  ])('%s', async (_what, answer, error) => {
    const { functions, models, calls } = functionAt(() => answer);
    const cloud = await cloudOf(models, LOCAL_CREDENTIALS, functions);

    await expect(cloud.call('revert', {})).rejects.toMatchObject(error);
    expect(calls).toHaveLength(1);
  });

  test.each<[string, AwsError, RegExp]>([
    ['is not there', new AwsError('ResourceNotFoundException', 'no', 404), /the URL of the function .* does not exist/],
    [
      'may not be known',
      new AwsError('AccessDeniedException', 'no', 403),
      /denies lambda:GetFunctionUrlConfig .*--claim/,
    ],
  ])('whose URL %s is told', async (_what, error, message) => {
    const cloud = await cloudOf({ lambda: { GetFunctionUrlConfig: failing(error) } });

    await expect(cloud.call('revert', {})).rejects.toThrow(message);
  });

  test('that cannot be reached is not told of --claim, which could not reach it either', async () => {
    const cloud = awsCloud({
      prefix: 'p',
      region: REGION,
      endpoint: 'http://127.0.0.1:9',
      credentials: LOCAL_CREDENTIALS,
    });

    await expect(cloud.call('revert', {})).rejects.toThrow(/^nothing answers at \S+: the local mode has ended[^.]*$/);
  });
});

test('invokes a function by its stable name and gives back what it returns', async () => {
  let asked: { FunctionName?: string; Payload?: Uint8Array } = {};
  const cloud = await cloudOf({
    lambda: {
      Invoke: async (input) => {
        asked = input;
        return { StatusCode: 200, Payload: Buffer.from('{"live":"v1.0.0"}') };
      },
    },
  });

  const answer = await cloud.invoke('operate', { action: 'status' });

  expect(answer).toEqual({ live: 'v1.0.0' });
  expect(asked.FunctionName).toBe('notes-production-operate');
  expect(JSON.parse(Buffer.from(asked.Payload!).toString())).toEqual({ action: 'status' });
});

test.each<[string, string, string]>([
  ['RevertFloor', 'v0.9.0 is below the floor;\n release v1.0.0', 'v0.9.0 is below the floor; release v1.0.0'],
  [
    'TypeError',
    'x is undefined',
    'the function notes-production-revert failed: TypeError: x is undefined; its log says more',
  ],
])('a function that fails with %s is told in one line', async (errorType, errorMessage, message) => {
  const cloud = await cloudOf(answering({ errorType, errorMessage }, true));

  await expect(cloud.invoke('revert', {})).rejects.toThrow(new CliError(message));
});

test('a call that changes something is made once, one that reads is made again', async () => {
  let calls = 0;
  const cloud = await cloudOf({
    lambda: {
      Invoke: async () => {
        calls++;
        throw new AwsError('ServiceException', 'oops', 500);
      },
    },
  });

  await expect(cloud.invoke('revert', {})).rejects.toMatchObject({ transient: true });
  const changing = calls;
  await expect(cloud.invoke('operate', {}, { reads: true })).rejects.toMatchObject({ transient: true });

  expect([changing, calls - changing]).toEqual([1, 3]);
});

describe("AWS's own errors say what to do", () => {
  const invoke = (cloud: Cloud) => cloud.invoke('operate', {});
  test.each<[string, AwsError, (cloud: Cloud) => Promise<unknown>, RegExp]>([
    [
      'no permission',
      new AwsError('AccessDeniedException', 'not authorized', 403),
      invoke,
      /denies lambda:InvokeFunction on the function notes-production-operate: use a role that may/,
    ],
    [
      'no such function',
      new AwsError('ResourceNotFoundException', 'Function not found', 404),
      invoke,
      /notes-production-operate does not exist in eu-central-1: .*--region.*cdk deploy/,
    ],
    ['expired credentials', new AwsError('ExpiredTokenException', 'expired', 403), invoke, /have expired: sign in/],
    [
      'no such state machine',
      new AwsError('StateMachineDoesNotExist', 'no'),
      (cloud) => cloud.startRelease(MACHINE, 'v1', { version: 'v1.0.0', actor: 'ann' }),
      /the state machine notes-production-release does not exist/,
    ],
    [
      'no such bucket',
      new AwsError('NoSuchBucket', 'no', 404),
      (cloud) => cloud.putIfAbsent('artifacts', 'a', Buffer.from('a')),
      /s3:\/\/artifacts\/a does not exist/,
    ],
    [
      'no permission for the key',
      new AwsError('AccessDeniedException', 'no'),
      (cloud) => cloud.secret('arn:aws:secretsmanager:eu-central-1:111122223333:secret:PreviewKey-AbCdEf'),
      /denies secretsmanager:GetSecretValue on the secret PreviewKey-AbCdEf/,
    ],
    ['something new', new AwsError('BrandNewException', 'who\nknows'), invoke, /failed: BrandNewException: who knows$/],
  ])('%s', async (_what, error, call, message) => {
    const cloud = await cloudOf({
      lambda: { Invoke: failing(error) },
      sfn: { StartExecution: failing(error) },
      s3: { PutObject: failing(error) },
      'secrets-manager': { GetSecretValue: failing(error) },
    });

    const failure = (await call(cloud).catch((caught: unknown) => caught)) as CliError;

    expect(failure).toBeInstanceOf(CliError);
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toContain('\n');
  });

  test('credentials that AWS does not know', async () => {
    const cloud = await cloudOf(answering({}), { accessKeyId: 'stranger', secretAccessKey: 'x' });

    await expect(cloud.invoke('operate', {})).rejects.toThrow(/does not accept the credentials .*sign in/);
  });

  test('a local mode that has ended', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await new Promise((resolve) => server.close(resolve));
    const cloud = awsCloud({ prefix: 'notes-production', region: REGION, endpoint, credentials: LOCAL_CREDENTIALS });

    await expect(cloud.invoke('operate', {})).rejects.toThrow(
      `nothing answers at ${endpoint}: the local mode has ended`,
    );
  });
});

test('starts a release with its request as input', async () => {
  let asked: object = {};
  const cloud = await cloudOf({
    sfn: {
      StartExecution: async (input) => {
        asked = input;
        return { executionArn: EXECUTION, startDate: new Date() };
      },
    },
  });
  const request = { version: 'v1.0.0', actor: 'ann' };

  expect(await cloud.startRelease(MACHINE, 'v1.0.0-x', request)).toBe(EXECUTION);
  expect(asked).toEqual({ stateMachineArn: MACHINE, name: 'v1.0.0-x', input: JSON.stringify(request) });
});

test('an execution that nobody knows is undefined', async () => {
  const unknown = await cloudOf({
    sfn: { DescribeExecution: failing(new AwsError('ExecutionDoesNotExist', 'no')) },
  });
  const failed = await cloudOf({
    sfn: {
      DescribeExecution: async () => ({ executionArn: EXECUTION, status: 'FAILED', error: 'failed', cause: 'why' }),
    },
  });

  expect(await unknown.describeExecution(EXECUTION)).toBeUndefined();
  expect(await failed.describeExecution(EXECUTION)).toEqual({ status: 'FAILED', error: 'failed', cause: 'why' });
});

test('an object is put only where there is none', async () => {
  const conditions: unknown[] = [];
  const cloud = await cloudOf({
    s3: {
      PutObject: async ({ Key, IfNoneMatch }) => {
        conditions.push(IfNoneMatch);
        if (Key === 'taken') throw new AwsError('PreconditionFailed', 'no', 412);
        return { ETag: '"1"' };
      },
    },
  });

  expect(await cloud.putIfAbsent('artifacts', 'free', Buffer.from('a'))).toBe(true);
  expect(await cloud.putIfAbsent('artifacts', 'taken', Buffer.from('a'))).toBe(false);
  expect(conditions).toEqual(['*', '*']);
});
