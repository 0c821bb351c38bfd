import { readState } from '../aws/environment-state';
import { readRecord } from '../aws/ledger';
import type { Color } from '../domain/color';
import type { Route } from '../domain/route';

/** The version that a color runs, as the ledger knows it. */
export async function versionOf(route: Route, color: Color): Promise<string | undefined> {
  const release = route.releases[color];
  const live = await readState('live');
  const recorded = [live, live?.previous].find((each) => each?.release === release);
  return recorded?.version ?? (release === null ? undefined : (await readRecord(release))?.version);
}
