import { HOUR, NAME, Restorable } from './cloud/restorable';
import type { World } from './cloud/world';

let on: Restorable;
let world: World;
beforeEach(async () => {
  on = await Restorable.open();
  ({ world } = on);
});
afterEach(() => world.close());

const recoveryPoint = 'arn:aws:rds:eu-west-1:111111111111:snapshot:awsbackup:job-2';

describe('the copy that a restore out of another region makes', () => {
  const DAY = 24 * HOUR;
  const clean = () => world.call('clean-snapshots', {});
  const copies = () => [...world.databaseSnapshots.copies.keys()];
  beforeEach(async () => {
    world.snapshotsAt = new Date(Date.parse(on.time));
    await on.restore({}, { recoveryPoint });
    await clean();
    expect(copies()).toEqual([expect.stringMatching(/^greenroom-copy-[0-9a-f]{8}$/)]);
  });

  test('goes a week later, since its original is there', async () => {
    await world.rest(8 * DAY);

    const [copy] = copies();

    expect(await clean()).toEqual({ deleted: [copy] });
    expect(copies()).toEqual([]);
  });

  test.each([
    ['is gone', 'DBSnapshotNotFoundFault'],
    ['cannot be asked for, since its region does not answer', 'AbortError'],
    ['may not be looked at', 'AccessDenied'],
  ])('stays when its original %s', async (_what, fault) => {
    world.databaseSnapshots.gone.set(recoveryPoint, fault);
    await world.rest(8 * DAY);

    expect(await clean()).toEqual({ deleted: [] });
    expect(copies()).toHaveLength(1);
  });

  test('stays while another restore is under way, which uses it again', async () => {
    await world.rest(8 * DAY);
    world.executions.start('restore-2', {
      source: { recoveryPoint },
      actor: 'oscar',
      reason: 'again',
      version: 'v1.0.0',
    });
    await world.until('restore-2', 'AwaitRestoreApproval');
    expect(await clean()).toEqual({ deleted: [] });

    await world.approve('restore-2');
    await world.rest(3 * HOUR);
    expect(world.record('restore-2')).toMatchObject({ outcome: 'restored' });
    await clean();
    expect(copies()).toEqual([]);
  });
});

test('a copy in a region that does not answer ends a restore with that', async () => {
  world.databaseSnapshots.gone.set(recoveryPoint, 'AbortError');
  on.start({}, { recoveryPoint });
  await world.rest(HOUR);

  const reason = expect.stringContaining('RDS in eu-west-1 does not answer within 15 s');
  expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason });
});

test('a copy that failed is in the way of another one, and the reason says how to get it out of it', async () => {
  world.snapshotsAt = new Date(Date.parse(on.time));
  world.databaseSnapshots.copyingFails = true;
  await on.restore({}, { recoveryPoint });

  const [copy] = [...world.databaseSnapshots.copies.keys()];
  expect(world.record(NAME)).toMatchObject({
    outcome: 'failed',
    reason: expect.stringContaining(`aws rds delete-db-snapshot --db-snapshot-identifier ${copy}`),
  });
  // Or it is asked for again on the next day.
  expect(await world.call('clean-snapshots', {})).toEqual({ deleted: [copy] });
});
