import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetImageCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  ECRClient,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetFunctionUrlConfigCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateScheduleCommand, DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPERATOR, simpleModels, startDoor } from '../../../local/cloud';
import { startDynamoDb } from '../../../local/cloud/services/dynamodb';
import type { Door, EcrImage, Notification, Problem, SimpleModels } from '../../../local/cloud';
import { ACCOUNT, fixtureAssembly, fixtureFunction, REGION } from '../fixtures/assembly';

const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:news`;
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

const fixture = fixtureAssembly(
  {
    notes: {
      Resources: {
        Ledger: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            TableName: 'ledger',
            AttributeDefinitions: ['pk', 'sk', 'state'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
            KeySchema: [
              { AttributeName: 'pk', KeyType: 'HASH' },
              { AttributeName: 'sk', KeyType: 'RANGE' },
            ],
            GlobalSecondaryIndexes: [
              {
                IndexName: 'history',
                KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
                Projection: { ProjectionType: 'ALL' },
                OnDemandThroughput: { MaxReadRequestUnits: 1 },
              },
            ],
            TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
          },
        },
        Artifacts: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'artifacts' } },
        Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'db/credentials' } },
        Unset: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'unset' } },
        Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'news' } },
        Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'retirements' } },
        Repository: {
          Type: 'AWS::ECR::Repository',
          Properties: {
            RepositoryName: 'notes',
            ImageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
            ImageTagMutabilityExclusionFilters: [
              { ImageTagMutabilityExclusionFilterType: 'WILDCARD', ImageTagMutabilityExclusionFilterValue: 'live*' },
            ],
          },
        },
        Watched: {
          Type: 'AWS::DynamoDB::Table',
          Properties: {
            TableName: 'watched',
            AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
            KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
            StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
          },
        },
        Watching: {
          Type: 'AWS::Lambda::EventSourceMapping',
          Properties: { EventSourceArn: { 'Fn::GetAtt': ['Watched', 'StreamArn'] }, FunctionName: 'retire' },
        },
        RetireUrl: {
          Type: 'AWS::Lambda::Url',
          Properties: { AuthType: 'AWS_IAM', Qualifier: 'url', TargetFunctionArn: { 'Fn::GetAtt': ['retire', 'Arn'] } },
        },
        retire: fixtureFunction('retire', { Role: 'arn:r' }),
      },
    },
  },
  { 'retire/index.js': '' },
);

const images: EcrImage[] = [];
const published: Notification[] = [];
const problems: Problem[] = [];
const invoked: { name: string; payload: unknown }[] = [];
let functionFails: Error | undefined;
let simple: SimpleModels;
let door: Door;
// oxlint-disable-next-line typescript/no-explicit-any -- sixteen clients with types of their own
let client: <C>(constructor: new (options: any) => C) => C;
const clients: { destroy(): void }[] = [];

beforeAll(async () => {
  simple = await simpleModels({
    assembly: fixture.assembly,
    functions: {
      names: () => ['retire'],
      invoke: async (name, payload) => {
        invoked.push({ name, payload });
        if (functionFails) throw functionFails;
        return { done: true };
      },
    },
    bucketsDir: join(fixture.directory, 'buckets'),
    doorUrl: () => door.url,
    secrets: (arn, name) => (name === 'db/credentials' ? `value of ${arn}` : undefined),
    images,
    speed: 100_000,
  });
  simple.events.on('notification', (notification) => published.push(notification));
  simple.events.on('problem', (problem) => problems.push(problem));
  door = await startDoor({
    models: simple.models,
    principals: new Map([['operator', OPERATOR]]),
    allows: () => ({ allowed: true, reason: '' }),
    account: ACCOUNT,
    region: REGION,
  });
  client = (constructor) => {
    const made = new constructor({
      endpoint: door.url,
      region: REGION,
      credentials: { accessKeyId: 'operator', secretAccessKey: 'x' },
      maxAttempts: 1,
    });
    clients.push(made as { destroy(): void });
    return made;
  };
});
afterAll(async () => {
  clients.forEach((made) => made.destroy());
  await door.close();
  await simple.close();
  fixture.remove();
});
beforeEach(() => {
  functionFails = undefined;
  for (const list of [images, published, problems, invoked]) list.length = 0;
});

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('dynamodb', () => {
  test('what was asked before it closes is answered', async () => {
    const own = await startDynamoDb(fixture.assembly);
    const asked = Array.from({ length: 20 }, (_, i) =>
      own.model.PutItem!({ TableName: 'ledger', Item: { pk: { S: `${i}` }, sk: { S: '1' } } }, OPERATOR),
    );

    await own.close();

    expect(await Promise.allSettled(asked)).toEqual(asked.map(() => ({ status: 'fulfilled', value: {} })));
  });

  const documents = () => DynamoDBDocumentClient.from(client(DynamoDBClient));
  const TableName = 'ledger';

  test('items go in, are found by key and index, and go', async () => {
    const db = documents();
    const item = {
      pk: 'a',
      sk: '1',
      state: 'open',
      n: 1.5,
      list: [1, 'x', null, true],
      set: new Set(['q']),
      bytes: Buffer.from('é'),
    };
    await db.send(new PutCommand({ TableName, Item: item }));
    const { Item } = await db.send(new GetCommand({ TableName, Key: { pk: 'a', sk: '1' }, ConsistentRead: true }));
    expect({ ...Item, bytes: Buffer.from(Item?.bytes).toString() }).toEqual({ ...item, bytes: 'é' });
    const found = await db.send(
      new QueryCommand({
        TableName,
        IndexName: 'history',
        KeyConditionExpression: '#s = :s',
        ExpressionAttributeNames: { '#s': 'state' },
        ExpressionAttributeValues: { ':s': 'open' },
      }),
    );
    expect(found.Items).toMatchObject([{ pk: 'a' }]);
    await db.send(new DeleteCommand({ TableName, Key: { pk: 'a', sk: '1' } }));
    expect(await db.send(new GetCommand({ TableName, Key: { pk: 'a', sk: '1' } }))).not.toHaveProperty('Item');
  });

  test('a condition that does not hold is told with the item, when asked for', async () => {
    const Item = { pk: { S: 'b' }, sk: { S: '1' }, holder: { S: 'first' } };
    await client(DynamoDBClient).send(new PutItemCommand({ TableName, Item }));
    const again = new UpdateItemCommand({
      TableName,
      Key: { pk: { S: 'b' }, sk: { S: '1' } },
      UpdateExpression: 'SET holder = :h',
      ConditionExpression: 'attribute_not_exists(holder)',
      ExpressionAttributeValues: { ':h': { S: 'second' } },
    });
    const thrown = await client(DynamoDBClient)
      .send(again)
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ConditionalCheckFailedException);
    expect(thrown).toMatchObject({ message: 'The conditional request failed' });
  });

  test('of two conditional writers one wins', async () => {
    const db = documents();
    const write = (who: number) =>
      db.send(
        new UpdateCommand({
          TableName,
          Key: { pk: 'turn', sk: '1' },
          UpdateExpression: 'SET holder = :w',
          ConditionExpression: 'attribute_not_exists(holder)',
          ExpressionAttributeValues: { ':w': who },
        }),
      );
    const results = await Promise.allSettled([1, 2, 3, 4].map(write));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('the table may be named by its ARN; an unknown table is not found', async () => {
    const byArn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/ledger`;
    expect(await documents().send(new GetCommand({ TableName: byArn, Key: { pk: 'x', sk: 'y' } }))).not.toHaveProperty(
      'Item',
    );
    const unknown = documents().send(new GetCommand({ TableName: 'nothing', Key: { pk: 'x' } }));
    await expect(unknown).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('s3', () => {
  const Bucket = 'artifacts';

  test('objects are files', async () => {
    const s3 = client(S3Client);
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'versions/v1.json', Body: '{"a":"é"}' }));
    expect(readFileSync(join(fixture.directory, 'buckets/artifacts/versions/v1.json'), 'utf8')).toBe('{"a":"é"}');
    const { Body, LastModified } = await s3.send(new GetObjectCommand({ Bucket, Key: 'versions/v1.json' }));
    expect(await Body?.transformToString()).toBe('{"a":"é"}');
    expect(LastModified).toBeInstanceOf(Date);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'versions/v1.json' }));
    expect(head).toMatchObject({ ETag, ContentLength: 10 });
  });

  test('IfNoneMatch keeps what is there', async () => {
    const s3 = client(S3Client);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: '1', IfNoneMatch: '*' }));
    const second = s3.send(new PutObjectCommand({ Bucket, Key: 'once', Body: '2', IfNoneMatch: '*' }));
    await expect(second).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  test.each([
    ['GetObject', GetObjectCommand, Bucket, 'versions', 'NoSuchKey'],
    ['GetObject', GetObjectCommand, Bucket, 'versions/none.json', 'NoSuchKey'],
    ['HeadObject', HeadObjectCommand, Bucket, 'none', 'NotFound'],
    ['GetObject', GetObjectCommand, 'others', 'a', 'NoSuchBucket'],
    ['GetObject', GetObjectCommand, Bucket, 'a/%2e%2e/../../b', 'InvalidArgument'],
  ])('%s %p of %s/%s is answered with %s', async (_name, Command, bucket, Key, code) => {
    const sent = client(S3Client).send(new Command({ Bucket: bucket, Key }) as GetObjectCommand);
    await expect(sent).rejects.toMatchObject({ name: code });
    expect(existsSync(join(fixture.directory, 'b'))).toBe(false);
  });
});

describe('secrets-manager', () => {
  const { physicalId: arn } = fixture.assembly.find(
    'AWS::SecretsManager::Secret',
    ({ logicalId }) => logicalId === 'Secret',
  );

  test.each([['db/credentials'], [arn], [arn.slice(0, -7)]])('a secret is found as %s', async (SecretId) => {
    const answer = await client(SecretsManagerClient).send(new GetSecretValueCommand({ SecretId }));
    expect(answer).toMatchObject({ ARN: arn, Name: 'db/credentials', SecretString: `value of ${arn}` });
  });

  test.each([['unset'], ['nothing']])('%s is not found', async (SecretId) => {
    const sent = client(SecretsManagerClient).send(new GetSecretValueCommand({ SecretId }));
    await expect(sent).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

describe('sns', () => {
  test('what is published is told', async () => {
    const MessageAttributes = { outcome: { DataType: 'String', StringValue: 'released' } };
    const { MessageId } = await client(SNSClient).send(
      new PublishCommand({ TopicArn: TOPIC, Subject: 'Released', Message: 'é', MessageAttributes }),
    );
    expect(published).toEqual([
      { topicArn: TOPIC, subject: 'Released', message: 'é', messageId: MessageId, attributes: { outcome: 'released' } },
    ]);
  });

  test.each([
    ['an unknown topic', { TopicArn: `${TOPIC}x`, Message: 'a' }, 'NotFoundException'],
    ['a long subject', { TopicArn: TOPIC, Message: 'a', Subject: 'x'.repeat(101) }, 'InvalidParameterException'],
    ['a subject of two lines', { TopicArn: TOPIC, Message: 'a', Subject: 'x\ny' }, 'InvalidParameterException'],
  ])('%s is refused', async (_what, input, code) => {
    await expect(client(SNSClient).send(new PublishCommand(input))).rejects.toMatchObject({ name: code });
  });
});

describe('scheduler', () => {
  const schedule = (more: object = {}) => ({
    Name: 'retire-v1',
    GroupName: 'retirements',
    ScheduleExpression: `at(${new Date(Date.now() + 3_600_000).toISOString().slice(0, 19)})`,
    FlexibleTimeWindow: { Mode: 'OFF' as const },
    Target: { Arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:retire`, RoleArn: 'arn:r', Input: '{"color":"blue"}' },
    ...more,
  });
  const create = (more?: object) => client(SchedulerClient).send(new CreateScheduleCommand(schedule(more)));
  const remove = (Name: string) =>
    client(SchedulerClient).send(new DeleteScheduleCommand({ Name, GroupName: 'retirements' }));

  test('comes true once, scaled, and deletes itself when told to', async () => {
    await create({ ActionAfterCompletion: 'DELETE' });
    await until(() => invoked.length > 0);
    expect(invoked).toEqual([{ name: expect.stringMatching(/:function:retire$/), payload: { color: 'blue' } }]);
    await expect(remove('retire-v1')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('one that was deleted does not come true', async () => {
    const late = { Name: 'late', ScheduleExpression: 'at(2099-01-01T00:00:00)' };
    await create(late);
    await expect(create(late)).rejects.toMatchObject({ name: 'ConflictException' });
    await create({ Name: 'soon' });
    await remove('late');
    await until(() => invoked.length > 0);
    expect(invoked).toHaveLength(1);
    await remove('soon');
  });

  test('a rate comes true again and again', async () => {
    await create({ Name: 'often', ScheduleExpression: 'rate(5 minutes)' });
    await until(() => invoked.length > 1);
    await remove('often');
  });

  test('a function that fails is told as a problem', async () => {
    functionFails = Object.assign(new Error('no'), { name: 'RouteConflict' });
    await create({ Name: 'fails', ActionAfterCompletion: 'DELETE' });
    await until(() => problems.length >= 3);
    expect(problems[0]).toMatchObject({ source: 'retirements/fails', error: { name: 'RouteConflict' } });
  });

  test.each([
    ['a long name', { Name: 'x'.repeat(65) }, 'ValidationException'],
    ['an unknown group', { GroupName: 'nothing' }, 'ResourceNotFoundException'],
    ['an input that is no JSON', { Target: { ...schedule().Target, Input: 'blue' } }, 'ValidationException'],
    ['an expression that is none', { ScheduleExpression: 'tomorrow' }, 'ValidationException'],
  ])('%s is refused', async (_what, more, code) => {
    await expect(create(more)).rejects.toMatchObject({ name: code });
  });
});

describe('ecr', () => {
  const repositoryName = 'notes';
  const image = (letter: string, tags: string[], more: Partial<EcrImage> = {}): EcrImage => ({
    repository: 'notes',
    tags,
    digest: digest(letter),
    ...more,
  });
  const manifest = async (letter: string) => {
    const asked = new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest: digest(letter) }] });
    return (await client(ECRClient).send(asked)).images?.[0]?.imageManifest;
  };

  test('a tag resolves to its digest', async () => {
    const pushedAt = new Date('2026-01-01T00:00:00Z');
    images.push(image('a', ['v1.0.0']), image('b', ['v1.1.0'], { sizeBytes: 7, pushedAt }));
    const { imageDetails } = await client(ECRClient).send(
      new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v1.1.0' }] }),
    );
    expect(imageDetails).toMatchObject([
      { imageDigest: digest('b'), imageTags: ['v1.1.0'], imageSizeInBytes: 7, imagePushedAt: pushedAt, repositoryName },
    ]);
  });

  test('an unknown tag, an unknown repository', async () => {
    const asked = (name: string) =>
      client(ECRClient).send(new DescribeImagesCommand({ repositoryName: name, imageIds: [{ imageTag: 'v9' }] }));
    await expect(asked('notes')).rejects.toMatchObject({
      name: 'ImageNotFoundException',
      message: expect.stringContaining("imageTag:'v9'"),
    });
    await expect(asked('other')).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
  });

  test('findings come with their counts, page by page', async () => {
    const findings = Array.from({ length: 5 }, (_, i) => ({ name: `CVE-2026-${i}`, severity: 'HIGH' }));
    images.push(image('a', ['v1'], { scan: { status: 'COMPLETE', counts: { HIGH: 5 }, findings } }));
    const names: string[] = [];
    let nextToken: string | undefined;
    do {
      const asked = new DescribeImageScanFindingsCommand({
        repositoryName,
        imageId: { imageTag: 'v1' },
        maxResults: 2,
        nextToken,
      });
      const page = await client(ECRClient).send(asked);
      expect(page).toMatchObject({
        imageScanStatus: { status: 'COMPLETE' },
        imageScanFindings: { findingSeverityCounts: { HIGH: 5 } },
      });
      names.push(...(page.imageScanFindings?.findings ?? []).map(({ name = '' }) => name));
      nextToken = page.nextToken;
    } while (nextToken);
    expect(names).toEqual(findings.map(({ name }) => name));
  });

  test('no scan is not a clean one, and a status may come before the counts', async () => {
    images.push(image('a', ['v1']), image('b', ['v2'], { scan: { status: 'ACTIVE' } }));
    const asked = (imageTag: string) =>
      client(ECRClient).send(new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageTag } }));
    await expect(asked('v1')).rejects.toMatchObject({ name: 'ScanNotFoundException' });
    const { imageScanFindings, imageScanStatus } = await asked('v2');
    expect([imageScanStatus?.status, imageScanFindings?.findingSeverityCounts]).toEqual(['ACTIVE', undefined]);
  });

  test('the live tag moves, a version tag does not', async () => {
    images.push(image('a', ['v1', 'live']), image('b', ['v2']));
    const put = async (letter: string, imageTag: string) =>
      client(ECRClient).send(new PutImageCommand({ repositoryName, imageTag, imageManifest: await manifest(letter) }));
    await put('b', 'live');
    expect(images.map(({ tags }) => tags)).toEqual([['v1'], ['v2', 'live']]);
    await expect(put('b', 'live')).rejects.toMatchObject({ name: 'ImageAlreadyExistsException' });
    await expect(put('b', 'v1')).rejects.toMatchObject({ name: 'ImageTagAlreadyExistsException' });
  });

  test('an image that is not there is a failure of its own', async () => {
    images.push(image('a', ['v1']));
    const imageIds = [{ imageDigest: digest('a') }, { imageDigest: digest('f') }];
    const answer = await client(ECRClient).send(new BatchGetImageCommand({ repositoryName, imageIds }));
    expect(answer.images).toHaveLength(1);
    expect(answer.failures).toMatchObject([{ imageId: { imageDigest: digest('f') }, failureCode: 'ImageNotFound' }]);
  });
});

describe('a table with a stream', () => {
  type Records = { eventName: string; dynamodb: { OldImage?: object; NewImage?: object } }[];
  const told = () => invoked.flatMap(({ payload }) => (payload as { Records: Records }).Records);

  test('hands each write to the function that is mapped to it, with the item before and after it, in order', async () => {
    const table = DynamoDBDocumentClient.from(client(DynamoDBClient));
    const TableName = 'watched';
    await table.send(new PutCommand({ TableName, Item: { pk: 'a', count: 1 } }));
    await table.send(
      new UpdateCommand({
        TableName,
        Key: { pk: 'a' },
        UpdateExpression: 'SET #c = :c',
        ExpressionAttributeNames: { '#c': 'count' },
        ExpressionAttributeValues: { ':c': 2 },
      }),
    );
    await table.send(new DeleteCommand({ TableName, Key: { pk: 'a' } }));
    await until(() => told().length === 3);

    const item = (count: string) => ({ pk: { S: 'a' }, count: { N: count } });
    expect(told().map(({ eventName, dynamodb }) => [eventName, dynamodb.OldImage, dynamodb.NewImage])).toEqual([
      ['INSERT', undefined, item('1')],
      ['MODIFY', item('1'), item('2')],
      ['REMOVE', item('2'), undefined],
    ]);
  });

  test('tells nothing of a write that its condition prevented', async () => {
    const table = DynamoDBDocumentClient.from(client(DynamoDBClient));
    const put = new PutCommand({
      TableName: 'watched',
      Item: { pk: 'b' },
      ConditionExpression: 'attribute_exists(pk)',
    });
    await expect(table.send(put)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    await table.send(new PutCommand({ TableName: 'watched', Item: { pk: 'c' } }));
    await until(() => told().length > 0);

    expect(told().map(({ dynamodb }) => dynamodb.NewImage)).toEqual([{ pk: { S: 'c' } }]);
  });
});

test('the event bus takes events and tells the theatre', async () => {
  const heard: object[] = [];
  simple.events.on('bus', (event) => heard.push(event));
  const Entries = [{ Source: 'greenroom', DetailType: 'Release Ended', Detail: '{"outcome":"released"}' }];

  const { FailedEntryCount } = await client(EventBridgeClient).send(new PutEventsCommand({ Entries }));

  expect(FailedEntryCount).toBe(0);
  expect(heard).toEqual([{ source: 'greenroom', detailType: 'Release Ended', detail: { outcome: 'released' } }]);
});

describe('lambda', () => {
  test('knows the URL of an alias, and of no other', async () => {
    const config = (Qualifier: string) =>
      client(LambdaClient).send(new GetFunctionUrlConfigCommand({ FunctionName: 'retire', Qualifier }));

    expect((await config('url')).FunctionUrl).toBe(`${door.url}/function-urls/retire%3Aurl/`);
    await expect(config('other')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  const invoke = async (input: object) => {
    const answer = await client(LambdaClient).send(new InvokeCommand({ FunctionName: 'retire', ...input }));
    return {
      ...answer,
      Payload: answer.Payload?.length ? JSON.parse(Buffer.from(answer.Payload).toString()) : undefined,
    };
  };

  test('gives back what the function returned', async () => {
    expect(await invoke({ Payload: Buffer.from('{"a":1}') })).toMatchObject({
      StatusCode: 200,
      Payload: { done: true },
    });
    expect(invoked).toEqual([{ name: 'retire', payload: { a: 1 } }]);
  });

  test("gives back the function's error", async () => {
    functionFails = Object.assign(new Error('there is no standby'), { name: 'NothingToRevertTo' });
    const answer = await invoke({});
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(answer.Payload).toEqual({ errorType: 'NothingToRevertTo', errorMessage: 'there is no standby' });
  });

  test('an event is taken at once and invoked afterwards', async () => {
    expect(await invoke({ InvocationType: 'Event', Payload: Buffer.from('2') })).toMatchObject({ StatusCode: 202 });
    await until(() => invoked.length > 0);
    expect(invoked[0]?.payload).toBe(2);
  });

  test.each([
    ['an unknown function', { FunctionName: 'nobody' }, 'ResourceNotFoundException'],
    ['a payload that is no JSON', { Payload: Buffer.from('{') }, 'InvalidRequestContentException'],
  ])('%s is refused', async (_what, input, code) => {
    await expect(invoke(input)).rejects.toMatchObject({ name: code });
  });
});
