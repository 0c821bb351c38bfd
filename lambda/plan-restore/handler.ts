import { readState } from '../aws/environment-state';
import { requireInstance } from '../aws/instances';
import { addEvent, listRecords } from '../aws/ledger';
import { listEvents } from '../aws/release-events';
import { momentOf, ownRegion } from '../aws/restore-source';
import { setting } from '../aws/settings';
import { step } from '../aws/step';
import { ReleaseError } from '../domain/errors';
import { requireRenamable } from '../domain/instance-switch';
import { missedBy, type PastRelease, releasesSince, restoredSince } from '../domain/past-releases';
import { instanceNames, minutesBetween, resolveSource, type RestorePlan, type RestoreState } from '../domain/restore';

/** Records that are looked through, and how many of what is lost an execution's data may hold. */
const RECORDS = 200;
const TOLD = 20;

/** PlanRestore: what will be lost is known, and said, before anything happens. It only reads. */
export const handler = step(async ({ request, release, execution }: RestoreState): Promise<RestorePlan> => {
  const instance = await requireInstance(setting('DATABASE_INSTANCE_ID'));
  const source = resolveSource(request.source, ownRegion());
  const records = await listRecords(RECORDS);
  const time = await momentOf(request.source, instance, records);
  const since = releasesSince(records, time).filter(({ id }) => id !== release.id);
  const applied = new Map<string, number>();
  for (const { id } of since) applied.set(id, await appliedBy(id));
  const refused = await whyNot(async () => {
    requireAskedSince(records, execution.startedAt);
    requireRenamable(instance);
    await requireLiveFits(records, applied, time, request.schemaExemption);
  });
  if (refused !== undefined && !release.dryRun) throw refused;
  const plan: RestorePlan = {
    time,
    lostMinutes: minutesBetween(time, new Date().toISOString()),
    releases: since.slice(0, TOLD).map(({ id, version, outcome = 'under way' }) => ({ id, version, outcome })),
    changesets: [...applied.values()].reduce((sum, amount) => sum + amount, 0),
    ...(source.kind !== 'time' && { snapshot: source.snapshot }),
    ...(source.kind === 'copy' && { copyFrom: source.copyFrom }),
    ...(source.kind === 'time' && source.instance !== undefined && { from: source.instance }),
    ...(refused && { refused: refused.message }),
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

/** A dry run says of itself what would stop it. */
async function whyNot(requirements: () => Promise<void>): Promise<ReleaseError | undefined> {
  try {
    await requirements();
    return undefined;
  } catch (error) {
    if (error instanceof ReleaseError) return error;
    throw error;
  }
}

/** Two people ask at once, or one asks twice: the second restore would lose what was written since the first. */
function requireAskedSince(past: readonly PastRelease[], startedAt: string): void {
  const other = restoredSince(past, startedAt);
  if (other === undefined) return;
  throw new ReleaseError(
    'RestoreFailed',
    `${other.id} restored the database after this restore was asked for: look at what it brought, and ask again if that is not enough`,
  );
}

async function appliedBy(release: string): Promise<number> {
  const migrated = (await listEvents(release)).find(({ event }) => event === 'Migrate');
  return Number(migrated?.applied ?? 0);
}

/** The version that viewers get must not run on data that its migrations are missing in, whoever applied them. */
async function requireLiveFits(
  past: readonly PastRelease[],
  applied: ReadonlyMap<string, number>,
  time: string,
  exemption: string | undefined,
): Promise<void> {
  const live = await readState('live');
  const missed = live === null ? 0 : missedBy(live.version, past, applied);
  if (missed === 0 || exemption !== undefined) return;
  throw new ReleaseError(
    'RestoreFailed',
    `${live?.version} is live and needs ${missed} changesets that were applied after ${time}, which the restored database will not have: revert to a version from before first (greenroom revert), or say why it can do without them (schemaExemption, --schema-exemption)`,
  );
}
