import { createRequire } from 'node:module';
import { previewCredential } from '../../cli/verbs/preview';
import type * as Preview from '../../lambda/aws/preview';
import type * as Inspect from '../../lambda/inspect/handler';
import { AwsError, type CloudModel, type Door, OPERATOR, startDoor } from '../../local/cloud';

// What the command line relies on in the workflow's own handlers, asked through AWS's wire protocols.

const REGION = 'eu-central-1';
const RELEASE = 'v1.0.0-x';
const SETTINGS = {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: OPERATOR.name,
  AWS_SECRET_ACCESS_KEY: 'local',
  LEDGER_TABLE: 'notes-production-ledger',
  STATE_MACHINE_ARN: 'arn:machine',
  MIGRATION_MACHINE_ARN: 'arn:migrations',
  ARTIFACT_BUCKET: 'artifacts',
  EDGE_URL: 'https://notes.example',
  POLICY: JSON.stringify({ environment: 'dev', freeze: [] }),
  PREVIEW_KEY_ARN: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:PreviewKey-AbCdEf',
};

const models: CloudModel = {};
const before = { ...process.env };
let door: Door;
beforeAll(async () => {
  door = await startDoor({
    models,
    principals: new Map([[OPERATOR.name, OPERATOR]]),
    allows: () => ({ allowed: true, reason: '' }),
    account: '111122223333',
    region: REGION,
  });
  Object.assign(process.env, SETTINGS, { AWS_ENDPOINT_URL: door.url });
});
afterAll(async () => {
  process.env = before;
  await door.close();
});

/** The handlers make their clients when they are loaded, from the environment of that moment. */
function load<Module>(path: string): Module {
  return createRequire(__filename)(path) as Module;
}

test("the preview credential is the one that the workflow's smoke test opens the preview with", async () => {
  models['secrets-manager'] = { GetSecretValue: async () => ({ SecretString: 'the key' }) };

  const workflow = await load<typeof Preview>('../../lambda/aws/preview').previewCredential(RELEASE);

  expect(previewCredential('the key', RELEASE)).toBe(workflow);
});

describe('inspect', () => {
  const inspect = (request: object) =>
    load<typeof Inspect>('../../lambda/inspect/handler').handler(request as Parameters<typeof Inspect.handler>[0]);
  const item = (sk: string, at: string) => ({
    pk: { S: `release#${RELEASE}` },
    sk: { S: sk },
    at: { S: at },
    event: { S: sk },
  });

  test('events gives all pages, in the order of their time, without the keys of the table', async () => {
    const pages = [
      { Items: [item('Bake', '3'), item('AwaitTurn', '2')], LastEvaluatedKey: { pk: { S: 'a' }, sk: { S: 'b' } } },
      { Items: [item('OpenRelease', '1')] },
    ];
    const asked: { ConsistentRead?: boolean; ExclusiveStartKey?: object }[] = [];
    models.dynamodb = {
      GetItem: async () => ({ Item: { id: { S: RELEASE }, execution: { S: 'arn' } } }),
      Query: async (input) => {
        asked.push(input);
        return pages[asked.length - 1] ?? {};
      },
    };

    const { record, events } = (await inspect({ action: 'events', release: RELEASE })) as {
      record: object;
      events: object[];
    };

    expect(record).toEqual({ id: RELEASE, execution: 'arn' });
    expect(events).toEqual([
      { at: '1', event: 'OpenRelease' },
      { at: '2', event: 'AwaitTurn' },
      { at: '3', event: 'Bake' },
    ]);
    expect(asked.map(({ ConsistentRead, ExclusiveStartKey }) => [ConsistentRead, ExclusiveStartKey])).toEqual([
      [true, undefined],
      [true, { pk: { S: 'a' }, sk: { S: 'b' } }],
    ]);
  });

  test('events of a release that the ledger does not know are none', async () => {
    models.dynamodb = { GetItem: async () => ({}), Query: async () => ({ Items: [] }) };

    expect(await inspect({ action: 'events', release: RELEASE })).toEqual({ record: null, events: [] });
  });

  test('places tells what the environment is made of, and no secret', async () => {
    expect(await inspect({ action: 'places' })).toEqual({
      stateMachineArn: SETTINGS.STATE_MACHINE_ARN,
      migrationMachineArn: SETTINGS.MIGRATION_MACHINE_ARN,
      restoreMachineArn: null,
      artifactBucket: SETTINGS.ARTIFACT_BUCKET,
      url: SETTINGS.EDGE_URL,
      previewKeyArn: SETTINGS.PREVIEW_KEY_ARN,
    });
  });

  test('status of an environment with one fleet reads no route', async () => {
    models.dynamodb = { GetItem: async () => ({}), Query: async () => ({ Items: [] }) };
    models['cloudfront-keyvaluestore'] = {
      DescribeKeyValueStore: () => Promise.reject(new AwsError('AccessDeniedException', 'there is none', 403)),
    };

    expect(await inspect({ action: 'status' })).toMatchObject({
      environment: 'dev',
      route: null,
      turn: { holder: null },
      hold: null,
      frozen: null,
    });
  });

  test.each([0, 1.5, 501])('history of %d releases is refused', async (limit) => {
    await expect(inspect({ action: 'history', limit })).rejects.toThrow(/limit .* from 1 to 500/);
  });
});
