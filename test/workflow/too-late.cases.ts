import { beginning } from './campaign/beginning';
import { MINUTE, reaches, toRest } from './campaign/people';
import { atRest } from './cloud/at-rest';
import { Simulation } from './cloud/simulation';
import { PRODUCTION, type Stage } from './cloud/stage';

/** Somebody decides in the very second in which the time to decide is over. */
const TIMEOUT_S = 600;
const NEXT = 'v1.2.0';

/** As production, but nobody waits for days. */
const HASTY: Stage = {
  ...PRODUCTION,
  machines: { ...PRODUCTION.machines, release: hasty(PRODUCTION.machines.release) },
};

function hasty({ StartAt, States }: Stage['machines']['release']): Stage['machines']['release'] {
  return { StartAt, States: { ...States, AwaitApproval: { ...States.AwaitApproval!, TimeoutSeconds: TIMEOUT_S } } };
}

let world: Simulation;
beforeEach(async () => {
  world = new Simulation(HASTY, { from: await beginning(PRODUCTION) });
});
afterEach(() => world.close());

const COUNTS = 'counts';
type Decision = 'approve' | 'reject';

/** @returns {@link COUNTS}, or why it does not */
const decide = (decision: Decision, by = 'quinn') =>
  world.invoke('decide', { release: NEXT, decision, by, reason: 'ugly' }).then(
    () => COUNTS,
    ({ name, message }: Error) => `${name}: ${message}`,
  );

/** The release waits, and will for another `ms`; less than nothing is after the end. */
async function waitsFor(ms: number): Promise<void> {
  world.release(NEXT);
  await reaches(world, NEXT, 'AwaitApproval');
  await world.rest(TIMEOUT_S * 1000 - ms);
}

const slowAt = (handler: string, operation: string) =>
  world.interfere({
    matches: (call) => call.handler === handler && call.operation === operation,
    before: () => world.clock.sleep(5_000),
  });
const visited = (state: string) => world.execution(NEXT)!.path.includes(state);

const IN_TIME = {
  approve: { outcome: 'released' },
  reject: { outcome: 'rejected', reason: expect.stringMatching(/^Rejected: rejected by quinn: ugly/) },
};
const TOO_LATE = { outcome: 'rejected', reason: expect.stringMatching(/^ApprovalTimedOut: nobody decided within/) };

// A call takes 20 ms, and a decision half a dozen of them: the end comes before each of them and after each.
const MOMENTS = [120, 100, 80, 60, 40, 20, 0, -20, -60, -2_000];

describe.each<Decision>(['approve', 'reject'])('who decides to %s', (decision) => {
  test.each(MOMENTS)('%i ms before the time is over hears what comes true, however often they ask', async (ms) => {
    await waitsFor(ms);
    const given = decide(decision);
    await world.rest(MINUTE);
    const again = decide(decision);
    await toRest(world);

    const answers = [await given, await again];
    const counts = answers[0] === COUNTS;
    expect(answers).toEqual(counts ? [COUNTS, COUNTS] : Array(2).fill(expect.stringMatching(/^ApprovalVoid: /)));
    expect(world.record(NEXT)).toMatchObject(counts ? IN_TIME[decision] : TOO_LATE);
    expect(atRest(world)).toEqual([]);
  });

  test('counts once it is written down, though the time is over before the release hears of it', async () => {
    await waitsFor(MINUTE);
    slowAt('decide', decision === 'approve' ? 'SendTaskSuccess' : 'SendTaskFailure');
    await world.rest(MINUTE - 1_000);
    const given = decide(decision);
    await toRest(world);

    expect(await given).toBe(COUNTS);
    expect(visited('CloseApproval')).toBe(true);
    expect(world.record(NEXT)).toMatchObject(IN_TIME[decision]);
    expect(atRest(world)).toEqual([]);
  });

  test('is told that it came too late when the time is over before it is written down', async () => {
    await waitsFor(1_000);
    slowAt('decide', 'Put');
    const given = decide(decision);
    await toRest(world);

    expect(await given).toMatch(
      /^ApprovalVoid: the time to decide about v1\.2\.0 was over at 2026-.*; release the version/,
    );
    expect(world.record(NEXT)).toMatchObject(TOO_LATE);
    expect(world.ledger.read(`events#${NEXT}`, 'event#Decision')).toBeUndefined();
  });
});

test('whose click died once it was written down has approved, and the ledger says who', async () => {
  await waitsFor(MINUTE);
  world.interfere({
    matches: ({ operation, handler }) => handler === 'decide' && operation === 'Put',
    fault: 'killed',
  });
  const given = decide('approve');
  await toRest(world);

  expect(await given).toMatch(/^Runtime.ExitError: /);
  expect(world.record(NEXT)).toMatchObject(IN_TIME.approve);
  expect(world.ledger.read(`events#${NEXT}`, 'event#Decision')).toMatchObject({ decision: 'approve', by: 'quinn' });
  expect(atRest(world)).toEqual([]);
});

test('whose answer was lost within the SDK is told that the approval counts, since it does', async () => {
  await waitsFor(MINUTE);
  world.interfere({
    matches: ({ operation, handler }) => handler === 'decide' && operation === 'SendTaskSuccess',
    fault: 'twice',
  });
  const given = decide('approve');
  await toRest(world);

  expect(await given).toBe(COUNTS);
  expect(world.record(NEXT)).toMatchObject(IN_TIME.approve);
});

test('one of two who have to approve is not enough, and who comes second is told so', async () => {
  world.policy = { ...world.policy, approval: { ...world.policy.approval, approvers: 2 } };
  await waitsFor(1_000);
  const [first, second] = [decide('approve'), world.clock.sleep(2_000).then(() => decide('approve', 'rosa'))];
  await toRest(world);

  expect([await first, await second]).toEqual([COUNTS, expect.stringMatching(/^ApprovalVoid: /)]);
  expect(world.record(NEXT)).toMatchObject(TOO_LATE);
});

test('whose release was canceled before it heard of the approval is told so', async () => {
  await waitsFor(MINUTE);
  slowAt('decide', 'SendTaskSuccess');
  const given = decide('approve');
  await world.rest(1_000);
  void world.invoke('operate', { action: 'cancel', release: NEXT, by: 'oscar', reason: 'wrong' });
  await world.rest(MINUTE);
  const again = decide('approve');
  await toRest(world);

  const words = `ApprovalVoid: ${NEXT} is canceled: its approval is void; release the version again`;
  expect([await given, await again]).toEqual([words, words]);
  expect(world.record(NEXT)).toMatchObject({ outcome: 'canceled' });
  expect(atRest(world)).toEqual([]);
});
