import { App, Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import aslValidator from 'asl-validator';
import { readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { packPolicy, readPolicy } from '../../lambda/domain/policy';
import { MIGRATION_TASK_STEP, OPTIONAL_STEPS, RELEASE_STEPS } from '../../lambda/domain/steps';
import { releasePolicy } from '../../lib/config';
import { checkVariables } from '../../lib/constructs/variables-limit';
import { FUNCTIONS } from '../../lib/constructs/workflow/functions';
import { checkHistory } from '../../lib/constructs/workflow/limits';
import { PERMISSIONS } from '../../lib/constructs/workflow/permissions';
import { loadConfig } from '../../lib/config/load';
import { temporaryFolder } from './folder';
import { machineDefinition, sampleTemplate } from './synthesised';

const production = sampleTemplate('production', 'release');
const machines = ['production', 'staging', 'dev'].map(
  (environment) => [environment, machineDefinition(sampleTemplate(environment, 'release'))] as const,
);
const migrations = ['production', 'dev'].map(
  (environment) =>
    [`migrations in ${environment}`, machineDefinition(sampleTemplate(environment, 'release'), 'migrate')] as const,
);

describe.each([...machines, ...migrations])('the state machine of %s', (environment, machine) => {
  const states = Object.entries(machine.States);
  const tasks = states.filter(([, state]) => state.Type === 'Task');

  test('is valid Amazon States Language in JSONPath, with no assignment of variables', () => {
    const { isValid, errorsText } = aslValidator(machine);
    expect(errorsText('\n')).toBe('');
    expect(isValid).toBe(true);
    expect(JSON.stringify(machine)).not.toMatch(/JSONata|"Assign"/);
  });

  test('sends every failure of every step to recovery, which itself gives up only after half an hour', () => {
    for (const [name, state] of tasks) {
      const last = state.Catch?.at(-1);
      if (name === 'RecoverRelease') expect(state.Retry?.[0]?.ErrorEquals).toEqual(['States.ALL']);
      else expect(last).toMatchObject({ ErrorEquals: ['States.ALL'], Next: 'RecoverRelease', ResultPath: '$.error' });
    }
  });

  test('gives every task a time limit', () => {
    for (const [, state] of tasks) expect(state.TimeoutSeconds).toBeGreaterThan(0);
    expect(machine.TimeoutSeconds).toBeGreaterThan(24 * 3600);
    // Interpreters keep timers in 32 bits.
    expect(machine.TimeoutSeconds).toBeLessThan(24 * 24 * 3600);
  });

  test('retries what may be gone a moment later, and nothing else', () => {
    for (const [name, state] of tasks.filter(([task]) => task !== 'RecoverRelease')) {
      expect([name, state.Retry?.flatMap(({ ErrorEquals }) => ErrorEquals)]).toEqual([
        name,
        expect.arrayContaining(['Transient', 'Lambda.TooManyRequestsException']),
      ]);
      expect(state.Retry?.flatMap(({ ErrorEquals }) => ErrorEquals)).not.toContain('States.ALL');
    }
  });

  test('a token that nobody answers ends in words', () => {
    const waiting = tasks.filter(([, state]) => state.Resource?.endsWith('waitForTaskToken'));
    expect(waiting.length).toBeGreaterThan(0);
    for (const [name, state] of waiting) {
      expect(state.Catch?.[0]).toMatchObject({ ErrorEquals: ['States.Timeout'], Next: `${name}TimedOut` });
    }
  });

  test('asks for approval only where the configuration wants it', () => {
    const wanted = loadConfig().environments.find(({ name }) => name === environment)?.approval.required ?? false;
    expect('AwaitApproval' in machine.States).toBe(wanted && environment !== 'dev');
  });
});

describe('the workflow of production', () => {
  const machine = machineDefinition(production);

  test('has every step of the design', () => {
    expect(Object.keys(machine.States)).toEqual(expect.arrayContaining(Object.keys(RELEASE_STEPS)));
  });

  test('snapshots the database before it migrates, and migrates before it deploys', () => {
    expect(machine.States.AnythingPending).toMatchObject({
      Choices: [{ Next: 'RecordPlan' }],
      Default: 'DeployIdle',
    });
    expect(machine.States.RecordPlan?.Next).toBe('SnapshotDatabase');
    expect(machine.States.AwaitSnapshotDone?.Default).toBe('Migrate');
    expect(machine.States.VerifyMigration?.Next).toBe('DeployIdle');
  });

  test('is recovered from outside by the event of its end and by a sweep', () => {
    production.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.states'],
        detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: Match.anyValue() },
      },
    });
    production.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' });
  });

  test('keeps the ledger: encrypted, recoverable to a point in time, protected, retained', () => {
    production.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      },
    });
  });

  test('writes nothing of an execution but its progress into the log', () => {
    production.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
    });
  });

  test('puts the migrator and the verifier into the network, and nobody who writes the route', () => {
    const functions = Object.values(production.findResources('AWS::Lambda::Function'));
    const inside = functions
      .filter(({ Properties }) => Properties.VpcConfig)
      .map(({ Properties }) => Properties.FunctionName);
    expect(inside.sort()).toEqual(
      ['migrate', 'plan-migrations', 'release-locks', 'roll-back', 'validate-database', 'verify-migration'].map(
        (name) => `notes-production-${name}`,
      ),
    );
  });

  test('lets people call by URL only when they are authenticated', () => {
    const urls = Object.values(production.findResources('AWS::Lambda::Url'));
    expect(urls).toHaveLength(4);
    for (const { Properties } of urls) expect(Properties.AuthType).toBe('AWS_IAM');
  });

  test('runs on the newest runtime, each function with a role of its own', () => {
    const functions = Object.values(production.findResources('AWS::Lambda::Function')).filter(
      ({ Properties }) => typeof Properties.FunctionName === 'string' && Properties.FunctionName.startsWith('notes-'),
    );
    const optional: string[] = [...Object.values(OPTIONAL_STEPS), MIGRATION_TASK_STEP.folder];
    expect(functions).toHaveLength(
      Object.keys(FUNCTIONS['blue-green']).filter((each) => !optional.includes(each)).length,
    );
    for (const { Properties } of functions) expect(Properties.Runtime).toBe('nodejs24.x');
    const roles = functions.map(({ Properties }) => JSON.stringify(Properties.Role));
    expect(new Set(roles).size).toBe(functions.length);
  });
});

describe('least privilege', () => {
  /** Calls for which AWS offers no permission on a single resource. */
  const WITHOUT_RESOURCE = [
    'dynamodb:ListStreams',
    'ecs:DescribeTaskDefinition',
    'ecs:DeregisterTaskDefinition',
    'ecs:ListTasks',
    'ecs:DescribeTasks',
    'elasticloadbalancing:DescribeTargetHealth',
    'application-autoscaling:DescribeScalableTargets',
    'cloudwatch:DescribeAlarms',
    'cloudwatch:GetMetricData',
    'logs:DescribeLogGroups',
    'rds:DescribeAccountAttributes',
    'backup:DescribeRestoreJob',
    'backup:ListCopyJobs',
    'backup:PutRestoreValidationResult',
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ];
  interface Statement {
    readonly Action: string | string[];
    readonly Resource: unknown;
  }
  const statements = Object.values(production.findResources('AWS::IAM::Role'))
    .flatMap(({ Properties }) => (Properties.Policies ?? []) as { PolicyDocument: { Statement: Statement[] } }[])
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

  test('no role has a wildcard among its actions', () => {
    expect(statements.length).toBeGreaterThan(50);
    for (const { Action } of statements) for (const action of [Action].flat()) expect(action).not.toContain('*');
  });

  test('a role names the resources, but for calls that AWS grants on everything only', () => {
    for (const { Action, Resource } of statements.filter((statement) => statement.Resource === '*')) {
      for (const action of [Action].flat()) expect(WITHOUT_RESOURCE).toContain(action);
      expect(Resource).toBe('*');
    }
  });

  test('every function has its permissions written down, and nothing else has', () => {
    const functions = new Set(Object.values(FUNCTIONS).flatMap((each) => Object.keys(each)));
    expect(Object.keys(PERMISSIONS).sort()).toEqual([...functions].sort());
    for (const folder of functions) {
      expect(existsSync(join(__dirname, '..', '..', 'lambda', folder, 'handler.ts'))).toBe(true);
    }
  });

  test('every handler belongs to a function', () => {
    const root = join(__dirname, '..', '..', 'lambda');
    const handlers = readdirSync(root).filter((folder) => existsSync(join(root, folder, 'handler.ts')));
    const elsewhere = [
      'first-revision',
      'live-shape',
      'vpc-origin-ingress',
      'rotate-cache-secret',
      'rotate-secret',
      'rotate-secret-mysql',
      'web-acl-arn',
      'console-page',
    ];
    expect(handlers.filter((folder) => !(folder in PERMISSIONS)).sort()).toEqual(elsewhere.sort());
  });
});

test('times that would outgrow the history of an execution fail the synthesis', () => {
  const environment = loadConfig().environments.find(({ name }) => name === 'production');
  expect(() => checkHistory({ ...environment!, bake: 24 * 3600, pollInterval: 5 })).toThrow('raise pollInterval (5 s)');
});

describe('the variables of a function', () => {
  const stack = new Stack(new App({ outdir: temporaryFolder() }), 'shop');
  const topic = new Topic(stack, 'Topic');
  const environment = loadConfig().environments.find(({ name }) => name === 'production')!;
  const waivers = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      cve: `CVE-2026-${10_000 + index * 37}`,
      reason: `not reachable: module ${index} is not loaded`,
      expires: '2027-01-31',
    }));
  const variables = (count: number) => ({
    POLICY: packPolicy(
      releasePolicy(loadConfig(), { ...environment, scan: { ...environment.scan, waivers: waivers(count) } }),
    ),
    OTHERS: 'x'.repeat(2_500),
    TOPIC_ARN: topic.topicArn,
  });

  test('have room for the waivers of a year, which handlers read', () => {
    checkVariables(stack, 'notes-production-bake', variables(40));

    expect(readPolicy(variables(40).POLICY).scan.waivers).toHaveLength(40);
    expect(readPolicy(variables(0).POLICY).scan.waivers).toEqual([]);
  });

  test('that Lambda would not take fail the synthesis, with the function and what fills it', () => {
    expect(() => checkVariables(stack, 'notes-production-bake', variables(400))).toThrow(
      /^function notes-production-bake: its environment variables would have \d+ bytes, Lambda takes 4096; .* in scan\.waivers \(\d+ bytes\)/,
    );
  });
});
