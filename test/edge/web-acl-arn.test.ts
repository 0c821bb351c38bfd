import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { handler } from '../../lambda/web-acl-arn/handler';

const ARN = 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/shop/11111111-2222-3333-4444-555555555555';
let answers: Record<string, unknown>[];
let asked: { region: string; StackName?: string }[];
let stacks: object[];

beforeEach(() => {
  answers = [];
  asked = [];
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (_url, options) => {
    answers.push(JSON.parse(String(options?.body)) as Record<string, unknown>);
    return new Response('');
  });
  jest.spyOn(CloudFormationClient.prototype, 'send').mockImplementation(async function (
    this: CloudFormationClient,
    command: { input: object },
  ) {
    asked.push({ region: await this.config.region(), ...command.input });
    return { Stacks: stacks };
  } as never);
});
afterEach(() => jest.restoreAllMocks());

const event = (RequestType: string) =>
  ({
    RequestType,
    ResponseURL: 'https://answer.test',
    PhysicalResourceId: 'shop-production-firewall',
    ResourceProperties: { StackName: 'shop-production-firewall' },
  }) as unknown as CloudFormationCustomResourceEvent;

test.each(['Create', 'Update'])('%s reads the output of the stack in us-east-1', async (type) => {
  stacks = [{ Outputs: [{ OutputKey: 'Other' }, { OutputKey: 'WebAclArn', OutputValue: ARN }] }];
  await handler(event(type));

  expect(asked).toEqual([{ region: 'us-east-1', StackName: 'shop-production-firewall' }]);
  expect(answers).toMatchObject([{ Status: 'SUCCESS', Data: { WebAclArn: ARN } }]);
});

test('a stack without the output fails the deployment and says what to do', async () => {
  stacks = [{ Outputs: [] }];
  await handler(event('Create'));

  expect(answers).toMatchObject([{ Status: 'FAILED', Reason: expect.stringContaining('deploy it first') }]);
});

test('Delete asks nothing', async () => {
  await handler(event('Delete'));

  expect(asked).toEqual([]);
  expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
});
