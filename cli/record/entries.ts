import type { Act } from '../../lambda/aws/acts';
import type { ReleaseRecord } from '../../lambda/aws/ledger';
import { formatSpan } from '../format';

/** One line of the record branch: a release that has ended, or an act on the environment. */
export interface RecordEntry {
  /** What tells it from all others; it is written once. */
  readonly id: string;
  /** ISO 8601: when it ended or was done. */
  readonly at: string;
  readonly environment: string;
  readonly release?: Partial<ReleaseRecord>;
  readonly act?: Readonly<Record<string, unknown>>;
}

/** What goes into the record of a release. Everything else stays in the ledger: a branch of git can never be unsaid. */
const OF_RELEASE = [
  'id',
  'kind',
  'version',
  'digest',
  'commit',
  'actor',
  'execution',
  'startedAt',
  'endedAt',
  'outcome',
  'reason',
  'changelog',
  'times',
] as const satisfies readonly (keyof ReleaseRecord)[];

/** What goes into the record of an act. */
const OF_ACT = ['act', 'by', 'identity', 'reason', 'until', 'version', 'release', 'maintenance', 'floor', 'sound'];

/** @returns undefined while the release goes on */
export function releaseEntry(environment: string, record: ReleaseRecord): RecordEntry | undefined {
  // Whoever is told of the end is told last: before that, its times are not known.
  if (record.endedAt === undefined || record.notifiedAt === undefined) return undefined;
  return { id: `release#${record.id}`, at: record.endedAt, environment, release: pick(record, OF_RELEASE) };
}

export function actEntry(environment: string, act: Act): RecordEntry {
  return { id: act.id, at: act.at, environment, act: pick(act, OF_ACT) };
}

/** The entry as a line of Markdown. */
export function readableLine({ at, release, act }: RecordEntry): string {
  const time = at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
  if (release) {
    const { kind, version, outcome, actor, reason, id, startedAt } = release;
    const what = kind === 'release' ? `release of ${version}` : `${kind} to ${version}`;
    const took = formatSpan(Date.parse(at) - Date.parse(startedAt as string));
    const why = outcome === 'released' && kind === 'release' ? '' : `: ${oneLine(reason)}`;
    return `- ${time} **${outcome}** ${what} by ${oneLine(actor)} after ${took} (\`${id}\`)${why}`;
  }
  const details = Object.entries(act ?? {})
    .filter(([name, value]) => !['act', 'by', 'identity', 'reason'].includes(name) && typeof value !== 'object')
    .map(([name, value]) => `${name} ${oneLine(value)}`);
  const why = act?.reason === undefined ? '' : `: ${oneLine(act.reason)}`;
  return `- ${[`${time} **${act?.act}** by ${oneLine(act?.by)}`, ...details].join(', ')}${why}`;
}

/** Entries of a `.jsonl` file, the oldest first. @throws Error with the number of a line that is no entry */
export function parseEntries(text: string): RecordEntry[] {
  return text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => {
      try {
        return JSON.parse(line) as RecordEntry;
      } catch {
        throw new Error(`line ${number} of the record is no JSON document; the branch was edited by hand`);
      }
    });
}

function pick(from: object, names: readonly string[]): Record<string, unknown> {
  const values = from as Record<string, unknown>;
  return Object.fromEntries(names.flatMap((name) => (values[name] === undefined ? [] : [[name, values[name]]])));
}

/** What people wrote cannot break out of its line, nor mark it up. */
function oneLine(value: unknown): string {
  return String(value)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_<>[\]|]/g, '\\$&')
    .slice(0, 500);
}
