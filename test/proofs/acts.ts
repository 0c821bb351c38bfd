import { marshall } from '@aws-sdk/util-dynamodb';
import { CHANGELOG_REFERENCE, type RecordedWorld } from './recorded-world';

export const HOUR = 3_600_000;
export const BROKEN = { by: 'oscar', reason: 'broken' };
export const by = (handler: string, operation: string) => (call: { handler: string; operation: string }) =>
  call.handler === handler && call.operation === operation;

/** A release that waits for approval on the idle color, green. */
export async function waiting(world: RecordedWorld, version: string): Promise<void> {
  world.release(version);
  await world.until(version, 'AwaitApproval');
  await world.rest(2_000);
}

export async function queued(world: RecordedWorld, version: string): Promise<void> {
  world.release(version);
  await world.rest(60_000);
}

export async function askedAgain(world: RecordedWorld, answer: object): Promise<void> {
  world.interfere({ matches: by('await-approval', 'Publish'), fault: 'throttled' });
  world.release('v1.2.0');
  await world.clock.pass(() => world.ledger.read('release#v1.2.0', 'approval') !== undefined);
  await world.rest(500);
  await world.call('decide', { release: 'v1.2.0', by: 'quinn', ...answer }).catch(() => undefined);
  await world.rest(HOUR);
}

/** Somebody scaled the fleet by hand, or a stop of its scaling did not come through. */
export function scales(world: RecordedWorld, color: 'BLUE' | 'GREEN'): void {
  world.fleets.targets[process.env[`${color}_SERVICE`]!] = { min: 2, max: 6, suspended: false };
}

/** A revision that a release registered, and that no fleet runs. */
export function leftRevision(world: RecordedWorld, family: string): void {
  void world.fleets.operations.RegisterTaskDefinition({
    family,
    containerDefinitions: [{ name: 'app', image: 'left' }],
    tags: [{ key: 'greenroom:release', value: 'v0.9.0' }],
  });
}

/** An execution of the migration machine: the world runs no second machine, so that its steps are called one by one. */
function migrationExecution(world: RecordedWorld) {
  const arn = `${process.env.MIGRATION_MACHINE_ARN!.replace(':stateMachine:', ':execution:')}:migrate-1`;
  world.executions.all.push({ arn, name: 'migrate-1', input: {}, status: 'RUNNING', state: '', path: [] });
  return { arn, name: 'migrate-1', startedAt: new Date(world.clock.read()).toISOString() };
}

const MIGRATION = { version: 'v1.1.0', actor: 'dana', reason: 'by hand', action: 'update' };

/** A migration asks for the turn. @returns what its machine passes to the steps after it */
export async function migrationWaits(world: RecordedWorld, wish: object = {}) {
  const request = { ...MIGRATION, ...wish };
  const execution = migrationExecution(world);
  const opened = await world.call('open-migration', { request, execution });
  const state = { request, execution, release: { ...opened, changelog: CHANGELOG_REFERENCE } };
  await world.call('await-turn', { state, token: MIGRATION_TOKEN });
  return state;
}

/** The steps of the migration machine, one after the other; those of the database find nobody there. */
export async function migration(world: RecordedWorld, wish: object): Promise<void> {
  const state = await migrationWaits(world, wish);
  for (const step of ['plan-migrations', 'migrate', 'verify-migration', 'roll-back', 'release-locks']) {
    await world.call(step, state).catch(() => undefined);
  }
  await queued(world, 'v1.2.0');
  // The next one is dead when the turn comes to it, and nobody has heard of it.
  world.eventsArrive = false;
  await world.call('operate', { action: 'cancel', release: 'v1.2.0', by: 'oscar', reason: 'wrong' });
  leaveUntold(world);
  await world.call('complete-migration', state);
  await world.rest(60_000);
}

/** An execution of the restore machine that goes nowhere: its steps are called one by one. */
function restoreExecution(world: RecordedWorld) {
  const name = 'restore-9';
  const arn = `${process.env.RESTORE_MACHINE_ARN!.replace(':stateMachine:', ':execution:')}:${name}`;
  world.executions.all.push({ arn, name, input: {}, status: 'RUNNING', state: '', path: [] });
  return { arn, name, startedAt: new Date(world.clock.read()).toISOString() };
}

/** A restore asks for the turn; nobody waits with its token. */
export async function restoreWaits(world: RecordedWorld): Promise<void> {
  const execution = restoreExecution(world);
  const time = new Date(world.clock.read() - 10 * 60_000).toISOString();
  const request = { source: { time }, version: 'v1.0.0', actor: 'oscar', reason: 'rows are gone' };
  const release = await world.call('open-restore', { request, execution });
  await world.call('await-turn', { state: { request, execution, release }, token: 'token-0-restore-9-AwaitTurn' });
}

const MIGRATION_TOKEN = 'token-0-migrate-1-AwaitTurn';

/** Notices that their writer died with: whoever has the turn next tells them. */
export function leaveUntold(world: RecordedWorld): void {
  const startedAt = new Date(world.clock.read()).toISOString();
  const [release] = world.executions.all;
  const claim = { release: release!.name, execution: release!.arn, kind: 'release', startedAt };
  const migrate = { ...claim, execution: migrationExecution(world).arn, kind: 'migration' };
  const restore = { ...claim, execution: restoreExecution(world).arn, kind: 'restore' };
  void world.ledger.operations.Put({
    Item: {
      ...world.turn(),
      pk: 'environment',
      sk: 'turn',
      untold: [
        { claim: { ...claim, token: 'token-0-v1.0.0-AwaitTurn' }, error: 'Superseded', reason: 'by a newer one' },
        { claim: { ...migrate, token: MIGRATION_TOKEN }, error: 'Superseded', reason: 'by a newer one' },
        { claim, error: 'RevertedMeanwhile', reason: 'reverted' },
        { claim: migrate, error: 'RevertedMeanwhile', reason: 'reverted' },
        { claim: restore, error: 'RevertedMeanwhile', reason: 'reverted' },
      ],
    },
  });
}

/** What happened to the ledger so far, as its stream hands it to Lambda. */
export function streamOf(world: RecordedWorld): object {
  const image = (item: object | undefined) => item && marshall(item, { removeUndefinedValues: true });
  return {
    Records: world.ledger.changes.map(({ before, after }, index) => ({
      eventID: String(index),
      dynamodb: {
        ApproximateCreationDateTime: world.clock.read() / 1000,
        OldImage: image(before),
        NewImage: image(after),
      },
    })),
  };
}
