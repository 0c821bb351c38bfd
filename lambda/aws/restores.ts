import type { Color } from '../domain/color';
import { ReleaseError } from '../domain/errors';
import { nextReturn } from '../domain/instance-switch';
import type { ReleaseEnd } from '../domain/release';
import { setMaintenance } from '../domain/route';
import { confirmAtEdge } from './edge';
import { writeState } from './environment-state';
import { describeFleet, restartFleet } from './fleet';
import { describeInstance, renameInstance, setGroups, viewInstances } from './instances';
import { addEvent, readRecord } from './ledger';
import { mendUsersOf } from './invoke-mend-users';
import { closeSwitch, markUnmended, movePhase, readMark, type RestoreMark } from './restore-mark';
import { listEvents } from './release-events';
import { changeRoute, readRoute } from './route-store';

/**
 * From the moment that the mark says `serving`, the new database is the application's: what comes after, CompleteRestore
 * or its recovery finishes, and nothing takes it back. Every act may be repeated.
 *
 * @throws ReleaseError RevertedMeanwhile when recovery has begun to go back
 */
export async function finishRestore(release: string): Promise<RestoreMark> {
  const mark = await movePhase(release, 'switching', 'serving');
  if (mark?.release !== release || (mark.phase !== 'serving' && mark.phase !== 'served')) {
    throw new ReleaseError('RevertedMeanwhile', `${release} is being taken back, the old database gets its name again`);
  }
  if (mark.phase === 'served') return mark;
  await openEdge(mark);
  const record = await readRecord(release);
  await writeState('hold', {
    reason: `${release} restored the database; what waited may have been made for other data`,
    by: record?.actor ?? release,
    at: new Date().toISOString(),
  });
  await addEvent(release, 'CompleteRestore', { kept: mark.names.before });
  return (await movePhase(release, 'serving', 'served')) as RestoreMark;
}

/**
 * Recovery of a restore: the application's database is the old one again, whole and open, or, where the new one serves
 * already, the restore is finished. Renaming takes minutes, so that it throws Transient until everything is in place.
 *
 * @returns how the restore ended after all; undefined when it ends as it was going to
 */
export async function withdrawRestore(release: string): Promise<ReleaseEnd | undefined> {
  const mark = await movePhase(release, 'switching', 'returning');
  if (mark?.release !== release) {
    const closed = await closeSwitch(release);
    // Another restore's switch goes on: a late step of this one finds that.
    if (closed.release !== release || closed.phase === 'returned') return undefined;
    return withdrawRestore(release);
  }
  // A step that outlives its execution began the switch between the two looks at the mark.
  if (mark.phase === 'switching') return withdrawRestore(release);
  if (mark.phase === 'serving' || mark.phase === 'served') {
    await finishRestore(release);
    return { outcome: 'restored', reason: `finished by recovery; ${mark.names.before} is kept` };
  }
  if (mark.phase === 'returning') {
    await returnDatabase(mark);
    if (mark.renamed) {
      await mendReturned(mark);
      for (const color of await coloredFleets()) await restartFleet(color);
    }
    await openEdge(mark);
    await movePhase(release, 'returning', 'returned');
  }
  return undefined;
}

/** The new instance of a restore that never got the application's name; and users that nobody could mend. */
export async function leftByRestore(release: string): Promise<string | undefined> {
  const plan = (await listEvents(release)).find(({ event }) => event === 'PlanRestore');
  const name = plan?.restored === undefined ? undefined : String(plan.restored);
  const left: string[] = [];
  const mark = await readMark();
  if (mark?.release === release && mark.unmended !== undefined) {
    left.push(
      `whether the database takes today's passwords is not certain (${mark.unmended.why}): if tasks are refused, invoke the function rotate-secret with "mendUsersOf" (docs/disasters.md)`,
    );
  }
  if (name !== undefined && (await describeInstance(name)) !== null) {
    left.push(`the instance ${name} is left, and costs until somebody deletes it`);
  }
  return left.length === 0 ? undefined : left.join('; ');
}

/** Recovery is asked again after seconds first, then minutes. */
const MEND_ATTEMPTS = 6;

/**
 * A secret that rotated while the restored database had the name has a password that the old one never heard of. Nearly
 * always none did, so that viewers do not wait for ever for what cannot be mended.
 *
 * @throws ReleaseError Transient when it is worth another attempt
 */
async function mendReturned({ release, names, unmended }: RestoreMark): Promise<void> {
  if ((unmended?.attempts ?? 0) >= MEND_ATTEMPTS) return;
  try {
    await mendUsersOf(names.main);
  } catch (error) {
    const why = (error as Error).message;
    await markUnmended(release, { attempts: (unmended?.attempts ?? 0) + 1, why });
    throw new ReleaseError('Transient', `the users of ${names.main} are not what their secrets say yet: ${why}`);
  }
}

/** One call at most each time; whoever calls is asked again. @throws ReleaseError Transient while it is under way */
async function returnDatabase({ release, names, pair, groups }: RestoreMark): Promise<void> {
  const next = nextReturn(await viewInstances(names), pair);
  switch (next.act) {
    case 'done':
      return;
    case 'lost':
      throw new ReleaseError('RestoreFailed', `${release} cannot give the old database its name back: ${next.reason}`);
    case 'rename':
      await renameInstance(names[next.from], names[next.to], false, next.to === 'main' ? groups : undefined);
      break;
    case 'unfence':
      await setGroups(names.main, groups);
  }
  const reason = 'reason' in next ? next.reason : 'the instances are being renamed';
  throw new ReleaseError('Transient', `${release} gives the old database its name back: ${reason}`);
}

/** Always a write: a BeginMaintenance that outlives its execution then fails its compare-and-set and asks the mark. */
async function openEdge({ maintenance }: RestoreMark): Promise<void> {
  if (maintenance === null) return;
  const { epoch } = await changeRoute(setMaintenance(maintenance), null);
  await confirmAtEdge(epoch);
}

/** Colors with tasks that use the database. */
export async function coloredFleets(): Promise<Color[]> {
  const route = await readRoute();
  const colors = route === null ? [] : [route.live, ...(route.standby === null ? [] : [route.standby])];
  const sizes = await Promise.all(colors.map(describeFleet));
  return colors.filter((_, index) => (sizes[index]?.desired ?? 0) > 0);
}
