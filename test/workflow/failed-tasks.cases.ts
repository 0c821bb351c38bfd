import { AwsError } from '../../local/cloud/model';
import { World } from './cloud/world';

let world: World;
beforeEach(async () => {
  world = new World();
  await world.releaseFully('v1.0.0');
});
afterEach(() => world.close());

interface Stopped {
  readonly id: string;
  readonly at: number;
  readonly containers?: object[];
}

/** Tasks of blue, the idle color, stop; ECS tells of at most 100 in a page. */
function stop(tasks: readonly Stopped[]): void {
  const describe = world.aws.DescribeTasks as (input: object) => Promise<object>;
  const list = world.aws.ListTasks as (input: object) => Promise<object>;
  world.aws.ListTasks = async (input: { desiredStatus: string; nextToken?: string }) => {
    if (input.desiredStatus !== 'STOPPED') return list(input);
    const from = Number(input.nextToken ?? 0);
    const taskArns = tasks.slice(from, from + 100).map(({ id }) => `arn:task/cluster/${id}`);
    return { taskArns, ...(from + 100 < tasks.length && { nextToken: String(from + 100) }) };
  };
  world.aws.DescribeTasks = async (input: { tasks: string[] }) => {
    if (!String(input.tasks[0]).startsWith('arn:task/cluster/')) return describe(input);
    expect(input.tasks.length).toBeLessThanOrEqual(100);
    return {
      tasks: input.tasks.map((taskArn) => {
        const task = tasks.find(({ id }) => taskArn.endsWith(`/${id}`)) as Stopped;
        return {
          taskArn,
          taskDefinitionArn: world.fleets.newest('blue').arn,
          stopCode: 'EssentialContainerExited',
          stoppedReason: 'Essential container in task exited',
          stoppedAt: new Date(task.at),
          containers: task.containers,
        };
      }),
    };
  };
}

async function reasonOfFailure(): Promise<string> {
  world.fleets.services.blue!.healthy = 0;
  world.release('v1.1.0');
  await world.rest(3_600_000);
  return String(world.record('v1.1.0')?.reason);
}

test('the newest task says why: how it stopped, which container with which code, and its last lines', async () => {
  const asked: object[] = [];
  world.aws.GetLogEvents = async (input: object) => {
    asked.push(input);
    return { events: [{ message: 'connecting\n' }, { message: 'no such table: notes\n' }] };
  };
  const containers = [
    { name: 'proxy', exitCode: 0 },
    { name: 'app', exitCode: 1 },
  ];
  // The newest of them stands on the third page.
  stop(Array.from({ length: 250 }, (_, index) => ({ id: `t${index}`, at: index, containers })));

  const reason = await reasonOfFailure();

  expect(reason).toContain('EssentialContainerExited; Essential container in task exited; app ended with exit code 1');
  expect(reason).toContain('(250 tasks of this revision stopped)');
  expect(reason).toContain('\n  | connecting\n  | no such table: notes');
  expect(asked).toContainEqual(
    expect.objectContaining({ logStreamName: 'blue/app/t249', startFromHead: false, limit: 8 }),
  );
});

test.each<[string, string, RegExp]>([
  [
    'a container that never started',
    'ResourceNotFoundException',
    /CannotPullContainerError.*\n {2}\(it logged nothing\)/,
  ],
  [
    'a log that cannot be read',
    'AccessDeniedException',
    /CannotPullContainerError.*\n {2}\(its log could not be read: AccessDenied/,
  ],
])('%s hides no reason', async (_what, error, words) => {
  world.aws.GetLogEvents = async () => {
    throw new AwsError(error, 'no');
  };
  stop([{ id: 't1', at: 1, containers: [{ name: 'app', reason: 'CannotPullContainerError: not found' }] }]);
  expect(await reasonOfFailure()).toMatch(words);
});

test('a fleet of more than a hundred tasks is counted whole', async () => {
  world.policy = { ...world.policy, size: { min: 150, max: 300, targetCpuPercent: 60 } };
  const revision = () => world.fleets.services.blue!.taskDefinition;
  const describe = world.aws.DescribeTasks as (input: { tasks: string[] }) => Promise<object>;
  world.aws.ListTasks = async ({ nextToken, serviceName }: { nextToken?: string; serviceName: string }) => {
    if (serviceName !== 'blue') return { taskArns: [] };
    return nextToken === undefined
      ? { taskArns: Array(100).fill('many/0'), nextToken: '1' }
      : { taskArns: Array(50).fill('many/1') };
  };
  world.aws.DescribeTasks = async (input: { tasks: string[] }) => {
    if (!String(input.tasks[0]).startsWith('many/')) return describe(input);
    return { tasks: input.tasks.map(() => ({ taskDefinitionArn: revision(), lastStatus: 'RUNNING', containers: [] })) };
  };
  world.release('v1.1.0');
  await world.until('v1.1.0', 'AwaitApproval');
});

describe('the idle fleet falls over after it was found healthy, and ECS gives its deployment up', () => {
  const REASON = 'ECS deployment circuit breaker: tasks failed to start.';

  async function fallsOver(state: string, healthy: number): Promise<void> {
    world.release('v1.1.0');
    await world.until('v1.1.0', state);
    Object.assign(world.fleets.services.blue!, { healthy, gaveUp: REASON });
  }

  afterEach(() => {
    // Nobody was sent there, and nothing of it is left.
    expect(world.routes.slice(-3).map(({ route }) => [route.live, route.shift])).toEqual(
      Array(3).fill(['green', null]),
    );
    expect(world.route).toMatchObject({ live: 'green', releases: { blue: null }, preview: null });
    expect(world.fleets.services.blue!.desired).toBe(0);
    expect(world.fleets.newest('blue').tags).toEqual([]);
    expect(world.turn().holder).toBeNull();
  });

  test('during the smoke test: that fails, and says with what', async () => {
    await fallsOver('SmokeTest', 0);
    await world.rest(3_600_000);

    expect(world.record('v1.1.0')).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^SmokeTestFailed: v1\.1\.0 on blue: GET \/readyz answered 503, expected 200/),
    });
  });

  test.each([
    ['no task is left', 0],
    ['as many tasks are left as viewers need, which nobody would replace', 2],
  ])('while people decide, and %s: it is not shifted to, and the reason is ECS’s', async (_what, healthy) => {
    await fallsOver('AwaitApproval', healthy);
    await world.approve('v1.1.0');
    await world.rest(3_600_000);

    expect(world.record('v1.1.0')).toMatchObject({
      outcome: 'failed',
      reason: expect.stringMatching(/^TrafficGuard: .*blue.*tasks failed to start/),
    });
  });
});
