import { GetObjectCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import '@aws-sdk/signature-v4a';
import { lookup } from 'node:dns';
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { AwsError, OPERATOR, startDoor } from '../../../local/cloud';
import type { Call, CloudModel, Door, Fault } from '../../../local/cloud';
import { ACCOUNT, REGION } from '../fixtures/assembly';
import { EXAMPLES } from './operations';
import type { Example } from './operations';

// The KeyValueStore client puts the account id in front of the endpoint's host.
const toLoopback: LookupFunction = (host, options, callback) =>
  lookup(host.endsWith('.localhost') ? '127.0.0.1' : host, options as object, callback as never);

let door: Door;
let calls: Call[] = [];
let fault: Fault | undefined;
const denied = new Set<string>();
let answers: (input: object) => object = () => ({});
let seen: object | undefined;

const models: Record<string, Record<string, (input: object) => Promise<object>>> = {};
for (const { service, command } of EXAMPLES) {
  (models[service] ??= {})[command.name.replace(/Command$/, '')] = async (input) => {
    seen = input;
    return answers(input);
  };
}

beforeAll(async () => {
  door = await startDoor({
    models: models as CloudModel,
    principals: new Map([['operator', OPERATOR]]),
    allows: (_principal, action) => ({ allowed: !denied.has(action), reason: `no ${action}` }),
    account: ACCOUNT,
    region: REGION,
    onCall: (call) => calls.push(call),
    faults: () => fault,
  });
});
afterAll(() => door.close());
beforeEach(() => {
  calls = [];
  fault = undefined;
  denied.clear();
  seen = undefined;
});

const name = ({ service, command }: Example) => `${service} ${command.name.replace(/Command$/, '')}`;

async function send(example: Example, accessKeyId = 'operator', maxAttempts = 1) {
  const client = new example.client({
    region: REGION,
    endpoint: example.service === 'cloudfront-keyvaluestore' ? door.url.replace('127.0.0.1', 'localhost') : door.url,
    credentials: { accessKeyId, secretAccessKey: 'secret' },
    maxAttempts,
    requestHandler: { httpAgent: new Agent({ lookup: toLoopback }) },
  });
  try {
    const output = await client.send(new example.command(example.input));
    if (output.Body) output.text = await output.Body.transformToString();
    return output;
  } finally {
    client.destroy();
  }
}

describe.each(EXAMPLES.map((example) => [name(example), example] as const))('%s', (_name, example) => {
  test('brings the input to the model and the output back', async () => {
    answers = () => example.output;
    const output = await send(example);
    expect(seen).toMatchObject(example.seen ?? example.input);
    expect(output).toMatchObject(example.got ?? example.output);
    expect(calls).toMatchObject([{ service: example.service, operation: _name.split(' ')[1], principal: OPERATOR }]);
    expect(calls[0]).not.toHaveProperty('error');
  });

  test("an error's code is the SDK error's name", async () => {
    const [code, status] = example.error ?? ['ThrottlingException', 400];
    answers = () => {
      throw new AwsError(code, 'it said <so> & more', status);
    };
    const thrown = await send(example).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ name: code, $metadata: { httpStatusCode: status } });
    // A HEAD answer has no body to carry the message in.
    if (example.command !== HeadObjectCommand) expect(thrown).toMatchObject({ message: 'it said <so> & more' });
    expect(calls).toMatchObject([{ error: code }]);
  });
});

const exampleOf = (operation: string) => EXAMPLES.find((example) => name(example).endsWith(` ${operation}`)) as Example;
const failure = (operation: string, accessKeyId?: string, maxAttempts?: number) =>
  send(exampleOf(operation), accessKeyId, maxAttempts).catch((error: unknown) => error);

test.each([
  ['DescribeServices', 'ecs:DescribeServices', 'AccessDeniedException', 400],
  ['StartExecution', 'states:StartExecution', 'AccessDeniedException', 400],
  ['GetKey', 'cloudfront-keyvaluestore:GetKey', 'AccessDeniedException', 403],
  ['CreateSchedule', 'iam:PassRole', 'AccessDeniedException', 403],
  ['DescribeTargetHealth', 'elasticloadbalancing:DescribeTargetHealth', 'AccessDenied', 403],
  ['CreateDBSnapshot', 'rds:CreateDBSnapshot', 'AccessDenied', 403],
  ['GetDistribution', 'cloudfront:GetDistribution', 'AccessDenied', 403],
  ['GetObject', 's3:GetObject', 'AccessDenied', 403],
  ['Publish', 'sns:Publish', 'AuthorizationErrorException', 403],
])('%s without %s is answered with %s', async (operation, action, code, status) => {
  denied.add(action);
  expect(await failure(operation)).toMatchObject({
    name: code,
    message: `no ${action}`,
    $metadata: { httpStatusCode: status },
  });
  expect(seen).toBeUndefined();
  expect(calls).toMatchObject([{ operation, error: code }]);
});

test('a missing object is not told to whom may not list the bucket', async () => {
  answers = () => {
    throw new AwsError('NoSuchKey', 'it is not there', 404);
  };
  expect(await failure('GetObject')).toMatchObject({ name: 'NoSuchKey' });
  denied.add('s3:ListBucket');
  expect(await failure('GetObject')).toMatchObject({ name: 'AccessDenied' });
});

test('an access key id that is nobody is refused', async () => {
  expect(await failure('DescribeServices', 'stranger')).toMatchObject({ name: 'UnrecognizedClientException' });
});

test('a request that is not signed is refused', async () => {
  const answer = await fetch(door.url, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
});

test('an operation without a model says what there is', async () => {
  const client = new SNSClient({
    region: REGION,
    endpoint: door.url,
    credentials: { accessKeyId: 'operator', secretAccessKey: 's' },
  });
  const thrown = await client.send(new ListTopicsCommand({})).catch((error: unknown) => error);
  expect(thrown).toMatchObject({
    name: 'UnknownOperationException',
    message: expect.stringMatching(/no sns ListTopics; .* Publish/),
  });
});

test('an input without a required member is refused', async () => {
  const example = { ...exampleOf('GetSecretValue'), input: {} };
  expect(await send(example).catch((error: unknown) => error)).toMatchObject({
    name: 'ValidationException',
    message: 'GetSecretValue needs SecretId',
  });
});

test('an output with a member that the service does not have is a mistake of the model, and not retried', async () => {
  answers = () => ({ serices: [] });
  const thrown = await failure('DescribeServices', 'operator', 3);
  expect(thrown).toMatchObject({ name: 'LocalModelError', message: expect.stringContaining('no member "serices"') });
  expect(calls).toHaveLength(1);
});

describe('faults', () => {
  test.each<[Fault, string, string]>([
    ['throttle', 'DescribeServices', 'ThrottlingException'],
    ['throttle', 'GetObject', 'SlowDown'],
    ['throttle', 'Publish', 'Throttling'],
    ['error', 'DescribeServices', 'InternalFailure'],
    ['error', 'DescribeTargetHealth', 'InternalFailure'],
    ['denied', 'GetKey', 'AccessDeniedException'],
  ])('%s: %s fails with %s and has no effect', async (kind, operation, code) => {
    fault = kind;
    expect(await failure(operation)).toMatchObject({ name: code });
    expect(seen).toBeUndefined();
  });

  test('lost-answer: the effect is done, the client sees a broken connection', async () => {
    fault = 'lost-answer';
    answers = () => ({});
    const thrown = (await failure('PutKey')) as Error & { $metadata?: { httpStatusCode?: number } };
    expect(thrown).toBeInstanceOf(Error);
    expect(thrown.$metadata?.httpStatusCode).toBeUndefined();
    expect(seen).toMatchObject({ Key: 'route' });
    expect(calls).toMatchObject([{ error: 'LostAnswer' }]);
  });

  test('the SDK tries a throttled call again', async () => {
    let left = 1;
    answers = () => {
      if (left-- > 0) throw new AwsError('ThrottlingException', 'slow down');
      return exampleOf('DescribeServices').output;
    };
    expect(await send(exampleOf('DescribeServices'), 'operator', 3)).toMatchObject({ failures: [] });
    expect(calls.map(({ error }) => error)).toEqual(['ThrottlingException', undefined]);
  });
});

test('keys with slashes, blanks and signs arrive as they are', async () => {
  answers = () => ({ Body: new Uint8Array() });
  const client = new S3Client({
    region: REGION,
    endpoint: door.url,
    credentials: { accessKeyId: 'operator', secretAccessKey: 's' },
  });
  for (const Key of ['a/b c/d+e&f=g?h.json', 'ü/%41.json']) {
    await client.send(new GetObjectCommand({ Bucket: 'artifacts', Key }));
    expect(seen).toMatchObject({ Bucket: 'artifacts', Key });
  }
  client.destroy();
});
