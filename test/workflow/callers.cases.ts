import { handler } from '../../lambda/operate/handler';
import { World } from './cloud/world';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

const ARN = 'arn:aws:lambda:eu-central-1:111111111111:function:notes-production-operate';
const byUrl = (body: object, method = 'POST') => ({
  body: JSON.stringify(body),
  requestContext: { http: { method }, authorizer: { iam: { userArn: 'arn:aws:iam::111111111111:user/ada' } } },
});
const freeze = { action: 'freeze', reason: 'sale', until: '2027-01-01T00:00:00Z' };
const operate = async (event: object, invokedFunctionArn = ARN) => {
  let done = false;
  const answer = handler(event as never, { invokedFunctionArn }).finally(() => (done = true));
  answer.catch(() => undefined);
  await world.clock.pass(() => done);
  return answer;
};
const frozenBy = () => (world.ledger.read('environment', 'freeze') as { by?: string } | undefined)?.by;

test('who calls by URL is recorded as AWS names them, whatever they claim', async () => {
  await operate(byUrl({ ...freeze, by: 'somebody else' }), `${ARN}:url`);

  expect(frozenBy()).toBe('arn:aws:iam::111111111111:user/ada');
});

test('an event that only looks like a call by URL is refused', async () => {
  await expect(operate(byUrl(freeze))).rejects.toThrow('came by none');
  expect(frozenBy()).toBeUndefined();
});

test('a direct call has to say who makes it', async () => {
  await expect(operate(freeze)).rejects.toThrow('say who you are');
  await operate({ ...freeze, by: 'ada' });

  expect(frozenBy()).toBe('ada');
});

test('a link that is followed changes nothing', async () => {
  expect(await operate(byUrl(freeze, 'GET'), `${ARN}:url`)).toMatchObject({ statusCode: 400 });
  expect(frozenBy()).toBeUndefined();
});

test('the console’s word for a person counts through its own alias only', async () => {
  const event = { signedIn: { name: 'ada@example.com' }, request: freeze };

  for (const arn of [ARN, `${ARN}:url`]) {
    await expect(operate(event, arn)).rejects.toThrow('came from elsewhere');
    expect(frozenBy()).toBeUndefined();
  }
  await operate(event, `${ARN}:console`);

  expect(frozenBy()).toBe('ada@example.com');
});
