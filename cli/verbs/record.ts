import type { Act } from '../../lambda/aws/acts';
import type { ReleaseRecord } from '../../lambda/aws/ledger';
import { readActs, readHistory } from '../operations';
import { RecordBranch, type RecordTree } from '../record/branch';
import { actEntry, parseEntries, readableLine, type RecordEntry, releaseEntry } from '../record/entries';
import { RECORD } from '../record/releases';
import { type ChangingOptions, openSession } from '../session';
import type { Verb } from '../verb';

interface Options extends ChangingOptions {
  readonly repository: string;
  readonly remote: string;
  readonly branch: string;
  readonly dryRun?: boolean;
}

/** Releases that are looked at; older ones were recorded by an earlier run. */
const MOST = 500;

/** Appends to a branch of git what the ledger says of releases that have ended and of acts, each once. */
export const record: Verb = {
  name: 'record',
  summary: 'append ended releases and acts to the record branch in git; once each, however often it runs',
  changes: true,
  define: (command, run) =>
    command
      .option('--repository <folder>', 'clone to work in; its work tree is not touched', '.')
      .option('--remote <name>', 'remote that holds the branch', RECORD.remote)
      .option('--branch <name>', 'branch', RECORD.branch)
      .option('--dry-run', 'print the lines that would be appended, push nothing')
      .action(
        run(async (world, options: Options) => {
          const session = await openSession(world, options);
          const { terminal, cloud } = session;
          const environment = session.environment.name;
          const branch = new RecordBranch(options);
          const known = parseEntries((await branch.read()).files.get(`${environment}.jsonl`) ?? '');
          const entries = entriesOf(environment, await readHistory(cloud, MOST), await readActs(cloud, startOf(known)));
          const fresh = (tree: RecordTree) => missing(entries, tree.files.get(`${environment}.jsonl`) ?? '');
          const wanted = missing(entries, known.map((entry) => JSON.stringify(entry)).join('\n'));
          for (const entry of wanted) terminal.out(readableLine(entry));
          if (wanted.length === 0) return terminal.err(`the record of ${session.place} is complete`);
          if (options.dryRun) return terminal.err('dry run: nothing was pushed');
          await session.confirm(
            `Append ${wanted.length} entries to the branch ${options.branch} of ${options.remote}?`,
          );
          await branch.update(`Record ${environment}: ${wanted.map(headline).slice(0, 3).join(', ')}`, (tree) =>
            appended(environment, tree, fresh(tree)),
          );
          terminal.err(`${options.branch}: ${wanted.length} entries appended`);
        }),
      ),
};

/** Evidence carries the time at which it came up, and may be written hours later: the last day is read again. */
function startOf(known: readonly RecordEntry[]): string | undefined {
  const newest = known.filter(({ act }) => act !== undefined).map(({ at }) => Date.parse(at));
  return newest.length === 0 ? undefined : `act#${new Date(Math.max(...newest) - 86_400_000).toISOString()}`;
}

function entriesOf(environment: string, records: readonly ReleaseRecord[], acts: readonly Act[]): RecordEntry[] {
  const releases = records.flatMap((each) => releaseEntry(environment, each) ?? []);
  return [...releases, ...acts.map((act) => actEntry(environment, act))].sort(
    (one, other) => one.at.localeCompare(other.at) || one.id.localeCompare(other.id),
  );
}

function missing(entries: readonly RecordEntry[], text: string): RecordEntry[] {
  const known = new Set(parseEntries(text).map(({ id }) => id));
  return entries.filter(({ id }) => !known.has(id));
}

function appended(environment: string, { files }: RecordTree, entries: readonly RecordEntry[]): Map<string, string> {
  if (entries.length === 0) return new Map();
  const add = (name: string, head: string, lines: readonly string[]): [string, string] => [
    name,
    `${files.get(name) ?? head}${lines.join('\n')}\n`,
  ];
  return new Map([
    add(
      `${environment}.jsonl`,
      '',
      entries.map((entry) => JSON.stringify(entry)),
    ),
    add(`${environment}.md`, `# Record of ${environment}\n\n`, entries.map(readableLine)),
  ]);
}

function headline({ release, act }: RecordEntry): string {
  return release ? `${release.version} ${release.outcome}` : String(act?.act);
}
