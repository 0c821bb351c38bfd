import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ECSClient, type ContainerDefinition } from '@aws-sdk/client-ecs';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { handler } from '../../lambda/first-revision/handler';

const PROPERTIES = {
  ServiceToken: 'arn:aws:lambda:eu-central-1:123456789012:function:shop-production-first-revision',
  Family: 'shop-production-green',
  TemplateFamily: 'shop-production-template',
  ContainerName: 'app',
  Color: 'green',
  Image: 'placeholder:1',
  LogGroup: '/greenroom/shop-production/green',
  HealthPaths: '/livez,/readyz',
};

const TEMPLATE: ContainerDefinition = {
  name: 'app',
  image: 'shop:template',
  command: ['serve'],
  entryPoint: ['run'],
  healthCheck: { command: ['CMD', 'check'] },
  environment: [
    { name: 'PORT', value: '9000' },
    { name: 'DATABASE_HOST', value: 'database' },
  ],
  secrets: [{ name: 'DATABASE_PASSWORD', valueFrom: 'arn' }],
  readonlyRootFilesystem: true,
  user: '1000:1000',
  logConfiguration: { logDriver: 'awslogs', options: { 'awslogs-group': 'other', 'awslogs-region': 'r' } },
};

let answers: Record<string, unknown>[];
let calls: { name: string; input: Record<string, unknown> }[];
let active: string[];
let server: Server;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += String(chunk)));
    request.on('end', () => {
      answers.push({ ...(JSON.parse(body) as object), contentType: request.headers['content-type'] });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

beforeEach(() => {
  answers = [];
  calls = [];
  active = [];
  jest.spyOn(ECSClient.prototype, 'send').mockImplementation((async (command: {
    constructor: { name: string };
    input: Record<string, unknown>;
  }) => {
    calls.push({ name: command.constructor.name, input: command.input });
    if (command.constructor.name === 'ListTaskDefinitionsCommand') return { taskDefinitionArns: active };
    if (command.constructor.name === 'DescribeTaskDefinitionCommand') {
      return { taskDefinition: { containerDefinitions: [TEMPLATE], cpu: '512', taskRoleArn: 'role' } };
    }
    return {};
  }) as never);
});
afterEach(() => jest.restoreAllMocks());

function event(
  type: 'Create' | 'Update' | 'Delete',
  properties: object = PROPERTIES,
): CloudFormationCustomResourceEvent {
  const { port } = server.address() as AddressInfo;
  return {
    RequestType: type,
    ServiceToken: PROPERTIES.ServiceToken,
    ResponseURL: `http://127.0.0.1:${port}/answer`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'FirstRevision',
    ResourceType: 'Custom::FirstRevision',
    ResourceProperties: properties,
    ...(type === 'Create' ? {} : { PhysicalResourceId: 'shop-production-green', OldResourceProperties: PROPERTIES }),
  } as CloudFormationCustomResourceEvent;
}

const registered = () => calls.find(({ name }) => name === 'RegisterTaskDefinitionCommand')?.input;

it('on creation clones the template with the placeholder in it', async () => {
  await handler(event('Create'));
  const [container] = registered()!.containerDefinitions as ContainerDefinition[];
  expect(registered()).toMatchObject({ family: 'shop-production-green', cpu: '512', taskRoleArn: 'role' });
  expect(container).toMatchObject({
    image: 'placeholder:1',
    readonlyRootFilesystem: true,
    user: '1000:1000',
    environment: [
      { name: 'PORT', value: '9000' },
      { name: 'GREENROOM_COLOR', value: 'green' },
      { name: 'GREENROOM_VERSION', value: 'placeholder' },
      { name: 'HEALTH_PATHS', value: '/livez,/readyz' },
    ],
    logConfiguration: {
      options: {
        'awslogs-group': '/greenroom/shop-production/green',
        'awslogs-stream-prefix': 'green',
        'awslogs-region': 'r',
      },
    },
  });
  for (const own of ['command', 'entryPoint', 'healthCheck', 'secrets'] as const)
    expect(container?.[own]).toBeUndefined();
  expect(answers).toEqual([
    expect.objectContaining({ Status: 'SUCCESS', PhysicalResourceId: 'shop-production-green', contentType: undefined }),
  ]);
});

it('on creation leaves a family alone that has an active revision already', async () => {
  active = ['arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-production-green:7'];
  await handler(event('Create'));
  expect(registered()).toBeUndefined();
  expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
});

it.each(['Update', 'Delete'] as const)('on %s does nothing at all', async (type) => {
  await handler(event(type, { ...PROPERTIES, Image: 'placeholder:2' }));
  expect(calls).toEqual([]);
  expect(answers).toMatchObject([{ Status: 'SUCCESS', PhysicalResourceId: 'shop-production-green' }]);
});

it('tells CloudFormation why it failed', async () => {
  await handler(event('Create', { ...PROPERTIES, ContainerName: 'web' }));
  expect(answers).toMatchObject([
    { Status: 'FAILED', Reason: expect.stringContaining('shop-production-template has no container "web"') },
  ]);
});
