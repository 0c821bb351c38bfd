import { Stage, until } from './stage';

describe('a service of real processes', () => {
  let stage: Stage | undefined;
  const open = (...options: ConstructorParameters<typeof Stage>): Stage => (stage = new Stage(...options));
  afterEach(async () => {
    await stage?.close();
    stage = undefined;
  });

  test('is created with one task of the newest revision and becomes healthy', async () => {
    const { ecs, ...on } = bound(open());
    await on.settled();

    const service = await on.service();
    const { taskArns } = await ecs('ListTasks', { serviceName: 'notes-blue' });
    const { tasks } = await ecs('DescribeTasks', { tasks: taskArns });

    expect(service).toMatchObject({ desiredCount: 1, runningCount: 1, pendingCount: 0 });
    expect(tasks).toHaveLength(1);
    expect(tasks[0]).toMatchObject({ lastStatus: 'RUNNING', group: 'service:notes-blue' });
    expect(tasks[0].containers[0]).toMatchObject({ name: 'app', imageDigest: 'sha256:good' });
    expect(tasks[0].taskDefinitionArn).toMatch(/notes-blue:1$/);
  });

  test('rolls to the newest revision of a family and never has fewer healthy tasks than desired', async () => {
    const on = open();
    await on.ecs('UpdateService', { service: 'notes-blue', desiredCount: 2 });
    await on.settled();
    const arn = on.register('better');
    let fewest = Infinity;
    let most = 0;

    await on.ecs('UpdateService', { service: 'notes-blue', taskDefinition: 'notes-blue' });
    expect((await on.service()).deployments[0]).toMatchObject({ status: 'PRIMARY', rolloutState: 'IN_PROGRESS' });
    await until(async () => {
      const states = await on.states();
      fewest = Math.min(fewest, states.filter((state) => state === 'healthy').length);
      most = Math.max(most, on.fleets.service('notes-blue').tasks('RUNNING').length);
      const { deployments } = await on.service();
      return deployments.length === 1 && deployments[0].rolloutState === 'COMPLETED';
    }, 'the rollout');

    expect((await on.service()).taskDefinition).toBe(arn);
    expect(fewest).toBeGreaterThanOrEqual(2);
    expect(most).toBeLessThanOrEqual(4);
    const stopped = on.fleets.service('notes-blue').tasks('STOPPED');
    expect(stopped.map((task) => [task.stopCode, task.exitCode])).toEqual([
      ['ServiceSchedulerInitiated', 0],
      ['ServiceSchedulerInitiated', 0],
    ]);
  });

  test.each([
    ['crashing', { stopCode: 'EssentialContainerExited', exitCode: 3 }],
    ['sick', { stopCode: 'ServiceSchedulerInitiated', exitCode: 0 }],
  ] as const)(
    'a %s revision trips the circuit breaker, and the old tasks stay',
    async (image, failure) => {
      const on = open();
      await on.settled();
      const [before] = on.fleets.service('notes-blue').tasks('RUNNING');
      on.register(image);

      await on.ecs('UpdateService', { service: 'notes-blue', taskDefinition: 'notes-blue' });
      await on.settled('FAILED');

      const { taskArns } = await on.ecs('ListTasks', { serviceName: 'notes-blue', desiredStatus: 'STOPPED' });
      const { tasks } = await on.ecs('DescribeTasks', { tasks: taskArns });
      expect(tasks).toHaveLength(3);
      expect(before?.healthy).toBe(true);
      await until(
        () =>
          tasks.length ===
          on.fleets
            .service('notes-blue')
            .known()
            .filter((t) => t.stoppedAt).length,
        'ends',
      );
      const after = (await on.ecs('DescribeTasks', { tasks: taskArns })).tasks;
      for (const task of after) {
        expect(task.stopCode).toBe(failure.stopCode);
        expect(task.containers[0].exitCode).toBe(failure.exitCode);
      }
    },
    30_000,
  );

  test('an image that does not exist fails the deployment and says which', async () => {
    const on = open();
    await on.settled();
    on.fleets.definitions.register({
      family: 'notes-blue',
      containerDefinitions: [{ name: 'app', image: 'repo:nowhere' }],
    });

    await on.ecs('UpdateService', { service: 'notes-blue', taskDefinition: 'notes-blue' });
    await on.settled('FAILED');

    const [task] = on.fleets.service('notes-blue').tasks('STOPPED');
    expect(task?.stopCode).toBe('TaskFailedToStart');
    expect(task?.stoppedReason).toMatch(/CannotPullContainerError.*repo:nowhere/);
  });

  test('a task that crashes is replaced', async () => {
    const on = open();
    await on.settled();
    const [before] = on.fleets.service('notes-blue').tasks('RUNNING');

    process.kill(before?.pid as number, 'SIGKILL');
    await until(() => before?.stoppedAt !== undefined, 'the end of the task');
    await on.settled();

    const [after] = on.fleets.service('notes-blue').tasks('RUNNING');
    expect(after?.id).not.toBe(before?.id);
    expect(before?.exitCode).toBe(137);
    expect((await on.service()).deployments[0].rolloutState).toBe('COMPLETED');
  });

  test('scaled to zero it has no task and is steady', async () => {
    const on = open();
    await on.settled();

    await on.ecs('UpdateService', { service: 'notes-blue', desiredCount: 0 });
    await until(async () => (await on.states()).length === 0, 'no target');
    await until(() => on.fleets.service('notes-blue').tasks('RUNNING').length === 0, 'no task');

    expect(await on.service()).toMatchObject({ desiredCount: 0, runningCount: 0 });
  });

  test('lines of a task are in the log group, under its own stream', async () => {
    const on = open();
    await on.settled();
    const [task] = on.fleets.service('notes-blue').tasks('RUNNING');

    const { events } = await on.call('cloudwatch-logs', 'GetLogEvents', {
      logGroupName: '/notes/blue',
      logStreamName: `blue/app/${task?.id}`,
    });

    expect(events).toEqual([expect.objectContaining({ message: 'listening as good' })]);
  });

  test.each([
    [0, 2, 5, 2],
    [9, 2, 5, 5],
    [3, 2, 5, 3],
  ])('registering a scalable target pulls %i tasks into %i to %i: %i', async (desired, min, max, expected) => {
    const on = open();
    on.fleets.service('notes-blue').setDesired(desired);

    await on.call('application-auto-scaling', 'RegisterScalableTarget', {
      ServiceNamespace: 'ecs',
      ResourceId: 'service/notes/notes-blue',
      ScalableDimension: 'ecs:service:DesiredCount',
      MinCapacity: min,
      MaxCapacity: max,
    });

    expect((await on.service()).desiredCount).toBe(expected);
  });

  test('an inactive revision cannot be deployed, and the family name skips it', async () => {
    const on = open();
    const arn = on.register('better');
    await on.ecs('DeregisterTaskDefinition', { taskDefinition: arn });

    await expect(on.ecs('UpdateService', { service: 'notes-blue', taskDefinition: arn })).rejects.toMatchObject({
      name: 'ClientException',
    });
    const { taskDefinition } = await on.ecs('DescribeTaskDefinition', { taskDefinition: 'notes-blue' });
    expect(taskDefinition.revision).toBe(1);
    expect((await on.ecs('ListTaskDefinitions', { familyPrefix: 'notes-blue' })).taskDefinitionArns).toHaveLength(1);
  });

  test('closing in the middle of a start leaves no process behind', async () => {
    const on = open();
    on.fleets.service('notes-blue').setDesired(4);
    await until(() => on.fleets.service('notes-blue').tasks('RUNNING').length === 4, 'the tasks');
    const tasks = on.fleets.service('notes-blue').tasks('RUNNING');

    await on.fleets.close();

    for (const task of tasks) {
      expect(task.status).toBe('STOPPED');
      if (task.pid !== undefined) expect(() => process.kill(task.pid as number, 0)).toThrow('ESRCH');
    }
  });
});

function bound(stage: Stage) {
  return { ecs: stage.ecs.bind(stage), service: () => stage.service(), settled: () => stage.settled() };
}
