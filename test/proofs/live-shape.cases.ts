import { Client } from '@smithy/core/client';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import sample from '../../greenroom.config';
import { handler } from '../../lambda/live-shape/handler';
import type { Access } from '../../local/cloud/access';
import { allowed, list, statementsOf } from './permissions';
import { ACCOUNT, REGION } from './production';
import { assembly } from './runs';
import { changesOf, productionTemplates, type RawResource, type Resources, templatesOfSample } from './templates';

/** Options of the container that the stacks themselves bring to what runs, all changed at once. */
const CHANGED = { port: 9090, name: 'web', readinessPath: '/healthy', livenessPath: '/alive' };

const FLEET = 'notes-production-fleet';
const deployed = templatesOfSample();
const wanted = productionTemplates({ ...sample, container: { ...sample.container, ...CHANGED } });

const [guardPath] = Object.entries(deployed.resources).find(([, { Type }]) => Type === 'Custom::LiveShape')!;
const guardOf = ({ resources }: typeof deployed) => resources[guardPath]!.Properties as Record<string, string>;

/** What AWS has: two fleets as the sample's templates make them, running version 7. */
function fleets() {
  const ports = [8080];
  const fleet = (color: string) => ({
    serviceName: `notes-production-${color}`,
    status: 'ACTIVE',
    desiredCount: 2,
    runningCount: 2,
    taskDefinition: `arn:aws:ecs:eu-central-1:1:task-definition/notes-production-${color}:7`,
    loadBalancers: [{ containerName: 'app', containerPort: 8080, targetGroupArn: color }],
  });
  return {
    services: [fleet('blue'), fleet('green')],
    path: '/readyz',
    stack: 'UPDATE_IN_PROGRESS',
    containers: [{ name: 'app', ports, environment: [{ name: 'GREENROOM_VERSION', value: 'v1.4.0' }] }],
  };
}

let aws: ReturnType<typeof fleets>;
let needs: Access[];
let acts: Record<string, unknown>[];
let answer: { Status: string; Reason?: string };

beforeEach(() => {
  aws = fleets();
  [needs, acts] = [[], []];
  process.env.LEDGER_TABLE = 'notes-production-ledger';
  const clients = Client.prototype as unknown as { send(command: { constructor: { name: string } }): unknown };
  jest
    .spyOn(clients, 'send')
    .mockImplementation(async (command) => ANSWERS[command.constructor.name]!(command as never));
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (_url, init) => {
    answer = JSON.parse(String(init?.body));
    return new Response();
  });
});
afterEach(() => jest.restoreAllMocks());

const ANSWERS: Record<string, (command: { input: Record<string, string & string[]> }) => object> = {
  DescribeServicesCommand: ({ input }) => {
    for (const name of input.services!) need('ecs:DescribeServices', `service/${input.cluster}/${name}`);
    return { services: aws.services };
  },
  DescribeTaskDefinitionCommand: () => {
    need('ecs:DescribeTaskDefinition');
    const containerDefinitions = aws.containers.map(({ ports, ...rest }) => ({
      ...rest,
      portMappings: ports.map((containerPort) => ({ containerPort })),
    }));
    return { taskDefinition: { containerDefinitions } };
  },
  DescribeTargetGroupsCommand: () => {
    need('elasticloadbalancing:DescribeTargetGroups');
    return { TargetGroups: [{ HealthCheckPath: aws.path }] };
  },
  PutCommand: ({ input }) => {
    const item = input.Item as unknown as Record<string, unknown>;
    needs.push(
      {
        action: 'dynamodb:PutItem',
        resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${input.TableName}`,
        context: { 'dynamodb:LeadingKeys': String(item.pk) },
      },
      {
        action: 'kms:Decrypt',
        resource: `arn:aws:kms:${REGION}:${ACCOUNT}:key/1`,
        context: {
          'kms:ViaService': `dynamodb.${REGION}.amazonaws.com`,
          'kms:ResourceAliases': 'alias/notes-production-release',
        },
      },
    );
    acts.push(item);
    return {};
  },
  DescribeStacksCommand: ({ input }) => {
    needs.push({ action: 'cloudformation:DescribeStacks', resource: input.StackName! });
    return { Stacks: [{ StackStatus: aws.stack }] };
  },
};

function need(action: string, resource?: string): void {
  needs.push({ action, resource: resource ? `arn:aws:${action.split(':')[0]}:${REGION}:${ACCOUNT}:${resource}` : '*' });
}

const STACK = `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${FLEET}/1`;

/** CloudFormation's call of the guard, for a template that differs in these properties from what is deployed. */
async function deploy(change: Record<string, string>, RequestType: 'Create' | 'Update' = 'Update') {
  const before = { ...guardOf(deployed), Cluster: 'notes-production' };
  await handler({
    RequestType,
    StackId: STACK,
    ResponseURL: 'https://cloudformation.test',
    PhysicalResourceId: 'live-shape',
    ResourceProperties: { ...before, ...change },
    OldResourceProperties: before,
  } as unknown as CloudFormationCustomResourceEvent);
  return answer;
}

const CHANGES: Readonly<Record<string, Record<string, string>>> = {
  'port 8080 -> 9090': { Port: guardOf(wanted).Port! },
  'name app -> web': { ContainerName: guardOf(wanted).ContainerName! },
  'readinessPath /readyz -> /healthy': { ReadinessPath: guardOf(wanted).ReadinessPath! },
};
const PATH = 'readinessPath /readyz -> /healthy';
const PORT = 'port 8080 -> 9090';
const allow = (change: string) => ({ ...CHANGES[change], Allowed: `${change}: both versions know it` });

/** Everything that comes after the guard, by DependsOn, within its stack. */
function afterGuard(resources: Resources): Set<string> {
  const depends = ({ DependsOn }: RawResource & { DependsOn?: string[] }) =>
    list(DependsOn).map((id) => `${FLEET}/${id}`);
  return new Set(Object.keys(resources).filter((path) => depends(resources[path]!).includes(guardPath)));
}

describe('port, name and readiness path, which a deployment would bring to what runs at once', () => {
  test('whatever they change comes after the guard, or touches nothing that runs', () => {
    const ordered = afterGuard(wanted.resources);
    const touched = changesOf(deployed.resources, wanted.resources).filter(({ path }) => path !== guardPath);
    const others = touched
      .filter(({ path }) => !ordered.has(path))
      .map(({ path, type, property }) => [path, type, property]);

    expect(new Set(touched.map(({ type }) => type))).toEqual(new Set([...BEHIND, ...BESIDE]));
    expect(others.filter(([path, type]) => !BESIDE.includes(type!) || !isLater(path!, type!))).toEqual([]);
    expect(touched.filter(({ path, property }) => ordered.has(path) && property === 'created')).toEqual([]);
  });

  test.each(Object.keys(CHANGES))('%s is refused, with what to do', async (change) => {
    expect(await deploy(CHANGES[change]!)).toMatchObject({ Status: 'FAILED' });

    expect(answer.Reason).toMatch(/^LiveShapeRefused: /);
    for (const color of ['blue', 'green']) {
      expect(answer.Reason).toContain(`container.${change}: ${color} runs notes-production-${color}:7`);
    }
    expect(answer.Reason).toMatch(/put (it|the \w+) back/i);
  });

  test.each(Object.keys(CHANGES))('the rollback of the refusal of %s passes', async (change) => {
    await deploy(CHANGES[change]!);

    expect(await deploy({})).toMatchObject({ Status: 'SUCCESS' });
  });

  test.each([PATH, PORT])('%s passes where somebody allows just this, with a reason', async (change) => {
    aws.containers[0]!.ports.push(9090);

    expect(await deploy(allow(change))).toMatchObject({ Status: 'SUCCESS' });
    expect(acts).toMatchObject([
      { pk: 'acts', act: 'allow-live-change', changes: [`${change}: both versions know it`] },
    ]);
    expect(await deploy({ ...CHANGES[change], Allowed: `${change}: ` })).toMatchObject({ Status: 'FAILED' });
    expect(await deploy({ ...CHANGES[change], Allowed: change.replace('->', '-> x') })).toMatchObject({
      Status: 'FAILED',
    });
  });

  test('when something else fails after an allowed change, the way back is open', async () => {
    aws.path = '/healthy';
    aws.stack = 'UPDATE_ROLLBACK_IN_PROGRESS';

    expect(await deploy({})).toMatchObject({ Status: 'SUCCESS' });
    aws.stack = 'UPDATE_IN_PROGRESS';
    expect(await deploy({})).toMatchObject({ Status: 'FAILED' });
  });

  test('a rollback passes also where the guard cannot see what is there; a deployment does not', async () => {
    aws.services[0]!.loadBalancers = [];

    expect(await deploy(CHANGES[PATH]!)).toMatchObject({ Status: 'FAILED' });
    expect(answer.Reason).toMatch(/notes-production-blue .* target group/);
    aws.stack = 'UPDATE_ROLLBACK_IN_PROGRESS';
    expect(await deploy({})).toMatchObject({ Status: 'SUCCESS' });
  });

  test.each(['name app -> web', PORT])(
    '%s is not possible with tasks that do not have it, allowed or not',
    async (change) => {
      expect(await deploy(allow(change))).toMatchObject({ Status: 'FAILED' });
    },
  );

  test('the next deployment needs no permission: nothing differs any more', async () => {
    aws.path = '/healthy';

    expect(await deploy(CHANGES[PATH]!)).toMatchObject({ Status: 'SUCCESS' });
  });

  test('nobody is asked before anything is there, or has been released', async () => {
    aws.containers[0]!.environment[0]!.value = 'placeholder';
    expect(await deploy(CHANGES[PATH]!)).toMatchObject({ Status: 'SUCCESS' });
    aws.services = [];
    expect(await deploy({ ...CHANGES[PATH], ...CHANGES[PORT] }, 'Create')).toMatchObject({ Status: 'SUCCESS' });
  });

  test('a color without tasks may get another path: no version is behind it', async () => {
    aws.services = [{ ...aws.services[1]!, desiredCount: 0, runningCount: 0 }];

    expect(await deploy(CHANGES[PATH]!)).toMatchObject({ Status: 'SUCCESS' });
  });

  test('the guard’s role allows its calls, and nothing more', async () => {
    await deploy(CHANGES[PATH]!);
    await deploy(allow(PATH));
    const statements = statementsOf(assembly, 'live-shape').map(({ Resource, ...rest }) => ({
      ...rest,
      // CloudFormation draws the end of a stack's ARN.
      Resource: list(Resource).map((each) => (each.includes(`:stack/${FLEET}/`) ? STACK : each)),
    }));

    expect(needs.filter((each) => !allowed(statements, each))).toEqual([]);
    for (const statement of statements) {
      for (const part of [
        ...list(statement.Action).map((Action) => ({ Action })),
        ...list(statement.Resource).map((Resource) => ({ Resource })),
      ]) {
        expect([part, needs.some((each) => allowed([{ ...statement, ...part }], each))]).toEqual([part, true]);
      }
    }
  });
});

/** Types that serve viewers. */
const BEHIND = [
  'AWS::ECS::Service',
  'AWS::ElasticLoadBalancingV2::TargetGroup',
  'AWS::EC2::SecurityGroupEgress',
  'AWS::EC2::SecurityGroupIngress',
];

/** Types that the change touches without anything that runs noticing. */
const BESIDE = [
  // A new revision of the template's own family, which no service runs.
  'AWS::ECS::TaskDefinition',
  // Does nothing on an update (test/stacks/fleet-first-revision.cases.ts).
  'Custom::FirstRevision',
  // Names of the container and paths for smoke tests: with the next call of a step.
  'AWS::Lambda::Function',
  // Which paths viewers do not see: the edge stack comes after the fleets', or is not reached.
  'AWS::CloudFront::Function',
];

const isLater = (path: string, type: string) =>
  ['AWS::ECS::TaskDefinition', 'Custom::FirstRevision'].includes(type) || !path.startsWith(`${FLEET}/`);
