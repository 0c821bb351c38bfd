import { SendTaskFailureCommand, SendTaskSuccessCommand, SFNClient } from '@aws-sdk/client-sfn';
import { Executions, OPERATOR, startDoor } from '../../../local/cloud';
import type { Allows, Door, EndedEvent, StateEvent } from '../../../local/cloud';
import { retryPause } from '../../../local/cloud/executions/definition';
import { ACCOUNT, fixtureAssembly, fixtureRole, REGION } from '../fixtures/assembly';
import type { FixtureAssembly } from '../fixtures/assembly';

const MACHINE = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:release`;
const arnOf = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;

type Handler = (input: never, attempt: number) => unknown;

/** Everything that a test opened. */
const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of opened.splice(0).reverse()) await part.close();
});

interface Stage {
  readonly executions: Executions;
  /** Payloads by function, in order. */
  readonly invoked: Record<string, unknown[]>;
  readonly states: StateEvent[];
  readonly ended: EndedEvent[];
  readonly problems: { source: string; error: Error }[];
  run(input?: unknown, name?: string): Promise<{ status: string; output?: unknown; error?: string; cause?: string }>;
}

/** A state machine on functions that are given as plain code. */
function stage(
  states: Record<string, object>,
  functions: Record<string, Handler> = {},
  more: {
    speed?: number;
    resources?: Record<string, { Type: string; Properties?: object }>;
    machine?: object;
    allows?: Allows;
  } = {},
): Stage {
  const fixture: FixtureAssembly = fixtureAssembly({
    release: {
      Resources: {
        Role: fixtureRole({ Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: `${arnOf('')}*` }),
        Machine: {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: {
            StateMachineName: 'release',
            RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
            DefinitionString: JSON.stringify({ StartAt: Object.keys(states)[0], States: states, ...more.machine }),
          },
        },
        ...more.resources,
      },
    },
  });
  opened.push({ close: fixture.remove });
  const invoked: Record<string, unknown[]> = {};
  const executions = new Executions({
    assembly: fixture.assembly,
    speed: more.speed ?? 1000,
    allows: more.allows,
    functions: {
      invoke: async (arn, payload) => {
        const name = arn.split(':').at(-1) as string;
        (invoked[name] ??= []).push(payload);
        const handler = functions[name];
        if (!handler) throw Object.assign(new Error(`no ${name}`), { name: 'ResourceNotFoundException' });
        return (await handler(payload as never, invoked[name].length)) ?? null;
      },
    },
  });
  opened.push(executions);
  const record: Pick<Stage, 'states' | 'ended' | 'problems'> = { states: [], ended: [], problems: [] };
  executions.on('state', (event) => record.states.push(event));
  executions.on('ended', (event) => record.ended.push(event));
  executions.on('problem', (event) => record.problems.push(event));
  return {
    ...record,
    executions,
    invoked,
    run: async (input = {}, name = 'v1') => {
      const { arn } = executions.start(MACHINE, name, input);
      const { status, output, error, cause } = await executions.ended(arn);
      return { status, ...(output && { output: JSON.parse(output) }), ...(error && { error, cause }) };
    },
  };
}

const task = (name: string, more: object = { End: true }) => ({ Type: 'Task', Resource: arnOf(name), ...more });
const tokenTask = (name: string, more: object = { End: true }) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Parameters: {
    FunctionName: arnOf(name),
    Payload: { 'state.$': '$', 'token.$': '$$.Task.Token', 'again.$': '$$.Task.Token' },
  },
  ...more,
});
const failure = (name: string, message = 'it went wrong') => Object.assign(new Error(message), { name });

test('a task gets the whole state, and its result is placed at its ResultPath', async () => {
  const { run, invoked } = stage(
    {
      Open: task('open', { ResultPath: '$.release', Next: 'Shift' }),
      Shift: task('shift', { ResultPath: '$.shift', End: true }),
    },
    { open: () => ({ id: 'v1' }), shift: () => undefined },
  );
  expect(await run({ request: { version: 'v1' } })).toEqual({
    status: 'SUCCEEDED',
    output: { request: { version: 'v1' }, release: { id: 'v1' }, shift: null },
  });
  expect(invoked.shift).toEqual([{ request: { version: 'v1' }, release: { id: 'v1' } }]);
});

test('ResultPath $ replaces the state, as no ResultPath does', async () => {
  const { run } = stage({ Only: task('f', { ResultPath: '$', End: true }) }, { f: () => ({ fresh: 1 }) });
  expect(await run({ old: 1 })).toMatchObject({ output: { fresh: 1 } });
});

test('states are told in order, the last before the end of the execution', async () => {
  const on = stage({ One: task('f', { Next: 'Two' }), Two: { Type: 'Pass', End: true } }, { f: () => 1 });
  const told: string[] = [];
  on.executions.on('state', ({ name, type }) => told.push(`${name} ${type}`));
  on.executions.on('ended', ({ status }) => told.push(status));
  await on.run();
  expect(told).toEqual(['One entered', 'One succeeded', 'Two entered', 'Two succeeded', 'SUCCEEDED']);
});

test('the context object says what runs, the same inside branches', async () => {
  const parameters = {
    'id.$': '$$.Execution.Id',
    'name.$': '$$.Execution.Name',
    'input.$': '$$.Execution.Input',
    'machine.$': '$$.StateMachine.Name',
    'state.$': '$$.State.Name',
    'text.$': "States.Format('{} of {}', $$.Execution.Name, $.branch)",
  };
  const { run } = stage({
    Begin: { Type: 'Pass', Result: { branch: 'b' }, Next: 'Both' },
    Both: {
      Type: 'Parallel',
      Branches: [{ StartAt: 'Inner', States: { Inner: { Type: 'Pass', Parameters: parameters, End: true } } }],
      End: true,
    },
  });
  const id = `${MACHINE.replace('stateMachine', 'execution')}:v7`;
  expect(await run({ asked: 1 }, 'v7')).toMatchObject({
    output: [{ id, name: 'v7', input: { asked: 1 }, machine: 'release', state: 'Inner', text: 'v7 of b' }],
  });
});

describe('errors', () => {
  test('Catch gets Error and Cause as AWS gives them', async () => {
    const { run } = stage(
      {
        Try: task('f', { Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'After' }], End: true }),
        After: { Type: 'Succeed' },
      },
      {
        f: () => {
          throw failure('UnsafeMigration', 'line 3 drops a column');
        },
      },
    );
    const { output } = await run({ kept: 1 });
    expect(output).toMatchObject({ kept: 1, error: { Error: 'UnsafeMigration' } });
    const { error } = output as { error: { Cause: string } };
    expect(JSON.parse(error.Cause)).toEqual({ errorType: 'UnsafeMigration', errorMessage: 'line 3 drops a column' });
  });

  test('Retry matches the name', async () => {
    const retry = [{ ErrorEquals: ['Transient'], IntervalSeconds: 20, BackoffRate: 2, MaxAttempts: 3 }];
    const { run, invoked, states } = stage(
      { Try: task('f', { Retry: retry, End: true }) },
      {
        f: (_input, attempt) => {
          if (attempt < 4) throw failure('Transient');
          return attempt;
        },
      },
    );
    expect(await run()).toEqual({ status: 'SUCCEEDED', output: 4 });
    expect(invoked.f).toHaveLength(4);
    expect(states.map(({ type }) => type)).toEqual([
      'entered',
      ...Array(3).fill(['failed', 'retry']).flat(),
      'succeeded',
    ]);
  });

  test('an error that nothing catches fails the execution with its name', async () => {
    const { run, ended } = stage(
      { Try: task('f', { Retry: [{ ErrorEquals: ['Transient'] }], End: true }) },
      {
        f: () => {
          throw failure('FleetUnhealthy');
        },
      },
    );
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'FleetUnhealthy' });
    expect(ended).toMatchObject([
      { status: 'FAILED', error: 'FleetUnhealthy', cause: expect.stringContaining('it went wrong') },
    ]);
  });

  test('a Fail state names error and cause by paths', async () => {
    const { run } = stage({ End: { Type: 'Fail', ErrorPath: '$.outcome', CausePath: '$.reason' } });
    expect(await run({ outcome: 'Rejected', reason: 'no' })).toEqual({
      status: 'FAILED',
      error: 'Rejected',
      cause: 'no',
    });
  });

  test('a result above 256 KiB fails past States.ALL', async () => {
    const { run } = stage(
      {
        Big: task('f', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'After' }], End: true }),
        After: { Type: 'Succeed' },
      },
      { f: () => 'x'.repeat(262_145) },
    );
    expect(await run()).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  test("a state machine's role must allow the invocation", async () => {
    const allows: Allows = (principal, action, resource) => ({
      allowed: false,
      reason: `${principal.roleArn} ${action} ${resource}`,
    });
    const { run } = stage({ Only: task('f') }, { f: () => 1 }, { allows });
    expect(await run()).toMatchObject({
      status: 'FAILED',
      error: 'Lambda.AccessDeniedException',
      cause: `arn:aws:iam::${ACCOUNT}:role/role lambda:InvokeFunction ${arnOf('f')}`,
    });
  });
});

test.each([
  [{ Variable: '$.a', IsPresent: false }, {}, 'yes'],
  [{ Variable: '$.a', IsPresent: false }, { a: 1 }, 'no'],
  [
    {
      And: [
        { Variable: '$.b', IsPresent: true },
        { Variable: '$.a', IsPresent: false },
      ],
    },
    { b: 1 },
    'yes',
  ],
  [{ Not: { Variable: '$.a', IsPresent: false } }, { a: 1 }, 'yes'],
  [{ Variable: '$.a', IsNull: false }, { a: 1 }, 'yes'],
  [{ Variable: '$.a', BooleanEquals: true }, { a: false }, 'no'],
])('choice %j of %j is %s', async (rule, input, expected) => {
  const { run } = stage({
    Choose: { Type: 'Choice', Choices: [{ ...rule, Next: 'Yes' }], Default: 'No' },
    Yes: { Type: 'Pass', Result: 'yes', End: true },
    No: { Type: 'Pass', Result: 'no', End: true },
  });
  expect(await run(input)).toMatchObject({ output: expected });
});

test('waits are divided by the speed', async () => {
  const { run } = stage(
    { Wait: { Type: 'Wait', Seconds: 3600, Next: 'Done' }, Done: { Type: 'Succeed' } },
    {},
    { speed: 100_000 },
  );
  expect(await run({ a: 1 })).toEqual({ status: 'SUCCEEDED', output: { a: 1 } });
});

describe('a task that waits for its token', () => {
  const waiting = (more?: object, options?: Parameters<typeof stage>[2]) =>
    stage({ Approve: tokenTask('ask', more) }, { ask: () => 'ignored' }, options);
  const tokenOf = async ({ invoked }: Stage, attempt = 1): Promise<string> => {
    while ((invoked.ask?.length ?? 0) < attempt) await new Promise((resolve) => setTimeout(resolve, 1));
    const { token, again, state } = invoked.ask![attempt - 1] as Record<'token' | 'again' | 'state', string>;
    expect({ again, state }).toEqual({ again: token, state: {} });
    return token;
  };
  const success = (stageOf: Stage, taskToken: string, output = '{"by":"qa"}') =>
    stageOf.executions.model.SendTaskSuccess!({ taskToken, output }, OPERATOR);

  test('ends with what is sent back, once', async () => {
    const on = waiting();
    const ended = on.run();
    const token = await tokenOf(on);
    await success(on, token);
    expect(await ended).toEqual({ status: 'SUCCEEDED', output: { by: 'qa' } });
    await expect(success(on, token)).rejects.toMatchObject({ code: 'TaskTimedOut' });
  });

  test('fails with the error that is sent back', async () => {
    const on = waiting();
    const ended = on.run();
    const taskToken = await tokenOf(on);
    await on.executions.model.SendTaskFailure!({ taskToken, error: 'Rejected', cause: 'ugly' }, OPERATOR);
    expect(await ended).toEqual({ status: 'FAILED', error: 'Rejected', cause: 'ugly' });
  });

  test('gets another token for each attempt, and the first is void then', async () => {
    const on = waiting({ Retry: [{ ErrorEquals: ['Again'], IntervalSeconds: 1 }], End: true });
    const ended = on.run();
    const first = await tokenOf(on);
    await on.executions.model.SendTaskFailure!({ taskToken: first, error: 'Again' }, OPERATOR);
    const second = await tokenOf(on, 2);
    expect(second).not.toBe(first);
    await expect(success(on, first)).rejects.toMatchObject({ code: 'TaskTimedOut' });
    await success(on, second);
    expect(await ended).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('times out after its scaled TimeoutSeconds, and its token is void then', async () => {
    const on = waiting({ TimeoutSeconds: 86_400, End: true }, { speed: 1_000_000 });
    const ended = on.run();
    const token = await tokenOf(on);
    expect(await ended).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    await expect(success(on, token)).rejects.toMatchObject({ code: 'TaskTimedOut' });
  });

  test('fails when its function fails', async () => {
    const on = stage(
      { Approve: tokenTask('ask') },
      {
        ask: () => {
          throw failure('Superseded');
        },
      },
    );
    expect(await on.run()).toMatchObject({ status: 'FAILED', error: 'Superseded' });
  });

  test.each([
    ['nonsense', '{}', 'InvalidToken'],
    ['nonsense', '{', 'InvalidOutput'],
  ])('token %s with output %s is answered with %s', async (token, output, code) => {
    await expect(success(waiting(), token, output)).rejects.toMatchObject({ code });
  });

  test('is void when the execution is stopped; nothing is tried again, and no Catch runs', async () => {
    const on = stage(
      {
        Approve: tokenTask('ask', {
          Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1 }],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Recover' }],
          End: true,
        }),
        Recover: task('recover'),
      },
      { ask: () => 1, recover: () => 1 },
    );
    const ended = on.run();
    const token = await tokenOf(on);
    const [running] = on.executions.list(MACHINE, 'RUNNING');
    on.executions.stop(running!.executionArn, 'Canceled', 'by hand');
    expect(await ended).toEqual({ status: 'ABORTED', error: 'Canceled', cause: 'by hand' });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(on.invoked).toEqual({ ask: [expect.anything()] });
    await expect(success(on, token)).rejects.toMatchObject({ code: 'TaskTimedOut' });
  });
});

test('the state machine as a whole times out after its scaled TimeoutSeconds', async () => {
  const { run, ended } = stage(
    { Approve: tokenTask('ask') },
    { ask: () => 1 },
    { speed: 1_000_000, machine: { TimeoutSeconds: 86_400 } },
  );
  expect(await run()).toEqual({ status: 'TIMED_OUT' });
  expect(ended).toMatchObject([{ status: 'TIMED_OUT' }]);
});

describe('names', () => {
  const onlyWait = () => stage({ Ask: tokenTask('ask') }, { ask: () => 1 });

  test('the same name and input while it runs is the same execution', () => {
    const { executions } = onlyWait();
    const first = executions.start(MACHINE, 'v1', { a: 1 });
    expect(executions.start(MACHINE, 'v1', { a: 1 })).toEqual(first);
    expect(executions.list(MACHINE)).toHaveLength(1);
    expect(() => executions.start(MACHINE, 'v1', { a: 2 })).toThrow(
      expect.objectContaining({ code: 'ExecutionAlreadyExists' }),
    );
  });

  test('a closed name is blocked', () => {
    const { executions } = onlyWait();
    const { arn } = executions.start(MACHINE, 'v1', {});
    executions.stop(arn);
    expect(() => executions.start(MACHINE, 'v1', {})).toThrow(
      expect.objectContaining({ code: 'ExecutionAlreadyExists' }),
    );
  });

  test.each([
    ['a b', MACHINE, 'InvalidName'],
    ['x'.repeat(81), MACHINE, 'InvalidName'],
    ['v1', `${MACHINE}-other`, 'StateMachineDoesNotExist'],
  ])('name %s of %s is answered with %s', (name, machine, code) => {
    expect(() => onlyWait().executions.start(machine, name, {})).toThrow(expect.objectContaining({ code }));
  });
});

test.each([
  [{ IntervalSeconds: 20, BackoffRate: 2 }, 1, 20],
  [{ IntervalSeconds: 20, BackoffRate: 2 }, 3, 80],
  [{ IntervalSeconds: 20, BackoffRate: 2, MaxDelaySeconds: 30 }, 3, 30],
  [{}, 1, 1],
  [{}, 2, 2],
])('the retrier %j pauses, after attempt %d, %d seconds divided by the speed', (retrier, attempt, seconds) => {
  expect(retryPause(retrier, attempt, 1)).toBe(1000 * seconds);
  expect(retryPause(retrier, attempt, 100)).toBe(10 * seconds);
});

test.each([
  ['JSONata', { Type: 'Pass', QueryLanguage: 'JSONata', End: true }, /JSONata/],
  ['Assign', { Type: 'Pass', Assign: { a: 1 }, End: true }, /Assign/],
  ['an integration', { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', End: true }, /sns:publish/],
  ['a heartbeat', { ...task('f'), HeartbeatSeconds: 5 }, /HeartbeatSeconds/],
  ['a wait by path', { Type: 'Wait', SecondsPath: '$.s', End: true }, /SecondsPath/],
  ['an empty Result', { Type: 'Pass', Result: false, End: true }, /passes over/],
])('a definition with %s is refused', (_what, state, reason) => {
  expect(() => stage({ Only: state })).toThrow(reason);
});

describe('rules', () => {
  const rule = (properties: object) => ({
    Rule: { Type: 'AWS::Events::Rule', Properties: { Name: 'rule', ...properties } },
  });
  const endings = {
    source: ['aws.states'],
    'detail-type': ['Step Functions Execution Status Change'],
    detail: { stateMachineArn: [MACHINE], status: ['FAILED', 'ABORTED', 'TIMED_OUT'] },
  };
  const fails = () => {
    throw failure('FleetUnhealthy');
  };
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
  };

  test('an execution that ends without success is told to the target', async () => {
    const resources = rule({ EventPattern: endings, Targets: [{ Id: 't', Arn: arnOf('recover') }] });
    const { run, invoked } = stage({ Try: task('f') }, { f: fails, recover: () => 1 }, { resources });
    await run({ a: 1 });
    expect(invoked.recover).toMatchObject([
      {
        source: 'aws.states',
        account: ACCOUNT,
        region: REGION,
        detail: {
          name: 'v1',
          stateMachineArn: MACHINE,
          status: 'FAILED',
          input: '{"a":1}',
          output: null,
          error: 'FleetUnhealthy',
        },
      },
    ]);
  });

  test('one that succeeds is not', async () => {
    const resources = rule({ EventPattern: endings, Targets: [{ Id: 't', Arn: arnOf('recover') }] });
    const { run, invoked } = stage({ Try: task('f') }, { f: () => 1, recover: () => 1 }, { resources });
    await run();
    expect(invoked).not.toHaveProperty('recover');
  });

  test('an InputTransformer makes the input', async () => {
    const target = {
      Id: 't',
      Arn: arnOf('recover'),
      InputTransformer: {
        InputPathsMap: { arn: '$.detail.executionArn', status: '$.detail.status' },
        InputTemplate: '{"execution":<arn>,"text":"it <status>"}',
      },
    };
    const { run, invoked } = stage(
      { Try: task('f') },
      { f: fails, recover: () => 1 },
      { resources: rule({ EventPattern: endings, Targets: [target] }) },
    );
    await run();
    expect(invoked.recover).toEqual([
      { execution: `${MACHINE.replace('stateMachine', 'execution')}:v1`, text: 'it FAILED' },
    ]);
  });

  test('a rate invokes again and again with its constant input, and one run at a time', async () => {
    const resources = rule({
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [{ Id: 't', Arn: arnOf('sweep'), Input: '{"sweep":true}' }],
    });
    let running = 0;
    let most = 0;
    const sweep = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 15));
      running--;
    };
    const { invoked } = stage({ Try: task('f') }, { sweep }, { resources, speed: 100_000 });
    await until(() => (invoked.sweep?.length ?? 0) >= 3);
    expect(invoked.sweep?.[0]).toEqual({ sweep: true });
    expect(most).toBe(1);
  });

  test('a target that fails is tried again twice, and told as a problem each time', async () => {
    const resources = rule({ EventPattern: endings, Targets: [{ Id: 't', Arn: arnOf('recover') }] });
    const on = stage({ Try: task('f') }, { f: fails, recover: fails }, { resources, speed: 100_000 });
    await on.run();
    await until(() => on.problems.length >= 3);
    expect(on.invoked.recover).toHaveLength(3);
    expect(on.problems[0]).toMatchObject({ source: 'rule', error: { name: 'FleetUnhealthy' } });
  });

  test('a rule that is disabled does nothing', async () => {
    const resources = rule({ State: 'DISABLED', EventPattern: endings, Targets: [{ Id: 't', Arn: arnOf('recover') }] });
    const { run, invoked } = stage({ Try: task('f') }, { f: fails, recover: () => 1 }, { resources });
    await run();
    expect(invoked).not.toHaveProperty('recover');
  });
});

test('the SDK client starts, lists, answers and stops through the door', async () => {
  const on = stage({ Approve: tokenTask('ask') }, { ask: () => 1 });
  const door: Door = await startDoor({
    models: { sfn: on.executions.model },
    principals: new Map([['operator', OPERATOR]]),
    allows: () => ({ allowed: true, reason: '' }),
    account: ACCOUNT,
    region: REGION,
  });
  opened.push(door);
  const client = new SFNClient({
    endpoint: door.url,
    region: REGION,
    credentials: { accessKeyId: 'operator', secretAccessKey: 'x' },
  });
  opened.push({ close: () => client.destroy() });
  const ended = on.run({}, 'v1');
  while (!on.invoked.ask) await new Promise((resolve) => setTimeout(resolve, 1));
  const { token: taskToken } = on.invoked.ask[0] as { token: string };
  await client.send(new SendTaskSuccessCommand({ taskToken, output: '{"ok":true}' }));
  expect(await ended).toMatchObject({ output: { ok: true } });
  await expect(client.send(new SendTaskFailureCommand({ taskToken }))).rejects.toMatchObject({ name: 'TaskTimedOut' });
});
