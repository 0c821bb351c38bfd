import { CliError } from '../../cli/exit';
import { FakeCloud, greenroom, PLACES, type RunOptions } from './world';

const RELEASE = 'v1.1.0-abc';
const ARN = `${PLACES.stateMachineArn.replace(':stateMachine:', ':execution:')}:${RELEASE}`;
const OPEN = { id: RELEASE, version: 'v1.1.0', startedAt: '2026-11-21T12:00:00.000Z' };
const ENDED = { ...OPEN, outcome: 'released', reason: 'v1.1.0 is live' };
const UNKNOWN = { record: null, events: [] };
const event = (name: string, detail: object = {}) => ({ at: '2026-11-21T12:00:01.000Z', event: name, ...detail });
const opened = event('OpenRelease', { version: 'v1.1.0', digest: `sha256:${'a'.repeat(64)}`, actor: 'ann' });
const turn = event('AwaitTurn', { number: 3 });
const gone = new CliError('no answer', 1, { transient: true });

function watching(answers: unknown[], args: string[] = [], options: RunOptions = {}) {
  const cloud = options.cloud ?? new FakeCloud();
  cloud.answers.events = answers;
  return greenroom(['watch', RELEASE, ...args], { ...options, cloud });
}

test('every event is told once, in order, and then the end', async () => {
  const { code, out } = await watching([
    { record: OPEN, events: [opened] },
    { record: OPEN, events: [opened, turn] },
    { record: ENDED, events: [opened, turn, event('SomethingNew', { detail: 1 })] },
  ]);

  expect(code).toBe(0);
  expect(out.slice(0, 3).map((line) => line.slice(22, 38).trim())).toEqual([
    'OpenRelease',
    'AwaitTurn',
    'SomethingNew',
  ]);
  expect(out[2]).toContain('{"detail":1}');
  expect(out.slice(3)).toEqual([`${RELEASE} released: v1.1.0 is live`]);
});

test.each(['failed', 'rejected', 'superseded', 'canceled', 'reverted'])(
  'a release that is %s ends with code 3',
  async (outcome) => {
    const { code, out } = await watching([{ record: { ...OPEN, outcome, reason: 'so it was' }, events: [] }]);

    expect({ code, out }).toEqual({ code: 3, out: [`${RELEASE} ${outcome}: so it was`] });
  },
);

test('with --json every line is a document', async () => {
  const { out } = await watching([{ record: ENDED, events: [opened] }], ['--json']);

  expect(out.map((line) => JSON.parse(line) as object)).toEqual([
    opened,
    { release: RELEASE, outcome: 'released', reason: 'v1.1.0 is live' },
  ]);
});

test('--until-approval ends while somebody has to decide, and says how', async () => {
  const waits = { record: OPEN, events: [opened, event('AwaitApproval')] };

  const { code, err } = await watching([waits], ['--until-approval']);

  expect(code).toBe(0);
  expect(err).toEqual([
    `see it: greenroom preview ${RELEASE} -e production`,
    `decide: greenroom approve ${RELEASE} -e production (or reject, with --reason)`,
  ]);
});

test('--until-approval goes on once it was decided', async () => {
  const decided = [event('AwaitApproval'), event('Decision', { decision: 'approve', by: 'qa', identity: 'claimed' })];

  const { out } = await watching(
    [
      { record: OPEN, events: decided },
      { record: ENDED, events: decided },
    ],
    ['--until-approval'],
  );

  expect(out[1]).toContain('approved by qa (claimed)');
  expect(out.at(-1)).toContain('released');
});

describe('a release that the ledger does not know', () => {
  test('is awaited while its execution runs', async () => {
    const cloud = new FakeCloud();
    cloud.executions.set(ARN, { status: 'RUNNING' });

    expect((await watching([UNKNOWN, UNKNOWN, { record: ENDED, events: [] }], [], { cloud })).code).toBe(0);
  });

  test('was refused when its execution has ended: the reason is told', async () => {
    const cloud = new FakeCloud();
    cloud.executions.set(ARN, { status: 'FAILED', error: 'failed', cause: 'UnknownVersion: push the image first' });

    const { code, out } = await watching([UNKNOWN], [], { cloud });

    expect({ code, out }).toEqual({ code: 3, out: [`${RELEASE} failed: UnknownVersion: push the image first`] });
  });

  test('may have been opened and ended between two questions', async () => {
    const cloud = new FakeCloud();
    cloud.executions.set(ARN, { status: 'SUCCEEDED' });

    expect((await watching([UNKNOWN, { record: ENDED, events: [] }], [], { cloud })).code).toBe(0);
  });

  test('and Step Functions neither is an error', async () => {
    const { code, err } = await watching([UNKNOWN]);

    expect(code).toBe(1);
    expect(err.join()).toContain(`there is no release ${RELEASE} here`);
  });
});

describe('answers that fail', () => {
  test('for a while are told once and waited out', async () => {
    const { code, err } = await watching([gone, gone, gone, { record: ENDED, events: [] }]);

    expect([code, err]).toEqual([0, ['no answer; still trying']]);
  });

  test('for ever end the following', async () => {
    const { code, err } = await watching([gone]);

    expect([code, err.at(-1)]).toEqual([1, 'greenroom: no answer']);
  });

  test('for a reason that stays end it at once', async () => {
    let pauses = 0;

    const { code } = await watching([new CliError('denied')], [], { onSleep: () => pauses++ });

    expect([code, pauses]).toEqual([1, 0]);
  });
});

test('Ctrl-C ends the following, not the release', async () => {
  const cloud = new FakeCloud();

  const { code, err } = await watching([{ record: OPEN, events: [] }], [], {
    cloud,
    onSleep: (interrupt) => interrupt(),
  });

  expect([code, cloud.changes]).toEqual([130, []]);
  expect(err.join()).toContain(`greenroom watch ${RELEASE} -e production`);
});

test('a release that is started is followed from its id on', async () => {
  const cloud = new FakeCloud();
  cloud.answers.events = [{ record: ENDED, events: [opened] }];

  const { code, out } = await greenroom(['release', 'v1.1.0', '-y'], { cloud });

  expect(code).toBe(0);
  expect(out[0]).toMatch(/^v1\.1\.0-[0-9a-z]+$/);
  expect(out.at(-1)).toBe(`${out[0]} released: v1.1.0 is live`);
});
