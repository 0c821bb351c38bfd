import type { EnvironmentConfig } from '../../lib/config';
import type { DefinitionChange, ExplainedChangeset, ReleasePlan } from '../../lambda/domain/release-plan';
import { EXIT } from '../exit';
import { formatSpan } from '../format';
import { type CommonOptions, openSession } from '../session';
import { parseVersion, type Verb } from '../verb';

/** What a release would do; nothing is done. */
export const plan: Verb = {
  name: 'plan',
  summary: 'say what a release of a version would do, and what would stop it',
  reads: true,
  define: (command, run) =>
    command.argument('<version>', 'tag of the version, vX.Y.Z', parseVersion).action(
      run(async (world, version: string, options: CommonOptions & { json?: boolean }) => {
        const { cloud, terminal, place, environment } = await openSession(world, options);
        const found = await cloud.invoke<ReleasePlan>('verify-release', { action: 'plan', version }, { reads: true });
        if (options.json) terminal.out(JSON.stringify(found, null, 2));
        else for (const line of planLines(place, found, environment)) terminal.out(line);
        return found.stops.length === 0 ? EXIT.ok : EXIT.error;
      }),
    ),
};

function planLines(place: string, found: ReleasePlan, environment: EnvironmentConfig): string[] {
  return [
    `${found.version} to ${place}`,
    ...section('image', [found.digest, scanLine(found.scan)]),
    ...section('migrations', migrationLines(found)),
    ...section('deployment', deploymentLines(found.deployment)),
    ...section('then', laterLines(found, environment)),
    ...(found.stops.length === 0
      ? ['', 'Nothing would stop it now.']
      : ['', 'It would be stopped:', ...found.stops.flatMap((stop) => `  ✗ ${stop}`.split('\n'))]),
  ];
}

const section = (name: string, lines: readonly string[]): string[] => ['', name, ...lines.map((line) => `  ${line}`)];

function scanLine({ status, failOn, counts, grave }: ReleasePlan['scan']): string {
  if (status === 'pending') return 'scan: its findings are not there yet; a release waits for them';
  if (status === 'unavailable') return 'scan: cannot be judged';
  const found = Object.entries(counts ?? {}).map(([severity, amount]) => `${amount} ${severity}`);
  const words = found.length === 0 ? 'no findings' : found.join(', ');
  return status === 'passed'
    ? `scan: ${words}, none at or above ${failOn} that is not waived`
    : `scan: ${words}; at or above ${failOn}: ${grave.join(', ')}`;
}

function migrationLines({ migrations, snapshot }: ReleasePlan): string[] {
  if (migrations === null) return ['not known'];
  if (migrations.pending === 0) return ['nothing is pending'];
  return [
    `${migrations.pending} changeset(s), ${migrations.verdict}${migrations.revertFloor === undefined ? '' : `; no version before ${migrations.revertFloor} can come back`}`,
    ...(snapshot ? ['a snapshot of the database is made first'] : []),
    ...migrations.explained.flatMap(changesetLines),
  ];
}

function changesetLines({ changeset, place, verdict, findings, sql, rollback }: ExplainedChangeset): string[] {
  const indented = (statement: string) => statement.split('\n').map((line) => `    ${line}`);
  return [
    `${changeset} (${place}): ${verdict}${rollback === null ? ', without a word about its rollback' : ''}`,
    ...findings.map((finding) => `    ! ${finding}`),
    ...sql.flatMap((statement) => indented(`${statement};`)),
  ];
}

function deploymentLines({ color, tasks, changes }: ReleasePlan['deployment']): string[] {
  return [`${tasks} task(s) on ${color}`, ...changes.map(changeLine)];
}

function changeLine({ what, before, after }: DefinitionChange): string {
  if (before === null) return `+ ${what}: ${after}`;
  return after === null ? `- ${what}: ${before}` : `~ ${what}: ${before} → ${after}`;
}

function laterLines(found: ReleasePlan, { pollInterval }: EnvironmentConfig): string[] {
  const { turn, approvers, traffic, bakeChecks, revertWindowMinutes } = found;
  const span = (checks: number) => formatSpan(checks * pollInterval * 1000);
  const steps = traffic.map(({ percent, checks }) => `${percent} %${checks > 0 ? ` for ${span(checks)}` : ''}`);
  return [
    ...(turn.holder === null ? [] : [`waits for ${turn.holder}, which has the turn (${turn.waiting} wait already)`]),
    approvers === 0 ? 'nobody is asked' : `${approvers} approval(s)`,
    ...(steps.length === 0 ? ['the one fleet is replaced, task by task'] : [`traffic: ${steps.join(', ')}`]),
    ...(bakeChecks > 0 ? [`alarms are watched for ${span(bakeChecks)} more`] : []),
    ...(revertWindowMinutes > 0
      ? [`the version before stays warm for ${formatSpan(revertWindowMinutes * 60_000)}`]
      : []),
  ];
}
