import { failedBy, happens, LONG, type Environment } from './environment';

/** A good v1.1.0 goes live, and back. @param stage gives the environment once it is open */
export function goodBuild(stage: () => Environment): void {
  test(
    'goes live after its approval; a second decision about it changes nothing (P4)',
    async () => {
      const environment = stage();
      const { theatre } = environment;

      await environment.publish();
      const { release, ended } = await environment.startApproved();
      const second = theatre.decide(release, 'reject', 'too late');

      await expect(second).rejects.toMatchObject({ name: 'ApprovalVoid' });
      expect(await ended).toMatchObject({ outcome: 'released' });
      await environment.expectEnded(release, 'released');
      await environment.expectServing('v1.1.0');
      expect(theatre.route()?.standby).not.toBeNull();
    },
    LONG,
  );

  test(
    'is reverted during a freeze that keeps releases out: nothing is built, migrated or approved for it (P6)',
    async () => {
      const environment = stage();
      const { theatre, witness } = environment;
      const until = new Date(Date.now() + 3_600_000).toISOString();
      await theatre.invoke('operate', { action: 'freeze', reason: 'holidays', until, by: 'operator' });
      const kept = await theatre.release('v1.1.0');
      const work = async () => ({
        revisions: witness.revisions(),
        changesets: await theatre.appliedChangesets(),
        states: witness.states.length,
      });
      const before = await work();

      const result = await theatre.revert('viewers complain');

      expect(kept).toMatchObject(failedBy('EnvironmentFrozen'));
      expect(result).toMatchObject({ kind: 'warm', version: 'v1.0.0', warnings: [] });
      await environment.expectServing('v1.0.0');
      expect(await work()).toEqual(before);
    },
    LONG,
  );

  test(
    'is held after the revert until somebody resumes',
    async () => {
      const environment = stage();
      const { theatre } = environment;
      await theatre.invoke('operate', { action: 'unfreeze', by: 'operator' });

      const held = await theatre.release('v1.1.0');
      await theatre.invoke('operate', { action: 'resume', by: 'operator' });

      expect(held).toMatchObject(failedBy('EnvironmentHeld'));
      expect(await theatre.ledger.hold()).toBeUndefined();
    },
    LONG,
  );

  test(
    'loses to a revert at the very moment at which it shifts traffic (P6)',
    async () => {
      const environment = stage();
      const { theatre } = environment;
      const { release, ended } = await environment.startApproved();
      await happens(theatre, (event) => event.type === 'route' && event.route.shift !== null);

      const result = await theatre.revert('stop this');

      expect(result).toMatchObject({ kind: 'withdraw', warnings: [] });
      await ended;
      await environment.expectEnded(release, 'reverted');
      await environment.expectServing('v1.0.0');
    },
    LONG,
  );
}
