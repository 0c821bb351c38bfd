import { readState } from '../aws/environment-state';
import { describeFleet, fleetNames, type FleetView } from '../aws/fleet';
import { describeRevision } from '../aws/revisions';
import { readRoute } from '../aws/route-store';
import { hasSetting, policy, setting } from '../aws/settings';
import { type PublishedVersion, publishedVersion } from '../aws/versions';
import type { Color } from '../domain/color';
import { otherColor } from '../domain/color';
import type { ChangelogReference } from '../domain/release';
import { idleColor, type Route } from '../domain/route';

/** Colors of this environment. */
export function ownColors(): readonly Color[] {
  return hasSetting('GREEN_SERVICE') ? ['blue', 'green'] : ['blue'];
}

/** The route of an environment that has one. */
export async function readOwnRoute(): Promise<Route | null> {
  return hasSetting('ROUTE_STORE_ARN') ? readRoute() : null;
}

/** Where a release would be deployed, and with how many tasks, as DeployIdle and RollLive decide it. */
export async function idleDeployment(): Promise<{ color: Color; tasks: number; live: FleetView | null }> {
  const { min } = policy().size;
  if (!hasSetting('ROUTE_STORE_ARN')) {
    const live = await describeFleet('blue');
    return { color: 'blue', tasks: Math.max(min, live.desired), live };
  }
  const route = await readRoute();
  const color = route === null ? 'green' : idleColor(route);
  if (route === null || route.releases[route.live] === null) return { color, tasks: min, live: null };
  const live = await describeFleet(otherColor(color));
  return { color, tasks: Math.max(min, live.desired), live };
}

/** The changelog that the database is compared with: the version's, or that of what is live; null when nothing is. */
export async function changelogOf(
  version: string | undefined,
): Promise<(Pick<PublishedVersion, 'version'> & { readonly changelog: ChangelogReference }) | null> {
  const wanted = version ?? (await readState('live'))?.version;
  return wanted === undefined ? null : publishedVersion(wanted);
}

/** The CDK-owned task definition that a release would clone. */
export async function template() {
  return (await describeRevision(setting('TEMPLATE_FAMILY'))).definition;
}

/** Log groups that tasks of this environment write to. */
export function logGroups(): readonly string[] {
  return ownColors().map((color) => fleetNames(color).logGroup);
}
