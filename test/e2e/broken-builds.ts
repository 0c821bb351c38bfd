import { failedBy, happens, LONG, type Environment } from './environment';

/** Broken builds of v1.1.0, none of which stays live. @param stage gives the environment once it is open */
export function brokenBuilds(stage: () => Environment): void {
  test(
    'with a changeset that the database refuses ends before any fleet is touched',
    async () => {
      const environment = stage();
      const { theatre, witness } = environment;
      await environment.publish('migration');
      const routes = witness.routes.length;

      const { release, ended } = theatre.start('v1.1.0');

      expect(await ended).toMatchObject(failedBy('MigrationFailed'));
      await environment.expectEnded(release, 'failed');
      expect(witness.statesOf(release)).toContain('AwaitSnapshot');
      expect(witness.statesOf(release)).not.toContain('DeployIdle');
      // Recovery moves the epoch, so that a late write of this release fails; it moves no viewer.
      for (const route of witness.routes.slice(routes)) {
        expect(route).toMatchObject({ live: witness.routes[routes - 1]?.live, shift: null, preview: null });
      }
      await environment.expectServing('v1.0.0');
    },
    LONG,
  );

  test(
    'that never becomes healthy ends with the last words of its tasks; another release waits until then',
    async () => {
      const environment = stage();
      const { theatre, witness } = environment;
      await environment.publish('health');

      const sick = theatre.start('v1.1.0');
      await happens(theatre, (event) => event.type === 'state' && event.state === 'AwaitHealthy');
      await environment.publish('scan');
      const next = theatre.start('v1.1.0');
      const results = await Promise.all([sick.ended, next.ended]);

      expect(results[0]).toMatchObject(failedBy('FleetUnhealthy'));
      expect(results[0].reason).toMatch(/this build never becomes ready/);
      expect(results[1]).toMatchObject(failedBy('ScanFindings'));
      const waited = await theatre.ledger.events(next.release);
      expect(waited).toContainEqual(expect.objectContaining({ event: 'Queued', holder: sick.release }));
      expect(witness.statesOf(next.release)).not.toContain('PlanMigrations');
      for (const { release } of [sick, next]) await environment.expectEnded(release, 'failed');
      await environment.expectServing('v1.0.0');
    },
    LONG,
  );

  test(
    'that fails its smoke test was seen by no viewer',
    async () => {
      const environment = stage();
      await environment.publish('smoke');

      const { release, ended } = environment.theatre.start('v1.1.0');

      expect(await ended).toMatchObject(failedBy('SmokeTestFailed'));
      await environment.expectEnded(release, 'failed');
      expect(environment.witness.statesOf(release)).not.toContain('AwaitApproval');
      expect(environment.answersOfNewVersion).toBe(0);
    },
    LONG,
  );

  test(
    'that answers with errors once it has viewers rings the alarm, and the viewers come back',
    async () => {
      const environment = stage();
      await environment.publish('errors-after-cutover');

      const failed = await environment.whileErrorsAreIntended(async () => {
        const { release, ended } = await environment.startApproved();
        expect(await ended).toMatchObject(failedBy('AlarmsRinging'));
        await environment.expectEnded(release, 'failed');
      });

      expect(failed).toBeGreaterThan(0);
      await environment.expectServing('v1.0.0');
    },
    LONG,
  );
}
