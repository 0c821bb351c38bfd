import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAssembly, synthesise } from '../../../local/assembly';
import type { Assembly } from '../../../local/assembly';
import {
  Executions,
  FunctionPool,
  OPERATOR,
  policiesOf,
  principalsOf,
  simpleModels,
  startDoor,
} from '../../../local/cloud';
import type { Call, Notification, ServiceModel } from '../../../local/cloud';
import { ACCOUNT, REGION } from '../fixtures/assembly';

const directory = mkdtempSync(join(tmpdir(), 'greenroom-whole-'));
const outdir = join(directory, 'cdk.out');
let assembly: Assembly;

beforeAll(async () => {
  await synthesise({ environment: 'tiny', outdir, app: 'test/local/fixtures/app.ts' });
  assembly = loadAssembly(outdir, { account: ACCOUNT, region: REGION, attribute: () => undefined });
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('an application that fails is told with its own words', async () => {
  const broken = synthesise({
    environment: 'wrong',
    outdir: join(directory, 'none'),
    app: 'test/local/fixtures/app.ts',
  });
  await expect(broken).rejects.toThrow(/synthesis of wrong by .*app.ts failed[^]*there is no environment "wrong"/);
});

test('a synthesised workflow runs through the door: bundled functions, real clients, policies, tokens, rules', async () => {
  const calls: Call[] = [];
  const lines: string[] = [];
  const notifications: Notification[] = [];
  const keys: Record<string, string> = {};
  const store: ServiceModel = {
    DescribeKeyValueStore: async ({ KvsARN }) => ({
      ItemCount: 0,
      TotalSizeInBytes: 0,
      KvsARN,
      Created: new Date(0),
      ETag: 'E1',
    }),
    PutKey: async ({ Key, Value }) => {
      keys[Key] = Value;
      return { ItemCount: 1, TotalSizeInBytes: 1, ETag: 'E2' };
    },
  };
  const functions = new FunctionPool({
    assembly,
    endpoint: () => door.url,
    edge: { host: 'd1.cloudfront.net', target: 'http://127.0.0.1:9' },
    onLog: (name, line) => lines.push(`${name} ${line}`),
  });
  const allows = policiesOf(assembly);
  const executions = new Executions({ assembly, functions, speed: 10_000, allows });
  const simple = await simpleModels({
    assembly,
    functions,
    bucketsDir: join(directory, 'buckets'),
    doorUrl: () => door.url,
    secrets: () => 'a secret',
    images: [],
    speed: 10_000,
  });
  simple.events.on('notification', (notification) => notifications.push(notification));
  const door = await startDoor({
    models: { ...simple.models, sfn: executions.model, 'cloudfront-keyvaluestore': store },
    principals: principalsOf(assembly),
    allows,
    account: ACCOUNT,
    region: REGION,
    onCall: (call) => calls.push(call),
  });
  try {
    const { MachineArn = '' } = assembly.outputs('tiny-work');
    const { arn } = executions.start(MachineArn, 'v1', { version: 'v1' });
    const logged = async (text: string) => {
      while (!lines.some((line) => line.includes(text))) await new Promise((resolve) => setTimeout(resolve, 5));
      return lines.find((line) => line.includes(text)) as string;
    };
    const line = await logged('token');
    const { event, denied } = JSON.parse(line.slice(line.indexOf('{')));
    expect(denied).toBe('AuthorizationErrorException');
    await executions.model.SendTaskSuccess!({ taskToken: event.token, output: '{"by":"qa"}' }, OPERATOR);
    const { status, output = '{}' } = await executions.ended(arn);
    expect([status, JSON.parse(output)]).toEqual([
      'SUCCEEDED',
      {
        version: 'v1',
        touch: { item: { pk: 'v1', at: 1 }, object: 'v1', secret: 'a secret', etag: 'E2', published: true },
        ask: { by: 'qa' },
      },
    ]);
    expect(keys).toEqual({ route: 'v1' });
    expect(notifications).toMatchObject([{ message: 'v1' }]);
    const told = calls.map(({ principal, operation, error }) => [principal.name, operation, error]);
    expect(told).toEqual(
      expect.arrayContaining([
        ['tiny-touch', 'PutKey', undefined],
        ['tiny-ask', 'Publish', 'AuthorizationErrorException'],
      ]),
    );
    // The rule tells the execution's end to the second function.
    expect(await logged('"name":"v1"')).toContain('tiny-ask');
  } finally {
    await executions.close();
    await functions.close();
    await door.close();
    await simple.close();
  }
}, 30_000);
