import { readState } from '../aws/environment-state';
import { findExemption } from '../aws/exemptions';
import { resolveTag, runnableDigest, scanReport } from '../aws/images';
import { explainMigrations } from '../aws/planner';
import { describeRevision, pinnedImage } from '../aws/revisions';
import { runningVersions } from '../aws/running-versions';
import { hasSetting, policy } from '../aws/settings';
import { readTurn } from '../aws/turns';
import { type PublishedVersion, publishedVersion } from '../aws/versions';
import { isBelow } from '../domain/floor';
import { activeFreeze } from '../domain/freeze';
import { compareDefinitions, type DefinitionFacts, type ExplainedPlan, type ReleasePlan } from '../domain/release-plan';
import { judgeScan } from '../domain/scan';
import { idleColor, seedRoute } from '../domain/route';
import { needsSnapshot } from '../domain/snapshot-name';
import { trafficSteps } from '../domain/traffic';
import { idleDeployment, readOwnRoute, template } from './situation';

/** Says what a release of a version would do. @throws ReleaseError UnknownVersion when it was never built or published */
export async function planRelease(version: string): Promise<ReleasePlan> {
  const published = await publishedVersion(version);
  const { environment, approval, bakeChecks, revertWindowMinutes, snapshotBeforeMigration } = policy();
  const [kept, tag, scan, migrations, deployment, turn, traffic] = await Promise.all([
    whatKeepsOut(version),
    resolveTag(version),
    judge(published.digest),
    planMigrations(published),
    planDeployment(published.digest),
    readTurn(),
    planTraffic(),
  ]);
  const moved = `the tag resolves to ${tag}, published was ${published.digest}`;
  return {
    environment,
    version,
    digest: published.digest,
    stops: [...(tag === published.digest ? [] : [moved]), ...kept, ...scan.stops, ...migrations.stops],
    scan: scan.report,
    migrations: migrations.plan,
    snapshot: needsSnapshot(snapshotBeforeMigration, migrations.plan),
    deployment,
    approvers: approval.required ? (approval.approvers ?? 1) : 0,
    traffic,
    bakeChecks: traffic.length === 0 ? 0 : bakeChecks,
    revertWindowMinutes: traffic.length === 0 ? 0 : revertWindowMinutes,
    turn: { holder: turn.holder?.release ?? null, waiting: turn.waiting.length },
  };
}

async function whatKeepsOut(version: string): Promise<string[]> {
  const now = new Date();
  const [hold, freeze, floor] = await Promise.all([readState('hold'), readState('freeze'), readState('floor')]);
  const frozen = activeFreeze(policy().freeze, freeze, now);
  const exempted = frozen !== null && (await findExemption(version, now)) !== null;
  return [
    ...(hold === null ? [] : [`${hold.by} holds releases since ${hold.at}: ${hold.reason}`]),
    ...(isBelow(floor, version) ? [`${version} is below the revert floor ${floor.version}`] : []),
    ...(frozen === null || exempted ? [] : [`the environment is ${frozen}`]),
  ];
}

async function judge(digest: string): Promise<{ report: ReleasePlan['scan']; stops: string[] }> {
  const { failOn, waivers } = policy().scan;
  const verdict = judgeScan(await scanReport(await runnableDigest(digest)), failOn, waivers, new Date());
  if (verdict.kind === 'passed')
    return { report: { failOn, status: 'passed', counts: verdict.counts, grave: [] }, stops: [] };
  if (verdict.kind === 'findings') {
    const grave = verdict.grave.map(({ id, severity }) => `${id} (${severity})`);
    const stops = [`${grave.length} finding(s) at or above ${failOn}: ${grave.slice(0, 5).join(', ')}`];
    return { report: { failOn, status: 'findings', counts: verdict.counts, grave }, stops };
  }
  // Findings that are pending may still come in time.
  const stops = verdict.kind === 'unavailable' ? [`its scan cannot be judged: ${verdict.reason}`] : [];
  return { report: { failOn, status: verdict.kind, grave: [] }, stops };
}

async function planMigrations(
  published: PublishedVersion,
): Promise<{ plan: ExplainedPlan | null; stops: readonly string[] }> {
  try {
    const plan = await explainMigrations(published, await runningVersions());
    return { plan, stops: plan.refused };
  } catch (error) {
    const { name, message } = error as Error;
    return { plan: null, stops: [`its migrations cannot be planned: ${name}: ${message}`] };
  }
}

async function planDeployment(digest: string): Promise<ReleasePlan['deployment']> {
  const { color, tasks, live } = await idleDeployment();
  if (live === null) return { color, tasks, changes: [] };
  const [before, after] = await Promise.all([describeRevision(live.taskDefinition), template()]);
  const changes = compareDefinitions(factsOf(before.definition), {
    ...factsOf(after),
    containers: (after.containerDefinitions ?? []).map((container) => ({
      ...container,
      image: pinnedImage(container, digest),
    })),
  });
  return { color, tasks, changes };
}

function factsOf(definition: Awaited<ReturnType<typeof template>>): DefinitionFacts {
  return { ...definition, containers: definition.containerDefinitions ?? [] };
}

async function planTraffic(): Promise<ReleasePlan['traffic']> {
  if (!hasSetting('ROUTE_STORE_ARN')) return [];
  const route = (await readOwnRoute()) ?? seedRoute({ release: '', nonce: '' });
  return trafficSteps(policy().traffic, 'release', route, idleColor(route));
}
