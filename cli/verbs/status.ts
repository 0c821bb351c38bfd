import type { EnvironmentStatus } from '../../lambda/inspect/read';
import { COLORS } from '../../lambda/domain/color';
import type { Difference } from '../../lambda/domain/drift';
import { formatTable, formatTime } from '../format';
import { readStatus } from '../operations';
import { recordLines } from '../records';
import { type CommonOptions, openSession, type Session } from '../session';
import type { Verb } from '../verb';

/** What is live, who has the turn, what keeps releases out, the newest releases. */
export const status: Verb = {
  name: 'status',
  summary: 'show what is live, the release under way, freezes and the newest releases',
  reads: true,
  define: (command, run) =>
    command.action(
      run(async (world, options: CommonOptions & { json?: boolean }) => {
        const session = await openSession(world, options);
        const found = await readStatus(session.cloud);
        if (options.json) return session.terminal.out(JSON.stringify(found, null, 2));
        for (const line of statusLines(session, found)) session.terminal.out(line);
      }),
    ),
};

function statusLines({ place, where, terminal }: Session, found: EnvironmentStatus): string[] {
  const { route, turn, hold, frozen, live, floor, maintenance, drift, releases } = found;
  const lines = [place];
  const rows: string[][] = [];
  if (live !== null) rows.push(['live', live.version, `${live.release}, released ${formatTime(live.at)}`]);
  else rows.push(['live', 'nothing', 'no version has been released yet']);
  if (route !== null) rows.push(...COLORS.map((color) => [color, part(route, color), versionOn(found, color)]));
  if (turn.holder !== null)
    rows.push(['turn', turn.holder, turn.waiting.length ? `waiting: ${turn.waiting.join(', ')}` : '']);
  if (floor) rows.push(['floor', floor.version, `no older version can come back since ${floor.release}`]);
  if (route?.preview) rows.push(['preview', 'open', `greenroom preview ${route.preview.release} ${where}`]);
  if (route && route.maintenance !== 'off')
    rows.push(['maintenance', route.maintenance, whoseMaintenance(route, maintenance)]);
  lines.push(...formatTable(rows).map((line) => `  ${line}`));
  if (hold !== null) {
    lines.push(`  HELD by ${hold.by} since ${formatTime(hold.at)}: ${hold.reason} (greenroom resume ${where})`);
  }
  if (frozen !== null) lines.push(`  FROZEN: ${frozen}`);
  lines.push(...(drift?.differences ?? []).map(driftLine));
  if (releases.length > 0) lines.push('', ...recordLines(releases, terminal));
  return lines;
}

function driftLine({ name, severity, meaning, mend }: Difference): string {
  return `  ${severity === 'dangerous' ? 'DANGEROUS' : 'drift'}: ${name}: ${meaning}; ${mend}`;
}

function whoseMaintenance({ maintenance, readOnlyFor }: Route, order: EnvironmentStatus['maintenance']): string {
  if (readOnlyFor) return `until ${readOnlyFor} has migrated`;
  return order?.maintenance === maintenance ? `by ${order.by} since ${formatTime(order.at)}: ${order.reason}` : '';
}

type Route = NonNullable<EnvironmentStatus['route']>;

/** What a color is for at the moment. */
function part(route: Route, color: Route['live']): string {
  if (route.shift?.to === color) return `${route.shift.percent} %`;
  if (route.live === color) return route.shift === null ? '100 %' : `${100 - route.shift.percent} %`;
  return route.standby === color ? 'standby' : 'idle';
}

function versionOn({ route, releases, live }: EnvironmentStatus, color: Route['live']): string {
  const release = route?.releases[color];
  if (release === null || release === undefined) return 'no release';
  const known = [...releases.map(({ id, version }) => ({ release: id, version })), live, live?.previous];
  const version = known.find((each) => each?.release === release)?.version;
  return version === undefined ? release : `${version} (${release})`;
}
