import { setTimeout as sleep } from 'node:timers/promises';
import { inWords, observe, sameRouteAndTurn } from '../aws/drift';
import { readState, writeState } from '../aws/environment-state';
import { recordEvidence } from '../aws/ledger';
import { notify } from '../aws/notify';
import { deregister } from '../aws/revisions';
import { resumeScaling, startScaling, stopScaling } from '../aws/scaling';
import { step } from '../aws/step';
import {
  compareReports,
  driftKey,
  findDrift,
  type Difference,
  type DriftMend,
  type DriftReport,
} from '../domain/drift';

/** Longer than what a revert or a retirement needs between its route and what follows. */
const SECOND_LOOK_MS = 10_000;

/** Why the guard looks: `schedule`, or the ARN of a stack that was deployed. */
interface CheckDriftEvent {
  readonly trigger: string;
}

/**
 * CheckDrift: on a schedule and after every deployment of a stack, what runs is compared with what route and ledger say.
 * Differences that can be mended without any effect on viewers are mended; people are told of new ones, once.
 */
export const handler = step(async ({ trigger }: CheckDriftEvent): Promise<DriftReport> => {
  const last = await readState('drift');
  const found = await observe();
  const before = await lasting(findDrift(found));
  const mended: string[] = [];
  for (const difference of before) {
    const { safely } = difference;
    if (safely === undefined || !(await sameRouteAndTurn(found))) continue;
    try {
      await mend(safely);
      mended.push(inWords(difference));
    } catch (error) {
      // It stands, and people are told what to do about it.
      console.error(`${difference.name} could not be mended: ${String(error)}`);
    }
  }
  const differences = mended.length > 0 ? findDrift(await observe()) : before;
  const now = new Date();
  const { appeared, gone, tell } = compareReports(last, differences, now);
  if (appeared.length + gone.length + mended.length > 0) {
    const detail = { trigger, appeared: appeared.map(inWords), gone: gone.map(inWords), mended };
    await recordEvidence('drift', trigger, now.toISOString(), detail);
  }
  if (tell || mended.length > 0) await tellPeople(differences, mended, now);
  const toldAt = tell ? now.toISOString() : last?.toldAt;
  const report: DriftReport = { checkedAt: now.toISOString(), trigger, differences, mended, ...(toldAt && { toldAt }) };
  await writeState('drift', report);
  return report;
});

/** A revert or a retirement at this very moment is no difference: only what is seen twice counts. */
async function lasting(seen: readonly Difference[]): Promise<Difference[]> {
  if (seen.length === 0) return [];
  await sleep(SECOND_LOOK_MS);
  const again = new Set(findDrift(await observe()).map(driftKey));
  return seen.filter((difference) => again.has(driftKey(difference)));
}

async function mend(act: DriftMend): Promise<void> {
  switch (act.act) {
    case 'deregister':
      return deregister(act.taskDefinition);
    case 'start-scaling':
      return startScaling(act.color);
    case 'resume-scaling':
      return resumeScaling(act.color);
    case 'stop-scaling':
      return stopScaling(act.color);
  }
}

async function tellPeople(differences: readonly Difference[], mended: readonly string[], now: Date): Promise<void> {
  const dangerous = differences.filter(({ severity }) => severity === 'dangerous').length;
  const subject =
    differences.length === 0
      ? `${mended.length} difference(s) mended`
      : `${differences.length} difference(s) between route, fleets and ledger, ${dangerous} dangerous`;
  await notify(`drift:${now.toISOString()}`, subject, { differences: differences.map(inWords), mended });
}
