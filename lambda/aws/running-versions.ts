import type { RunningVersions } from '../domain/release';
import { readState } from './environment-state';
import { readRecord } from './ledger';
import { readRoute } from './route-store';
import { hasSetting } from './settings';

/** The versions that use the database: live and standby, or the one fleet's. */
export async function runningVersions(): Promise<RunningVersions> {
  const live = await readState('live');
  if (!hasSetting('ROUTE_STORE_ARN')) return { versions: live === null ? [] : [live.version] };
  const route = await readRoute();
  if (route === null) return { versions: [] };
  const colors = route.standby === null ? [route.live] : [route.live, route.standby];
  const versions: string[] = [];
  const unknown: string[] = [];
  for (const release of colors.flatMap((color) => route.releases[color] ?? [])) {
    const recorded = [live, live?.previous].find((each) => each?.release === release);
    const version = recorded?.version ?? (await readRecord(release))?.version;
    if (version === undefined) unknown.push(release);
    else versions.push(version);
  }
  return { versions: [...new Set(versions)], ...(unknown.length > 0 && { unknown }) };
}
