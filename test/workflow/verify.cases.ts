import type { Check, Verification } from '../../lambda/domain/checks';
import type { ReleasePlan } from '../../lambda/domain/release-plan';
import { AwsError } from '../../local/cloud/model';
import { digestOf, World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World();
  await world.releaseFully('v1.0.0');
  await world.releaseFully('v1.1.0');
  const describe = world.aws.DescribeTaskDefinition as (input: object) => Promise<Described>;
  world.aws.DescribeTaskDefinition = async (input: object) => {
    const { taskDefinition, ...rest } = await describe(input);
    const secrets = [{ name: 'DATABASE_USER', valueFrom: `${SECRET}:username::` }];
    const containerDefinitions = taskDefinition.containerDefinitions.map((each) => ({ ...each, secrets }));
    return { ...rest, taskDefinition: { ...taskDefinition, ...REFERENCES, containerDefinitions } };
  };
});
afterEach(() => world.close());

const verify = (version?: string): Promise<Verification> => world.call('verify-release', { action: 'verify', version });
const plan = (): Promise<ReleasePlan> => world.call('verify-release', { action: 'plan', version: 'v1.2.0' });
function checkOf({ groups }: Verification, name: string): Check | undefined {
  return groups.flatMap(({ checks }) => checks).find((check) => check.name === name);
}

/** The fakes have no changelogs: where the artifact is read it is not there. */
const results = (found: Verification) =>
  Object.fromEntries(
    found.groups
      .flatMap(({ checks }) => checks.map(({ name, result }) => [name, result]))
      .filter(([name]) => name !== 'changelog'),
  );

test('in an environment that is as it should be nothing fails, and every check says what it found', async () => {
  const found = await verify();
  expect(Object.values(results(found))).not.toContain('failed');
  expect(found).toMatchObject({ environment: 'production', version: null, ready: true });
  expect(found.groups.map(({ name }) => name)).toEqual([
    'environment',
    'tasks',
    'edge',
    'alarms',
    'database',
    'quotas',
  ]);
  for (const { checks } of found.groups) {
    for (const { message } of checks) expect(message).toMatch(/\w/);
  }
});

type Row = [check: string, result: Check['result'], wrong: (world: World) => unknown, mend: RegExp];

test.each<Row>([
  ['hold', 'failed', (w) => w.call('revert', { by: 'oscar', reason: 'broken' }), /resume/],
  [
    'freeze',
    'failed',
    (w) => w.call('operate', { action: 'freeze', by: 'oscar', reason: 'sale', until: '2027-01-01T00:00:00Z' }),
    /exempt/,
  ],
  ['turn', 'warning', (w) => w.release('v1.3.0'), /queue/],
  ['drift', 'failed', (w) => (w.fleets.services.blue!.targetGroups = ['another']), /runbook/],
  ['roles', 'failed', (w) => (w.aws.GetRole = refusing('NoSuchEntityException')), /deploy/],
  ['secrets', 'failed', (w) => (w.aws.DescribeSecret = refusing('ResourceNotFoundException')), /restore/],
  ['secrets', 'failed', (w) => (w.aws.DescribeSecret = async () => ({ DeletedDate: new Date() })), /restore/],
  ['log groups', 'failed', (w) => (w.aws.DescribeLogGroups = async () => ({ logGroups: [] })), /deploy/],
  ['subnets', 'failed', (w) => (w.aws.DescribeSubnets = subnets(0)), /larger/],
  ['subnets', 'warning', (w) => (w.aws.DescribeSubnets = subnets(1)), /second deployment/],
  ['subnets', 'failed', (w) => (w.aws.DescribeSubnets = async () => ({ Subnets: [] })), /deploy/],
  ['edge', 'failed', (w) => (w.seenEpoch = () => 1), /web ACL/],
  ['green', 'failed', (w) => w.ringing.add('green'), /runbook/],
  ['blue', 'warning', (w) => w.ringing.add('blue'), /runbook/],
  ['migrations', 'failed', (w) => (w.refused = ['UnsafeMigration: drops a column']), /migrator/],
  ['migrations', 'failed', (w) => (w.aws.Invoke = failing('Transient', 'cannot be reached')), /verify again/],
  ['Fargate vCPU', 'failed', (w) => (w.aws.GetServiceQuota = async () => ({ Quota: { Value: 8 } })), /Service Quotas/],
  ['Fargate vCPU', 'warning', (w) => (w.aws.GetMetricData = async () => ({})), /usage/],
  ['snapshots', 'failed', (w) => (w.aws.DescribeAccountAttributes = used(100)), /delete/],
  ['snapshots', 'warning', (w) => (w.aws.DescribeAccountAttributes = used(95)), /soon/],
  ['roles', 'failed', (w) => (w.aws.GetRole = refusing('AccessDenied')), /may not look/],
])('%s is %s when it is wrong', async (check, result, wrong, mend) => {
  await wrong(world);
  await world.rest(2_000);
  const found = await verify();
  expect(checkOf(found, check)).toMatchObject({ result, mend: expect.stringMatching(mend) });
  expect(found.ready).toBe(result !== 'failed');
});

test.each<Row>([
  [
    'published',
    'failed',
    (w) =>
      w.interfere({
        matches: isReadOf('versions/'),
        times: Infinity,
        before: () => Promise.reject(new AwsError('NoSuchKey', 'missing')),
      }),
    /verify again/,
  ],
  ['platform', 'failed', (w) => answer(w, 'BatchGetImage', index('linux/arm64')), /linux\/amd64/],
  ['platform', 'warning', (w) => answer(w, 'BatchGetImage', index('linux/amd64', 'unknown/unknown')), /provenance/],
  ['platform', 'ok', (w) => answer(w, 'BatchGetImage', index('linux/amd64', 'linux/arm64')), /.*/],
])('of a version, %s is %s when it is wrong', async (check, result, wrong) => {
  await wrong(world);
  expect(checkOf(await verify('v1.2.0'), check)).toMatchObject({ result });
});

test('a plan says what would happen, and what would stop it', async () => {
  world.plan = { pending: 1, verdict: 'expand', changesets: ['a::1::b'], withoutRollback: 0 };
  expect(await plan()).toMatchObject({
    environment: 'production',
    version: 'v1.2.0',
    digest: digestOf('v1.2.0'),
    stops: [],
    scan: { status: 'passed', failOn: 'HIGH' },
    migrations: { pending: 1, verdict: 'expand' },
    snapshot: true,
    deployment: {
      color: 'green',
      tasks: 2,
      changes: [expect.objectContaining({ what: 'app: image', after: expect.stringContaining(digestOf('v1.2.0')) })],
    },
    approvers: 1,
    traffic: [
      { percent: 25, checks: 2 },
      { percent: 100, checks: 0 },
    ],
    bakeChecks: 3,
    turn: { holder: null, waiting: 0 },
  });

  world.refused = ['UnsafeMigration: drops a column'];
  await world.call('revert', { by: 'oscar', reason: 'broken' });
  expect((await plan()).stops).toEqual([expect.stringContaining('holds releases'), 'UnsafeMigration: drops a column']);
});

test('neither changes anything: every call of both only reads', async () => {
  const items = world.ledger.all();
  const before = world.door.calls.length;
  await verify('v1.2.0');
  await plan();
  const calls = world.door.calls.slice(before).filter(({ handler }) => handler === 'verify-release');
  expect(calls.length).toBeGreaterThan(40);
  expect(calls.filter(({ operation }) => !/^(Get|Describe|List|Query|BatchGet|Invoke)/.test(operation))).toEqual([]);
  const asked = calls.filter(({ operation }) => operation === 'Invoke').map(({ input }) => input.FunctionName);
  expect(new Set(asked)).toEqual(new Set(['notes-production-plan-migrations']));
  expect(world.ledger.all()).toEqual(items);
});

test('how the database stands is asked beside the changelog of a version, or of what is live', async () => {
  world.lock = { holder: 'liquibase on ci', since: 'noon' };
  const before = world.door.calls.length;
  const ask = (request: object) => world.call('verify-release', request);

  expect(await ask({ action: 'migrations' })).toMatchObject({ version: 'v1.1.0', database: { lock: world.lock } });
  expect(await ask({ action: 'assertions', version: 'v1.2.0', changelogFile: 'repair.yaml' })).toEqual({
    version: 'v1.2.0',
    checks: 1,
  });
  const asked = world.door.calls.slice(before).filter(({ operation }) => operation === 'Invoke');
  expect(asked.map(({ input }) => input.FunctionName)).toEqual([
    'notes-production-plan-migrations',
    'notes-production-verify-migration',
  ]);
  expect(JSON.parse(asked[1]!.input.Payload)).toEqual({
    release: { changelog: { key: 'changelogs/1', sha256: '1', root: 'repair.yaml' } },
  });
});

test('asked for something else it says what it knows', async () => {
  await expect(world.call('verify-release', { action: 'plan' })).rejects.toThrow('neither "verify" nor "plan"');
  await expect(world.call('verify-release', { action: 'verify', version: '1.2' })).rejects.toThrow('vX.Y.Z');
});

interface Described {
  readonly taskDefinition: { readonly containerDefinitions: object[] };
}
const SECRET = 'arn:aws:secretsmanager:eu-central-1:111111111111:secret:database-AbCdEf';
/** What every revision has here beside its containers. */
const REFERENCES = {
  cpu: '512',
  memory: '1024',
  taskRoleArn: 'arn:aws:iam::111111111111:role/task',
  executionRoleArn: 'arn:aws:iam::111111111111:role/execution',
};

const refusing = (name: string) => async () => {
  throw new AwsError(name, 'no');
};
const subnets =
  (free: number) =>
  async ({ SubnetIds }: { SubnetIds: string[] }) => ({
    Subnets: SubnetIds.map((SubnetId) => ({ SubnetId, AvailableIpAddressCount: free })),
  });
const used = (Used: number) => async () => ({
  AccountQuotas: [{ AccountQuotaName: 'ManualSnapshots', Max: 100, Used }],
});
const failing = (errorType: string, errorMessage: string) => async () => ({
  FunctionError: 'Unhandled',
  Payload: Buffer.from(JSON.stringify({ errorType, errorMessage })),
});
const index = (...platforms: string[]) => ({
  images: [
    {
      imageManifest: JSON.stringify({
        manifests: platforms.map((platform) => ({
          platform: { os: platform.split('/')[0], architecture: platform.split('/')[1] },
        })),
      }),
    },
  ],
});
function answer(w: World, operation: string, output: object): void {
  w.aws[operation] = async () => output;
}
const isReadOf =
  (prefix: string) =>
  ({ operation, input }: { operation: string; input: { Key?: string } }) =>
    operation === 'GetObject' && (input.Key ?? '').startsWith(prefix);
