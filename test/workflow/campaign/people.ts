import type { Simulation } from '../cloud/simulation';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** Errors that say what is wrong with what somebody asks for: asking again is no use. */
const DEFINITE = ['InvalidRelease', 'ApprovalVoid', 'NothingToRevertTo', 'RevertFloor', 'RouteConflict'];

/** Somebody who asks again, a minute later, until there is an answer. @returns the answer, or undefined when it is no */
// oxlint-disable-next-line typescript/no-explicit-any -- each function has its own answer
export async function insist(world: Simulation, folder: string, request: object): Promise<any> {
  for (let time = 0; time < 60; time++) {
    try {
      return await world.call(folder, request);
    } catch (error) {
      if (DEFINITE.includes((error as Error).name)) return undefined;
      await world.rest(MINUTE);
    }
  }
  return undefined;
}

/** Lets time pass until a release stands in a state, or has ended. @returns whether it stands there */
export async function reaches(world: Simulation, name: string, state: string): Promise<boolean> {
  const execution = () => world.execution(name);
  await world.clock.pass(() => execution()?.state === state || execution()?.status !== 'RUNNING', 24 * HOUR);
  return execution()?.status === 'RUNNING' && execution()?.state === state;
}

/** QA decides once they are asked, and again when the release asks again. */
export async function decide(world: Simulation, release: string, decision: 'approve' | 'reject'): Promise<void> {
  const reason = decision === 'reject' ? 'ugly' : undefined;
  while (await reaches(world, release, 'AwaitApproval')) {
    await world.rest(MINUTE);
    if (world.ledger.read(`release#${release}`, 'approval') === undefined) continue;
    await insist(world, 'decide', { release, decision, by: 'quinn', reason });
    await world.rest(MINUTE);
  }
}

/** QA approves beside whatever else goes on, however often they have to. */
export async function approveBeside(world: Simulation, release: string): Promise<void> {
  while (world.execution(release)?.status === 'RUNNING') {
    await world.clock.sleep(MINUTE);
    if (world.execution(release)?.state !== 'AwaitApproval') continue;
    await world.invoke('decide', { release, decision: 'approve', by: 'quinn' }).catch(() => undefined);
  }
}

/** Lets time pass until nothing is under way. */
export async function over(world: Simulation, atMost = 12 * HOUR): Promise<void> {
  await world.clock.pass(() => world.idle(), atMost);
}

/** Lets time pass until nothing is under way, and what AWS asks by itself has looked at it: sweep and drift guard. */
export async function toRest(world: Simulation): Promise<void> {
  await over(world);
  await world.rest(16 * MINUTE);
}

/** A release from its tag to a state, approved whenever it asks. */
export async function comesTo(world: Simulation, version: string, state: string): Promise<void> {
  world.release(version);
  void approveBeside(world, version);
  await reaches(world, version, state);
}

/** A release from its tag to its end, approved. */
export async function released(world: Simulation, version: string): Promise<void> {
  world.release(version);
  await decide(world, version, 'approve');
  await over(world);
}

export const cancel = (world: Simulation, release: string) =>
  insist(world, 'operate', { action: 'cancel', release, by: 'oscar', reason: 'wrong' });

/** @param reason another one says that this is another revert */
export const revert = (world: Simulation, reason = 'broken', by = 'oscar') => insist(world, 'revert', { by, reason });
