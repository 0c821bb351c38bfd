import { readState } from '../aws/environment-state';
import { describeSnapshot, requireInstance } from '../aws/instances';
import { addEvent, listRecords } from '../aws/ledger';
import { listEvents } from '../aws/release-events';
import { momentOf, ownRegion } from '../aws/restore-source';
import { setting } from '../aws/settings';
import { step } from '../aws/step';
import { ReleaseError } from '../domain/errors';
import {
  instanceNames,
  minutesBetween,
  type PastRelease,
  releasesSince,
  resolveSource,
  type RestorePlan,
  type RestoreState,
} from '../domain/restore';

/** Records that are looked through, and as many of what they lose as an execution's data may hold. */
const RECORDS = 200;
const TOLD = 20;

/** PlanRestore: what will be lost is known, and said, before anything happens. It only reads. */
export const handler = step(async ({ request, release }: RestoreState): Promise<RestorePlan> => {
  const instance = await requireInstance(setting('DATABASE_INSTANCE_ID'));
  const source = resolveSource(request.source, ownRegion());
  const time = await momentOf(request.source, instance, describeSnapshot);
  const since = releasesSince(await listRecords(RECORDS), time).filter(({ id }) => id !== release.id);
  const applied = new Map<string, number>();
  for (const { id } of since.slice(0, TOLD)) applied.set(id, await appliedBy(id));
  if (!release.dryRun) await requireLiveFits(since, applied, time, request.schemaExemption);
  const plan: RestorePlan = {
    time,
    lostMinutes: minutesBetween(time, new Date().toISOString()),
    releases: since.slice(0, TOLD).map(({ id, version, outcome = 'under way' }) => ({ id, version, outcome })),
    changesets: [...applied.values()].reduce((sum, amount) => sum + amount, 0),
    ...(source.kind !== 'time' && { snapshot: source.snapshot }),
    ...(source.kind === 'copy' && { copyFrom: source.copyFrom }),
    names: instanceNames(instance.DBInstanceIdentifier as string, release.id),
    old: instance.DbiResourceId as string,
    endpoint: instance.Endpoint?.Address as string,
    port: instance.Endpoint?.Port as number,
  };
  await addEvent(release.id, 'PlanRestore', {
    time,
    lostMinutes: plan.lostMinutes,
    releases: plan.releases,
    changesets: plan.changesets,
    before: plan.names.before,
    restored: plan.names.restored,
  });
  return plan;
});

async function appliedBy(release: string): Promise<number> {
  const migrated = (await listEvents(release)).find(({ event }) => event === 'Migrate');
  return Number(migrated?.applied ?? 0);
}

/** The version that viewers get must not run on data that its own migrations are missing in. */
async function requireLiveFits(
  since: readonly PastRelease[],
  applied: ReadonlyMap<string, number>,
  time: string,
  exemption: string | undefined,
): Promise<void> {
  const live = await readState('live');
  const made = since.find(({ id }) => id === live?.release);
  const amount = applied.get(live?.release ?? '') ?? 0;
  if (made === undefined || amount === 0 || exemption !== undefined) return;
  throw new ReleaseError(
    'RestoreFailed',
    `${live?.version} is live and applied ${amount} changesets after ${time}, which the restored database will not have: revert to a version from before first (greenroom revert), or say why it can do without them (schemaExemption, --schema-exemption)`,
  );
}
