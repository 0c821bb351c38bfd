import { endRecord } from '../aws/ledger';
import { finishRestore } from '../aws/restores';
import { step } from '../aws/step';
import { tellEnd } from '../aws/tell-end';
import { leaveTurn } from '../aws/turns';
import { ReleaseError } from '../domain/errors';
import type { ReleaseEnd } from '../domain/release';
import { minutesBetween, type RestorePlan, type RestoreState } from '../domain/restore';

/**
 * CompleteRestore: viewers are let in again, on the restored data; ledger, people, and the turn is free. New releases
 * are held until somebody resumes the environment. Of a dry run only the plan is told.
 */
export const handler = step(async ({ release, restore, request, maintenance }: RestoreState): Promise<ReleaseEnd> => {
  const { time, releases, names, refused, ...planned } = restore as RestorePlan;
  // While people decided and RDS worked, viewers went on writing into the old database.
  const lostMinutes = maintenance === undefined ? planned.lostMinutes : minutesBetween(time, maintenance.at);
  const what = `to ${time}: ${lostMinutes} min of writes and ${releases.length} later releases or migrations are not in it`;
  if (!release.dryRun) await finishRestore(release.id);
  const end: ReleaseEnd = release.dryRun
    ? {
        outcome: 'planned',
        reason: `a dry run: nothing was done; it would ${refused ? `be refused: ${refused}` : `go ${what}`}`,
      }
    : { outcome: 'restored', reason: `${what}; the old instance is kept as ${names.before}: ${request.reason}` };
  const record = await endRecord(release.id, end.outcome, end.reason);
  if (record.outcome !== end.outcome) {
    throw new ReleaseError('RevertedMeanwhile', record.stop?.reason ?? `${release.id} ended as ${record.outcome}`);
  }
  await tellEnd(record);
  await leaveTurn(release.id);
  return end;
});
