import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { ECSClient } from '@aws-sdk/client-ecs';
import { stopMigrationTask } from '../../lambda/aws/migration-task';
import type { ReleaseState } from '../../lambda/domain/release';
import { handler } from '../../lambda/run-migration-task/handler';

const ARN = 'arn:aws:ecs:eu-central-1:111111111111:task/notes/1';
const release = { id: 'v1.2.0-abc', changelog: { key: 'changelogs/1.json', sha256: '1' } };
const following = { release, task: { arn: ARN, stopped: false } } as ReleaseState;

/** What ECS and the log answer, by command; every call is kept. */
let answers: Record<string, object>;
let calls: { name: string; input: Record<string, unknown> }[];

beforeEach(() => {
  [answers, calls] = [{}, []];
  const send = async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    const name = command.constructor.name.replace(/Command$/, '');
    calls.push({ name, input: command.input });
    return answers[name] ?? {};
  };
  for (const client of [ECSClient, CloudWatchLogsClient])
    jest.spyOn(client.prototype, 'send').mockImplementation(send as never);
  process.env.CLUSTER_NAME = 'notes';
  process.env.MIGRATION_TASK = JSON.stringify({
    family: 'notes-migrate',
    container: 'migrator',
    subnets: ['a', 'b'],
    securityGroup: 'sg',
    logGroup: '/log',
    budgetSeconds: 3600,
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  delete process.env.MIGRATION_TASK;
});

const stopped = (exitCode: number) => ({
  tasks: [
    { taskArn: ARN, lastStatus: 'STOPPED', stoppedReason: 'Essential container exited', containers: [{ exitCode }] },
  ],
});

describe('the migration task', () => {
  it('is one task a release, however often it is started', async () => {
    answers.RunTask = { tasks: [{ taskArn: ARN }] };

    await handler({ release } as ReleaseState);
    const result = await handler({ release } as ReleaseState);

    expect(result).toEqual({ arn: ARN, stopped: false });
    expect(calls[0]?.input).toMatchObject({ startedBy: 'v1_2_0-abc', taskDefinition: 'notes-migrate', count: 1 });
    expect(calls[0]?.input.clientToken).toBe(calls[1]?.input.clientToken);
    expect(JSON.stringify(calls[0]?.input.overrides)).toContain('changelogs/1.json');
  });

  it.each([
    ['runs', { tasks: [{ taskArn: ARN, lastStatus: 'RUNNING', createdAt: new Date() }] }, false],
    ['has ended well', stopped(0), true],
  ])('is followed while it %s', async (_, tasks, ended) => {
    answers.DescribeTasks = tasks;

    expect(await handler(following)).toEqual({ arn: ARN, stopped: ended });
  });

  it.each([
    [
      'what its last line says',
      [{ message: '{"failed":{"name":"ChangelogDrift","message":"a.sql:1: changed"}}' }],
      'ChangelogDrift',
      'a.sql:1: changed',
    ],
    ['how it stopped', [{ message: 'out of memory' }], 'MigrationFailed', 'Essential container exited; exit code 137'],
  ])('fails with %s', async (_, events, name, message) => {
    answers.DescribeTasks = stopped(name === 'MigrationFailed' ? 137 : 1);
    answers.GetLogEvents = { events };

    await expect(handler(following)).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
    expect(calls.at(-1)?.input).toMatchObject({ logStreamName: 'migrate/migrator/1' });
  });

  it('is stopped when it outlives its budget', async () => {
    answers.DescribeTasks = {
      tasks: [{ taskArn: ARN, lastStatus: 'RUNNING', createdAt: new Date(Date.now() - 5 * 3_600_000) }],
    };

    await expect(handler(following)).rejects.toMatchObject({ name: 'MigrationFailed' });
    expect(calls.at(-1)).toMatchObject({ name: 'StopTask', input: { task: ARN } });
  });

  it('that could not be started is tried again', async () => {
    answers.RunTask = { failures: [{ reason: 'RESOURCE:ENI' }] };

    await expect(handler({ release } as ReleaseState)).rejects.toMatchObject({
      name: 'Transient',
      message: expect.stringContaining('RESOURCE:ENI'),
    });
  });

  it('is stopped with its release, where there is one', async () => {
    answers.ListTasks = { taskArns: [ARN] };

    await stopMigrationTask('v1.2.0-abc');
    delete process.env.MIGRATION_TASK;
    await stopMigrationTask('v1.2.0-abc');

    expect(calls.map(({ name }) => name)).toEqual(['ListTasks', 'StopTask']);
  });
});
