import { EC2Client } from '@aws-sdk/client-ec2';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { handler, SERVICE_GROUP } from '../../lambda/vpc-origin-ingress/handler';

jest.mock('node:timers/promises', () => ({ setTimeout: async () => undefined }));

let answers: Record<string, unknown>[];
let looks: { Filters: { Name: string; Values: string[] }[] }[];

/** CloudFormation's address takes the answer; EC2 shows the group from the given look on. */
function arrange(appearsAt: number, addressFails = 0): void {
  answers = [];
  looks = [];
  let failures = addressFails;
  jest.spyOn(globalThis, 'fetch').mockImplementation(async (_url, init) => {
    if (failures-- > 0) return new Response('busy', { status: 503 });
    answers.push(JSON.parse(String(init?.body)) as Record<string, unknown>);
    return new Response('');
  });
  jest.spyOn(EC2Client.prototype, 'send').mockImplementation((async (command: { input: (typeof looks)[number] }) => {
    looks.push(command.input);
    return { SecurityGroups: looks.length >= appearsAt ? [{ GroupId: 'sg-1' }] : [] };
  }) as never);
}
afterEach(() => jest.restoreAllMocks());

function event(RequestType: 'Create' | 'Update' | 'Delete'): CloudFormationCustomResourceEvent {
  return {
    RequestType,
    ServiceToken: 'token',
    ResponseURL: 'https://example.com/answer',
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Lookup',
    ResourceType: 'Custom::VpcOriginIngress',
    ResourceProperties: { ServiceToken: 'token', VpcId: 'vpc-1', Origins: ['o-1', 'o-2'] },
    ...(RequestType === 'Create' ? {} : { PhysicalResourceId: 'vpc-1/group', OldResourceProperties: {} }),
  } as CloudFormationCustomResourceEvent;
}

it.each(['Create', 'Update'] as const)('on %s finds the group of the VPC by its name', async (type) => {
  arrange(1);
  await handler(event(type));
  expect(looks[0]?.Filters).toEqual([
    { Name: 'vpc-id', Values: ['vpc-1'] },
    { Name: 'group-name', Values: [SERVICE_GROUP] },
  ]);
  expect(answers).toMatchObject([{ Status: 'SUCCESS', Data: { GroupId: 'sg-1' } }]);
});

it('waits for a group that appears late', async () => {
  arrange(4);
  await handler(event('Create'));
  expect(looks).toHaveLength(4);
  expect(answers).toMatchObject([{ Status: 'SUCCESS', Data: { GroupId: 'sg-1' } }]);
});

it('says what to do when the group never appears', async () => {
  arrange(Infinity);
  await handler(event('Create'));
  expect(answers).toMatchObject([{ Status: 'FAILED', Reason: expect.stringContaining('deploy again') }]);
});

it('looks for nothing on deletion', async () => {
  arrange(1);
  await handler(event('Delete'));
  expect(looks).toEqual([]);
  expect(answers).toMatchObject([{ Status: 'SUCCESS', PhysicalResourceId: 'vpc-1/group' }]);
});

it('tries again when CloudFormation does not take the answer', async () => {
  arrange(1, 2);
  await handler(event('Create'));
  expect(answers).toMatchObject([{ Status: 'SUCCESS' }]);
});
