import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, World } from './cloud/world';

let world: World;
beforeEach(() => (world = new World()));
afterEach(() => world.close());

const approve = () => world.call('decide', { release: 'v1.0.0', decision: 'approve', by: 'quinn' });
const outcome = () => world.record('v1.0.0')?.outcome;

test('an approval given while the question is being put again still counts', async () => {
  world.interfere({ matches: ({ operation }) => operation === 'Publish', fault: 'throttled' });
  world.release('v1.0.0');
  await world.clock.pass(() => world.ledger.read('release#v1.0.0', 'approval') !== undefined);
  await world.clock.pass(() => false, 500);
  await approve().catch(() => undefined);
  await world.rest(3_600_000);

  expect(outcome()).toBe('released');
});

test.each(['throttled', 'lost', 'killed'] as const)(
  'a second click is harmless, and mends a first one that was %s',
  async (fault) => {
    world.release('v1.0.0');
    await world.until('v1.0.0', 'AwaitApproval');
    await world.rest(1_000);
    world.interfere({
      matches: ({ handler, operation }) => handler === 'decide' && operation === 'SendTaskSuccess',
      fault,
    });
    await approve().catch(() => undefined);
    expect(await approve()).toMatchObject({ by: 'quinn', first: false });
    await world.rest(3_600_000);

    expect(outcome()).toBe('released');
  },
);

test('an approval that comes before anybody asked, or after the release has ended, is refused', async () => {
  await expect(approve()).rejects.toMatchObject({ name: 'ApprovalVoid' });
  world.release('v1.0.0');
  await world.until('v1.0.0', 'AwaitApproval');
  await world.rest(1_000);
  await world.call('operate', { action: 'cancel', release: 'v1.0.0', by: 'oscar', reason: 'wrong' });
  await world.rest();

  await expect(approve()).rejects.toMatchObject({ name: 'ApprovalVoid' });
  expect(outcome()).toBe('canceled');
});

test('the requester cannot approve', async () => {
  world.release('v1.0.0');
  await world.until('v1.0.0', 'AwaitApproval');
  await world.rest(1_000);

  await expect(world.call('decide', { release: 'v1.0.0', decision: 'approve', by: 'dana' })).rejects.toThrow('may not');
});

const waiting = async () => {
  world.release('v1.0.0');
  await world.until('v1.0.0', 'AwaitApproval');
  await world.rest(1_000);
};
const decide = (by: string, decision = 'approve', more: object = {}) =>
  world.call('decide', { release: 'v1.0.0', decision, by, ...more });
const events = () =>
  world.ledger
    .all()
    .filter(({ pk }) => pk === 'events#v1.0.0')
    .map(({ event }) => event);

describe('where two have to approve', () => {
  beforeEach(async () => {
    world.policy = { ...world.policy, approval: { ...world.policy.approval, approvers: 2 } };
    await waiting();
  });

  test('one is not enough, nor the same one twice', async () => {
    expect(await decide('quinn')).toMatchObject({ first: true, missing: 1 });
    expect(await decide('quinn')).toMatchObject({ first: false, missing: 1 });
    await world.rest();

    expect(outcome()).toBeUndefined();
    expect(events()).toContain('Approval:1');
    expect(events()).not.toContain('Decision');
  });

  test('the second one lets it go on, whatever either clicks again', async () => {
    await decide('quinn');
    expect(await decide('rosa')).toMatchObject({ by: 'quinn, rosa', missing: 0 });
    expect(await decide('quinn')).toMatchObject({ first: false, missing: 0 });
    await world.rest(3_600_000);

    expect(outcome()).toBe('released');
    expect(world.ledger.read('events#v1.0.0', 'event#Decision')).toMatchObject({
      decision: 'approve',
      by: 'quinn, rosa',
      identity: 'claimed',
      digest: digestOf('v1.0.0'),
      epoch: expect.any(Number),
      smokeChecks: 1,
    });
  });

  test('both at the same moment count', async () => {
    const both = [decide('quinn'), decide('rosa')];
    const answers = await Promise.all(both);
    await world.rest(3_600_000);

    expect(answers.map(({ missing }) => missing).sort()).toEqual([0, 1]);
    expect(outcome()).toBe('released');
  });

  test('what the first said stays when the question is put again', async () => {
    await decide('quinn');
    const { input } = world.door.calls.find(
      ({ handler, operation }) => handler === 'await-approval' && operation === 'Put',
    )!;
    const { token } = input.Item as { token: string };
    const state = { release: { id: 'v1.0.0', digest: digestOf('v1.0.0'), actor: 'dana' }, turn: { number: 1 } };
    await world.call('await-approval', { state, token });
    await decide('rosa');
    await world.rest(3_600_000);

    expect(outcome()).toBe('released');
  });

  test('one who rejects ends it, and who approves afterwards is told so', async () => {
    await decide('quinn');
    await decide('rosa', 'reject', { reason: 'the list is empty' });
    await expect(decide('sven')).rejects.toMatchObject({
      name: 'ApprovalVoid',
      message: expect.stringContaining('rosa'),
    });
    await world.rest();

    expect(world.record('v1.0.0')).toMatchObject({
      outcome: 'rejected',
      reason: expect.stringContaining('rejected by rosa: the list is empty'),
    });
  });
});

test('a rejection needs a reason, and a decision is one of two words', async () => {
  await waiting();
  await expect(decide('quinn', 'reject')).rejects.toThrow('needs a reason');
  await expect(decide('quinn', 'maybe')).rejects.toThrow('neither "approve" nor "reject"');
});

test('where claims do not count, an approval by a direct call is refused and a rejection is not', async () => {
  world.policy = { ...world.policy, approval: { ...world.policy.approval, acceptClaims: false } };
  await waiting();
  await expect(decide('quinn')).rejects.toThrow('is a claim');
  await decide('quinn', 'reject', { reason: 'no' });
  await world.rest();

  expect(outcome()).toBe('rejected');
});

test('an approval of a release that was superseded is void', async () => {
  await world.releaseFully('v0.9.0');
  await waiting();
  await world.call('revert', { by: 'oscar', reason: 'broken' }).catch(() => undefined);
  await world
    .call('operate', { action: 'cancel', release: 'v1.0.0', by: 'oscar', reason: 'wrong' })
    .catch(() => undefined);

  await expect(decide('quinn')).rejects.toMatchObject({ name: 'ApprovalVoid' });
});

describe('where the configuration lists people', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'greenroom-people-'));
    const file = join(folder, 'people.json');
    const person = (name: string, github: string, oidc: string) => ({ name, github, aws: [], oidc: [oidc] });
    writeFileSync(
      file,
      JSON.stringify([person('Dana', 'dana', 'dana@example.com'), person('Quinn', 'quinn', 'sub-quinn')]),
    );
    process.env.PEOPLE_FILE = file;
  });
  afterAll(() => {
    delete process.env.PEOPLE_FILE;
    rmSync(folder, { recursive: true });
  });

  test('the requester cannot approve under another name, and somebody unknown cannot either', async () => {
    await waiting();

    await expect(decide('dana@example.com')).rejects.toThrow('asked for v1.0.0 and may not');
    await expect(decide('somebody')).rejects.toThrow('is none of the people');
    await decide('sub-quinn');
    await world.rest(3_600_000);
    expect(outcome()).toBe('released');
  });

  test('a release whose requester nobody knows is refused before any work', async () => {
    world.executions.start('v1.0.0', { version: 'v1.0.0', actor: 'mallory' });
    await world.rest();

    expect(world.record('v1.0.0')).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('mallory is none of the people'),
    });
    expect(events()).not.toContain('OpenRelease');
  });
});

describe('an approval that is waited for as long as a configuration may say, which is 30 days', () => {
  const DAYS = 24 * 3_600_000;

  test('finds the preview open to its end', async () => {
    await waiting();

    expect(world.route!.preview!.expires * 1000 - world.clock.read()).toBeGreaterThan(31 * DAYS);
  });

  test('is of a release that the sweep still knows', async () => {
    await waiting();
    world.eventsArrive = false;
    await world.executions.operations.StopExecution({ executionArn: world.executions.all[0]!.arn });
    await world.rest(35 * DAYS);
    await world.call('recover-release', { sweep: true });

    expect(world.record('v1.0.0')).toMatchObject({ outcome: 'failed', notifiedAt: expect.any(String) });
  });
});
