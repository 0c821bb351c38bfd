import type { Simulation } from '../cloud/simulation';
import { approveBeside, HOUR, MINUTE, reaches } from './people';

/** What somebody was told: `done`, or the error’s name and message. */
export type Told = string;
export const DONE: Told = 'done';

/** Two who act on one environment in the same second: v1.0.0 is the standby on green, v1.1.0 live on blue. */
export interface Meeting {
  /** Before the first one acts. */
  readonly prepare?: (world: Simulation) => Promise<unknown>;
  /** The handler at whose calls the second one comes. */
  readonly at: string;
  /** The first act. @default - the workflow comes to it by itself */
  readonly first?: (world: Simulation) => Promise<Told>;
  readonly second: (world: Simulation) => Promise<Told>;
  /** What must hold of the end beside the promises, given what the two were told. */
  readonly holds: (world: Simulation, told: { readonly first: Told; readonly second: Told }) => boolean;
}

const NEXT = 'v1.2.0';

const ask =
  (folder: string, request: object) =>
  (world: Simulation): Promise<Told> =>
    world.invoke(folder, request).then(
      () => DONE,
      ({ name, message }: Error) => `${name}: ${message}`,
    );
const revert = (by: string, more: object = {}) => ask('revert', { by, reason: `seen by ${by}`, ...more });
const cancel = ask('operate', { action: 'cancel', release: NEXT, by: 'olga', reason: 'wrong' });
const resume = ask('operate', { action: 'resume', by: 'olga' });
const maintenance = ask('operate', { action: 'maintenance', maintenance: 'read-only', by: 'olga', reason: 'disk' });
const decide = (decision: string, by: string) => ask('decide', { release: NEXT, decision, by, reason: 'ugly' });
const retire = async (world: Simulation) => (await world.deliver('retire-idle', world.schedules.at(-1)!.input), DONE);
const tag = async (world: Simulation) => (world.release(NEXT), DONE);

/** A release that comes as far as a state, approved where it has to be. */
const releaseAt = (state: string) => async (world: Simulation) => {
  world.release(NEXT);
  if (state !== 'AwaitApproval') void approveBeside(world, NEXT);
  await reaches(world, NEXT, state);
  if (state === 'AwaitApproval') await world.rest(MINUTE);
};
/** Nothing is warm any more. */
const retired = async (world: Simulation) => {
  await world.rest(2 * HOUR);
};
const reverted = async (world: Simulation) => {
  void revert('oscar')(world);
  await world.rest(MINUTE);
};

/** A revert with nothing warm, as far as a state. */
const coldRevertAt = (state: string) => async (world: Simulation) => {
  await retired(world);
  void revert('oscar')(world);
  await world.clock.pass(() => world.executions.all.at(-1)?.name.startsWith('revert-') === true);
  await reaches(world, world.executions.all.at(-1)!.name, state);
};
const cancelRevert = (world: Simulation) =>
  ask('operate', { action: 'cancel', release: world.executions.all.at(-1)!.name, by: 'olga', reason: 'wrong' })(world);

/** The release that viewers get. */
export const servedBy = ({ route }: Simulation) => String(route!.releases[route!.live]);
const runs = (world: Simulation, release: RegExp) => release.test(servedBy(world));
export const outcome = (world: Simulation, name = NEXT) => world.record(name)?.outcome;

/** Who is told that it was canceled finds it canceled; who is not finds it otherwise. */
const canceledAsTold = (world: Simulation, told: Told) => (outcome(world) === 'canceled') === (told === DONE);
/** A decision that counts led to its end, or somebody else stopped the release; one that does not led nowhere. */
const approvedAsTold = (world: Simulation, told: Told) =>
  told === DONE ? outcome(world) !== 'rejected' : outcome(world) !== 'released';

export const MEETINGS: Readonly<Record<string, Meeting>> = {
  'a revert, while the standby is retired': {
    at: 'retire-idle',
    first: retire,
    second: revert('oscar'),
    holds: (world, { second }) => second === DONE && runs(world, /v1\.0\.0/),
  },
  'a retirement, while somebody reverts': {
    at: 'revert',
    first: revert('oscar'),
    second: retire,
    holds: (world, { first }) => first === DONE && runs(world, /v1\.0\.0/),
  },
  'two reverts and their retirement': {
    at: 'retire-idle',
    first: retire,
    second: async (world) => `${await revert('oscar')(world)} ${await revert('otto')(world)}`,
    // Whoever was reverted to last has a revert window of its own.
    holds: (world, { second }) => second === 'done done' && world.route!.standby !== null,
  },
  'a release, while the standby is retired': {
    at: 'retire-idle',
    first: retire,
    second: tag,
    holds: (world) => outcome(world) === 'released',
  },
  'a retirement, while a release claims the color': {
    prepare: releaseAt('DeployIdle'),
    at: 'deploy-idle',
    second: retire,
    holds: (world) => outcome(world) === 'released',
  },
  'a cancel, while traffic is shifted': {
    prepare: releaseAt('ShiftTraffic'),
    at: 'shift-traffic',
    second: cancel,
    holds: (world, { second }) => second === DONE && outcome(world) === 'canceled' && runs(world, /^v1\.1\.0$/),
  },
  'a revert, while traffic is shifted': {
    prepare: releaseAt('ShiftTraffic'),
    at: 'shift-traffic',
    second: revert('oscar'),
    holds: (world, { second }) => second === DONE && !runs(world, /v1\.2\.0/),
  },
  'maintenance, while traffic is shifted': {
    prepare: releaseAt('ShiftTraffic'),
    at: 'shift-traffic',
    second: maintenance,
    holds: (world, { second }) => second === DONE && outcome(world) === 'released',
  },
  'a cancel, while the release completes': {
    prepare: releaseAt('CompleteRelease'),
    at: 'complete-release',
    second: cancel,
    holds: (world, { second }) =>
      canceledAsTold(world, second) && runs(world, second === DONE ? /^v1\.1\.0$/ : /^v1\.2\.0$/),
  },
  'a revert, while the release completes': {
    prepare: releaseAt('CompleteRelease'),
    at: 'complete-release',
    second: revert('oscar'),
    holds: (world, { second }) => second === DONE && runs(world, /^v1\.1\.0$/),
  },
  'a cancel, while somebody approves': {
    prepare: releaseAt('AwaitApproval'),
    at: 'decide',
    first: decide('approve', 'quinn'),
    second: cancel,
    holds: (world, { first, second }) => approvedAsTold(world, first) && canceledAsTold(world, second),
  },
  'an approval, while somebody cancels': {
    prepare: releaseAt('AwaitApproval'),
    at: 'operate',
    first: cancel,
    second: decide('approve', 'quinn'),
    holds: (world, { first, second }) => approvedAsTold(world, second) && canceledAsTold(world, first),
  },
  'a rejection, while somebody approves': {
    prepare: releaseAt('AwaitApproval'),
    at: 'decide',
    first: decide('approve', 'quinn'),
    second: decide('reject', 'rosa'),
    holds: (world, { first, second }) =>
      (first === DONE) !== (second === DONE) && outcome(world) === (first === DONE ? 'released' : 'rejected'),
  },
  'a revert, while somebody approves': {
    prepare: releaseAt('AwaitApproval'),
    at: 'decide',
    first: decide('approve', 'quinn'),
    second: revert('oscar'),
    holds: (world, { second }) => second === DONE && runs(world, /v1\.0\.0/) && outcome(world) !== 'released',
  },
  'a cancel, while somebody reverts': {
    prepare: releaseAt('Bake'),
    at: 'revert',
    first: revert('oscar'),
    second: cancel,
    holds: (world, { first }) =>
      first === DONE && runs(world, /^v1\.1\.0$/) && /^(canceled|reverted)$/.test(String(outcome(world))),
  },
  'a revert, while somebody cancels': {
    prepare: releaseAt('Bake'),
    at: 'operate',
    first: cancel,
    second: revert('oscar'),
    holds: (world, { second }) => second === DONE && !runs(world, /v1\.2\.0/),
  },
  'a resume, while somebody reverts': {
    prepare: reverted,
    at: 'revert',
    first: revert('otto', { from: 'v1.0.0' }),
    second: resume,
    holds: (world, { first, second }) => first === DONE && second === DONE && runs(world, /^v1\.1\.0$/),
  },
  'a second revert away from the same': {
    at: 'revert',
    first: revert('oscar', { from: 'v1.1.0' }),
    second: revert('otto', { from: 'v1.1.0' }),
    holds: (world, { first, second }) => first === DONE && second === DONE && runs(world, /^v1\.0\.0$/),
  },
  'two cold reverts': {
    prepare: retired,
    at: 'revert',
    first: revert('oscar'),
    second: revert('otto'),
    holds: (world, { first, second }) => first === DONE && second === DONE && runs(world, /v1\.0\.0/),
  },
  'a release, while somebody reverts': {
    at: 'revert',
    first: revert('oscar'),
    second: tag,
    holds: (world, { first }) => first === DONE && runs(world, /v1\.0\.0/) && outcome(world) !== 'released',
  },
  'a revert, while a tag begins its release': {
    prepare: tag,
    at: 'await-turn',
    second: revert('oscar'),
    holds: (world, { second }) => second === DONE && runs(world, /v1\.0\.0/),
  },
  'a revert, while the cutover is prepared': {
    prepare: releaseAt('PrepareCutover'),
    at: 'prepare-cutover',
    second: revert('oscar'),
    holds: (world, { second }) => second === DONE && !runs(world, /v1\.2\.0/),
  },
  'a revert, while the sweep follows one up': {
    prepare: async (world) => {
      await reverted(world);
      await world.rest(7 * MINUTE);
    },
    at: 'recover-release',
    first: ask('recover-release', { sweep: true }),
    second: revert('otto'),
    holds: (world, { second }) => second === DONE && runs(world, /^v1\.1\.0$/),
  },
  'a revert, while a release claims the color': {
    prepare: releaseAt('DeployIdle'),
    at: 'deploy-idle',
    second: revert('oscar'),
    holds: (world, { second }) => second === DONE && runs(world, /v1\.0\.0/) && outcome(world) !== 'released',
  },
  'a cancel, while a release claims the color': {
    prepare: releaseAt('DeployIdle'),
    at: 'deploy-idle',
    second: cancel,
    holds: (world, { second }) => second === DONE && outcome(world) === 'canceled' && runs(world, /^v1\.1\.0$/),
  },
  'a revert, while the smoke test opens the preview': {
    prepare: releaseAt('SmokeTest'),
    at: 'smoke-test',
    second: revert('oscar'),
    holds: (world, { second }) => second === DONE && runs(world, /v1\.0\.0/),
  },
  'an approval, while the question is put': {
    prepare: releaseAt('SmokeTest'),
    at: 'await-approval',
    second: decide('approve', 'rosa'),
    holds: (world) => outcome(world) === 'released',
  },
  'a cancel of a cold revert, while it claims the color': {
    prepare: coldRevertAt('DeployIdle'),
    at: 'deploy-idle',
    second: cancelRevert,
    holds: (world, { second }) => second === DONE && runs(world, /^v1\.1\.0$/),
  },
  'a cancel of a cold revert, while it shifts': {
    prepare: coldRevertAt('ShiftTraffic'),
    at: 'shift-traffic',
    second: cancelRevert,
    holds: (world, { second }) => second === DONE && runs(world, /^v1\.1\.0$/),
  },
  'a tag, while a release is taken back': {
    prepare: async (world) => {
      await releaseAt('Bake')(world);
      void cancel(world);
    },
    at: 'recover-release',
    second: async (world) => (world.release('v1.3.0'), DONE),
    holds: (world) => outcome(world) === 'canceled' && outcome(world, 'v1.3.0') === 'released',
  },
  'a revert, while the drift guard looks and mends': {
    prepare: async (world) => {
      delete world.fleets.targets.blue;
    },
    at: 'check-drift',
    first: ask('check-drift', { trigger: 'stack' }),
    second: revert('oscar'),
    holds: (world, { second }) => second === DONE && runs(world, /^v1\.0\.0$/),
  },
  'a revert, while recovery takes a release back': {
    prepare: async (world) => {
      await releaseAt('Bake')(world);
      world.ringing.add('green');
      await reaches(world, NEXT, 'RecoverRelease');
    },
    at: 'recover-release',
    second: revert('oscar'),
    holds: (world, { second }) => second === DONE && !runs(world, /v1\.2\.0/),
  },
};
