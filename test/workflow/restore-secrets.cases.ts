import { type Role, ROLES } from '../../lambda/rotate-secret/rotate';
import { HOUR, NAME, Restorable } from './cloud/restorable';
import type { World } from './cloud/world';

let on: Restorable;
let world: World;
beforeEach(async () => {
  on = await Restorable.open();
  ({ world } = on);
});
afterEach(() => world.close());

/** Secrets Manager asks again for the steps of a rotation that failed. */
async function rotateFully(role: Role): Promise<void> {
  const rotation = world.secrets.begin(role, world.users);
  for (;;) {
    try {
      return await rotation.to('finishSecret');
    } catch {
      await world.rest(5 * 60_000);
    }
  }
}

/** @throws Error unless the database takes what every secret says */
async function everybodySignsIn(): Promise<void> {
  const find = (role: Role) => world.secrets.value(role, 'AWSCURRENT')!;
  // The administrator's is set again by whoever signs in as it next, which is whoever rotates next.
  await world.users.prepare({ ...find('verifier'), username: 'somebody' });
  for (const role of ROLES) await world.users.test(find(role));
}

describe.each(['administrator', 'application', 'verifier'] as const)('the secret of the %s that rotates', (role) => {
  test.each([
    'RestoreInstance',
    'MendUsers',
    'ValidateRestored',
    'BeginMaintenance',
    'SwitchDatabase',
    'MendSwitched',
    'ValidateSwitched',
    'RollTasks',
  ])('at %s does a restore no harm', async (at) => {
    await on.until(at);
    // RDS has taken the password by now, where it is about that.
    await world.rest(at === 'RestoreInstance' ? 12 * 60_000 : 5);

    await rotateFully(role);
    await world.rest(3 * HOUR);

    expect(world.record(NAME)).toMatchObject({ outcome: 'restored' });
    await everybodySignsIn();
  });

  test('in the new database opens the old one, too, when that is given back', async () => {
    await on.until('RollTasks');
    await rotateFully(role);
    for (const fleet of Object.values(world.fleets.services)) fleet.healthy = 0;
    await world.rest(3 * HOUR);

    expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('healthy') });
    expect(world.instances.find('database')).toBe(on.old);
    expect(world.route?.maintenance).toBe('off');
    await everybodySignsIn();
  });

  test('in the old database, and ends when the new one is there, opens the new one', async () => {
    await on.until('BeginMaintenance');
    const rotation = world.secrets.begin(role, world.users);
    await rotation.to('testSecret');
    await world.until(NAME, 'ValidateSwitched');
    await world.secrets.makeCurrent(role, 'v1');
    await world.rest(3 * HOUR);

    expect(world.record(NAME)).toMatchObject({ outcome: 'restored' });
    await everybodySignsIn();
  });
});

test('users of the old database that nobody can mend keep viewers out for minutes, and not for ever', async () => {
  world.interfere({
    matches: ({ handler, operation }) => handler === 'recover-restore' && operation === 'Invoke',
    fault: 'denied',
    times: Infinity,
  });
  await on.until('RollTasks');
  await world.call('operate', { action: 'cancel', release: NAME, by: 'oscar', reason: 'wrong time' });
  for (let sweep = 0; sweep < 10; sweep++) {
    await world.rest(5 * 60_000);
    await world.call('recover-restore', { sweep: true }).catch(() => undefined);
  }

  expect(world.instances.find('database')).toBe(on.old);
  expect(world.route?.maintenance).toBe('off');
  expect(world.record(NAME)).toMatchObject({
    outcome: 'canceled',
    reason: expect.stringMatching(/AccessDenied.* invoke the function rotate-secret with "mendUsersOf"/),
  });
});

test('the administrator’s secret that rotates twice meanwhile ends a restore before viewers notice, with what to do', async () => {
  await on.until('MendUsers');
  await rotateFully('administrator');
  await rotateFully('administrator');
  await world.rest(3 * HOUR);

  const reason = expect.stringMatching(
    /takes none of the passwords .* of greenroom_admin .*A restore is asked for again/,
  );
  expect(world.record(NAME)).toMatchObject({ outcome: 'failed', reason });
  expect(world.instances.find('database')).toBe(on.old);
  expect(on.event('BeginMaintenance')).toBeUndefined();
});
