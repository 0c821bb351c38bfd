import { openTheatre, type Theatre, type TheatreEvent } from '../../local/theatre';
import { serving } from '../../local/stage/probe';
import type { ErrorName } from '../../lambda/domain/errors';
import type { Load } from '../../local/load';
import { Witness } from './witness';

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}

// One theatre for all, because the paths follow each other as in a real environment: what one leaves behind is what
// the next one finds. Promises P1, P2 and P4 are watched all the time and judged at the end.
describe('an environment with v1.0.0 live and viewers on it', () => {
  let theatre: Theatre;
  let witness: Witness;
  let load: Load;
  /** When failing requests are part of the play. */
  const allowed: { from: number; to: number } = { from: 0, to: 0 };

  beforeAll(async () => {
    theatre = await openTheatre({ speed: 600, propagationMs: 300, assembly: process.env.GR_ASM, onEvent: (e) => require('fs').appendFileSync('/tmp/e2e-events.txt', JSON.stringify({ t: Date.now(), ...e }).slice(0, 500) + '\n') });
    witness = new Witness(theatre);
    await theatre.publish('v1.0.0');
  }, 60_000);

  afterAll(async () => {
    witness?.close();
    await theatre?.close();
  }, 30_000);

  /** Waits for an event. */
  const happens = (matches: (event: TheatreEvent) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const stop = theatre.listen((event) => {
        if (!matches(event)) return;
        stop();
        resolve();
      });
    });
  const asksForApproval = (release: string) =>
    happens((event) => event.type === 'notification' && event.id === `${release}:approval`);
  const publish = (fault?: Parameters<Theatre['publish']>[1]) => theatre.publish('v1.1.0', fault);

  /** P3: one end, written once; people were told; nobody holds the turn. */
  const expectEnded = async (release: string, outcome: string): Promise<void> => {
    const record = await theatre.ledger.record(release);
    expect(record).toMatchObject({ outcome, version: expect.stringMatching(/^v1\.[01]\.0$/), notifiedAt: expect.anything() });
    expect(witness.told(`${release}:end`)).toBeGreaterThanOrEqual(1);
    expect((await theatre.ledger.turn())?.holder).toBeNull();
    expect((await theatre.ledger.events(release)).map(({ event }) => event)).toContain('OpenRelease');
  };
  /** The reason begins with the name of the error. */
  const failedBy = (error: ErrorName) => ({ outcome: 'failed', reason: expect.stringMatching(`^${error}: `) });
  const expectServing = async (version: string): Promise<void> => expect(await serving(theatre.url, 10)).toEqual([version]);

  test('the first release goes live after its approval', async () => {
    const { release, ended } = theatre.start('v1.0.0');
    await asksForApproval(release);
    await theatre.decide(release, 'approve');

    expect(await ended).toMatchObject({ outcome: 'released' });

    await expectEnded(release, 'released');
    await expectServing('v1.0.0');
    load = await theatre.startLoad({ rate: 250 });
  }, 60_000);

  test('of two releases at once one waits for the other, and findings of the scan end both', async () => {
    await publish({ fault: 'scan' });

    const releases = [theatre.start('v1.1.0'), theatre.start('v1.1.0')];
    const results = await Promise.all(releases.map(({ ended }) => ended));

    for (const result of results) expect(result).toMatchObject(failedBy('ScanFindings'));
    const [first, second] = await Promise.all(releases.map(({ release }) => theatre.ledger.record(release)));
    const events = await Promise.all(releases.map(({ release }) => theatre.ledger.events(release)));
    const turns = events.map((each) => each.find(({ event }) => event === 'AwaitTurn' || event === 'Queued')?.event);
    expect(turns.sort()).toEqual(['AwaitTurn', 'Queued']);
    expect(first?.endedAt).not.toBe(second?.endedAt);
    for (const { release } of releases) {
      await expectEnded(release, 'failed');
      expect(witness.statesOf(release)).not.toContain('PlanMigrations');
    }
  }, 30_000);

  test('a changeset that the database refuses ends the release before any fleet is touched', async () => {
    await publish({ fault: 'migration' });
    const routes = witness.routes.length;

    const { release, ended } = theatre.start('v1.1.0');

    expect(await ended).toMatchObject(failedBy('MigrationFailed'));
    await expectEnded(release, 'failed');
    expect(witness.statesOf(release)).not.toContain('DeployIdle');
    expect(witness.routes).toHaveLength(routes);
    await expectServing('v1.0.0');
  }, 30_000);

  test('a version that never becomes healthy is told with the reason of its tasks', async () => {
    await publish({ fault: 'health' });

    const { release, ended } = theatre.start('v1.1.0');
    const result = await ended;

    expect(result).toMatchObject(failedBy('FleetUnhealthy'));
    expect(result.reason).toMatch(/this build never becomes ready/);
    await expectEnded(release, 'failed');
    await expectServing('v1.0.0');
  }, 60_000);

  test('a version that fails its smoke test was seen by no viewer', async () => {
    await publish({ fault: 'smoke' });

    const { release, ended } = theatre.start('v1.1.0');

    expect(await ended).toMatchObject(failedBy('SmokeTestFailed'));
    await expectEnded(release, 'failed');
    expect(witness.statesOf(release)).not.toContain('AwaitApproval');
    expect(load.stats().byVersion['v1.1.0']).toBeUndefined();
  }, 60_000);

  test('errors after the cutover began ring the alarm, and the viewers come back', async () => {
    await publish({ fault: 'errors-after-cutover' });
    allowed.from = Date.now();

    const { release, ended } = theatre.start('v1.1.0');
    await asksForApproval(release);
    await theatre.decide(release, 'approve');

    expect(await ended).toMatchObject(failedBy('AlarmsRinging'));
    allowed.to = Date.now();
    await expectEnded(release, 'failed');
    await expectServing('v1.0.0');
  }, 60_000);

  test('v1.1.0 goes live; a second decision about it changes nothing', async () => {
    await publish();

    const { release, ended } = theatre.start('v1.1.0');
    await asksForApproval(release);
    await theatre.decide(release, 'approve');
    const second = theatre.decide(release, 'reject', 'too late');

    await expect(second).rejects.toMatchObject({ name: 'ApprovalVoid' });
    expect(await ended).toMatchObject({ outcome: 'released' });
    await expectEnded(release, 'released');
    await expectServing('v1.1.0');
    expect(theatre.route()?.standby).not.toBeNull();
  }, 60_000);

  test('a freeze keeps releases out and a revert not; the revert builds, migrates, approves nothing', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    await theatre.invoke('operate', { action: 'freeze', reason: 'holidays', until, by: 'operator' });
    const kept = await theatre.release('v1.1.0');
    const before = { revisions: witness.revisions(), changesets: await theatre.appliedChangesets(), states: witness.states.length };

    const result = await theatre.revert('viewers complain');

    expect(kept).toMatchObject(failedBy('EnvironmentFrozen'));
    expect(result).toMatchObject({ kind: 'warm', version: 'v1.0.0', warnings: [] });
    await expectServing('v1.0.0');
    expect({
      revisions: witness.revisions(),
      changesets: await theatre.appliedChangesets(),
      states: witness.states.length,
    }).toEqual(before);
    expect(await theatre.ledger.hold()).toMatchObject({ reason: 'viewers complain' });
    await theatre.invoke('operate', { action: 'unfreeze', by: 'operator' });
    expect(await theatre.release('v1.1.0')).toMatchObject(failedBy('EnvironmentHeld'));
    await theatre.invoke('operate', { action: 'resume', by: 'operator' });
  }, 30_000);

  test('a revert wins over the release that shifts traffic at this moment', async () => {
    const { release, ended } = theatre.start('v1.1.0');
    await asksForApproval(release);
    await theatre.decide(release, 'approve');
    await happens((event) => event.type === 'route' && event.route.shift !== null);

    const result = await theatre.revert('stop this');

    expect(result).toMatchObject({ kind: 'withdraw', warnings: [] });
    await ended;
    // The execution was stopped, which no Catch sees: the event rule calls recovery.
    await until(async () => (await theatre.ledger.record(release))?.notifiedAt !== undefined);
    await expectEnded(release, 'reverted');
    await expectServing('v1.0.0');
  }, 60_000);

  describe('all the while', () => {
    test('no request failed but where the bake had to see errors, and no acknowledged write is lost', async () => {
      const report = await load.stop();
      const verification = await load.verify();

      const elsewhere = report.failures.filter(({ at }) => Date.parse(at) < allowed.from || Date.parse(at) > allowed.to);
      expect(elsewhere).toEqual([]);
      expect(report.failed).toBeLessThanOrEqual(report.failures.length);
      expect(report.requests).toBeGreaterThan(500);
      expect(verification).toMatchObject({ missing: 0, different: 0, unreadable: 0 });
      expect(verification.verified).toBeGreaterThan(100);
    }, 30_000);

    test('P1: the live fleet kept its task definition and its size', () => {
      expect(witness.samples).toBeGreaterThan(500);
      expect(witness.liveFleetChanges).toEqual([]);
    });

    test('P2: every route that was written pointed at healthy fleets', () => {
      expect(witness.routes.length).toBeGreaterThan(10);
      expect(witness.unhealthyRoutes).toEqual([]);
    });

    test('P4: every write of the route was one step on from the one before', () => {
      expect(witness.skippedEpochs).toEqual([]);
    });

    test('no call was denied and no schedule failed', () => {
      expect(witness.problems).toEqual([]);
    });
  });

  test('closing ends every process', async () => {
    const pids = [...theatre.parts.fleets.services.values()].flatMap((service) => service.known()).flatMap(({ pid }) => pid ?? []);
    const { url } = theatre;

    await theatre.close();

    expect(pids.length).toBeGreaterThan(4);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    await expect(fetch(url)).rejects.toThrow();
  }, 30_000);
});
