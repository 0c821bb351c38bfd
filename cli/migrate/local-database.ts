import { hostname } from 'node:os';
import { type Changelog, identity } from '../../lambda/migrator/changelog';
import { worse } from '../../lambda/migrator/compatibility/finding';
import { refuseIncompatible } from '../../lambda/migrator/compatibility/gate';
import { judgeChangesets } from '../../lambda/migrator/compatibility/judge';
import { withDatabase } from '../../lambda/migrator/connect';
import type { Database } from '../../lambda/migrator/database';
import { engineOf, type EngineName } from '../../lambda/migrator/engine';
import { readFolder } from '../../lambda/migrator/folder';
import { readHistory } from '../../lambda/migrator/history';
import { freeLocks, lockRow } from '../../lambda/migrator/lock';
import { type Plan, planUpdate, refuseDrift } from '../../lambda/migrator/plan';
import { readChangelog } from '../../lambda/migrator/reader';
import type { ChangelogFiles } from '../../lambda/migrator/reading';
import { rollback, type RollbackTarget, rowsToRollBack } from '../../lambda/migrator/rollback';
import { update, type UpdateOptions } from '../../lambda/migrator/runner';
import { rollbackStatementsOf, statementsOf } from '../../lambda/migrator/statements';
import { refuseFindings, verify } from '../../lambda/migrator/verify';
import { ReleaseError } from '../../lambda/domain/errors';
import type { MigrationPlan } from '../../lambda/domain/release';
import type { DatabaseState } from '../../lambda/domain/release-plan';
import { databaseState, explainVerdicts, readDatabase, refusals } from '../../lambda/plan-migrations/explain';
import { ROOT_CHANGELOG } from '../changelog-folder';
import { CliError, EXIT, type ExitCode, wrongUse } from '../exit';
import { formatSpan } from '../format';
import type { World } from '../session';
import { type DatabaseTarget, parseDatabaseUrl } from './database-url';
import type { Action, MigrateOptions } from './options';
import { freedInWords, tellPlan, tellStatus, tellVerified, type Told } from './report';

/** What an action works with. */
interface Work {
  readonly world: World;
  readonly options: MigrateOptions;
  readonly target: DatabaseTarget;
  readonly database: Database;
  readonly files: ChangelogFiles;
  readonly changelog: Changelog;
}

const DIRECTORY = 'migrations';

/** Runs an action on the database that `--url` names, with the changelog of a folder. */
export async function migrateByUrl(world: World, action: Action, options: MigrateOptions): Promise<ExitCode> {
  const { directory = DIRECTORY, changelogFile = ROOT_CHANGELOG, contexts, labels } = options;
  const target = parseDatabaseUrl(options.url as string, world.terminal.env);
  if (action === 'rollback') rollbackTarget(options);
  const run = RUN[action];
  return inOneLine(async () => {
    const files = action === 'release-locks' ? {} : readFiles(directory);
    const read = (engine: EngineName): Changelog =>
      action === 'release-locks'
        ? { root: '', engine, changesets: [], preconditions: [], warnings: [] }
        : readChangelog(files, changelogFile, { engine, contexts, labelFilter: labels });
    // Before anything is asked of the database: what is wrong with the changelog is wrong without it.
    const changelog = read(target.engine);
    for (const { place, message } of changelog.warnings) {
      world.terminal.err(`warning: ${directory}/${place.file}:${place.line}: ${message}`);
    }
    return withDatabase(target.config, (database) => {
      // mysql:// reaches MariaDB as well, which is another engine to `dbms:`.
      const { name } = engineOf(database);
      return run({
        world,
        options,
        target,
        database,
        files,
        changelog: name === target.engine ? changelog : read(name),
      });
    });
  });
}

const RUN: Record<Action, (work: Work) => Promise<ExitCode>> = {
  status: runStatus,
  plan: runPlan,
  update: runUpdate,
  rollback: runRollback,
  verify: runVerify,
  'release-locks': runReleaseLocks,
};

async function runStatus(work: Work): Promise<ExitCode> {
  const { plan, state } = await compare(work);
  return tellStatus(
    toldBy(work),
    plan.pending.map(({ changeset }) => identity(changeset)),
    state,
  );
}

/** Without `--running`, what is declared is believed: a contract changeset that declares its first version passes. */
async function runPlan(work: Work): Promise<ExitCode> {
  const { plan, state } = await compare(work);
  const verdicts = await judgeChangesets(plan.pending.map(({ changeset }) => changeset));
  const explained = explainVerdicts(verdicts);
  return tellPlan(toldBy(work), {
    verdict: explained.map(({ verdict }): MigrationPlan['verdict'] => verdict).reduce(worse, 'none'),
    withoutRollback: explained.filter(({ rollback: sql }) => sql === null).length,
    explained,
    database: state,
    refused: refusals([() => refuseDrift(plan), () => refuseIncompatible(verdicts, work.options.running ?? [])]),
  });
}

const toldBy = ({ world, options, target }: Work): Told => ({
  terminal: world.terminal,
  name: target.name,
  json: options.json,
});

async function compare({ changelog, database, options }: Work): Promise<{ plan: Plan; state: DatabaseState }> {
  const reading = await readDatabase(database);
  const selection = { contexts: options.contexts, labelFilter: options.labels };
  const plan = planUpdate(changelog, reading.history, selection);
  return { plan, state: databaseState(reading, plan) };
}

async function runUpdate({ world, options, target, database, changelog }: Work): Promise<ExitCode> {
  const { terminal } = world;
  const selection = { contexts: options.contexts, labelFilter: options.labels };
  const plan = planUpdate(changelog, await readHistory(database), selection);
  refuseDrift(plan);
  if (options.dryRun) {
    for (const { changeset } of plan.pending) {
      terminal.out(`-- ${identity(changeset)}`);
      for (const { sql } of statementsOf(changeset)) terminal.out(`${sql};`);
    }
    terminal.err(`${amount(plan.pending.length)} would be applied to ${target.name}; nothing was done`);
    return EXIT.ok;
  }
  await confirm(world, options, `Apply ${amount(plan.pending.length)} to ${target.name}?`);
  const started = terminal.now();
  const { applied } = await update(database, changelog, { ...selection, ...runOptions(world) });
  terminal.out(`${amount(applied.length)} applied to ${target.name} in ${formatSpan(terminal.now() - started)}`);
  return EXIT.ok;
}

async function runRollback({ world, options, target, database, changelog }: Work): Promise<ExitCode> {
  const { terminal } = world;
  const wanted = rollbackTarget(options);
  const rows = rowsToRollBack(await readHistory(database), changelog, wanted);
  if (options.dryRun) {
    const known = new Map(changelog.changesets.map((changeset) => [identity(changeset), changeset]));
    for (const row of rows) {
      const changeset = known.get(identity(row));
      const statements = changeset && rollbackStatementsOf(changeset);
      terminal.out(
        `-- ${identity(row)}${statements ? '' : changeset ? ' has no rollback' : ' is not in the changelog'}`,
      );
      for (const { sql } of statements ?? []) terminal.out(`${sql};`);
    }
    terminal.err(`${amount(rows.length)} would be rolled back on ${target.name}; nothing was done`);
    return EXIT.ok;
  }
  await confirm(world, options, `Roll ${amount(rows.length)} back on ${target.name}?`);
  // Fixed now: "the last three" may be others once the lock is ours.
  const changesets = rows.map(identity);
  const { applied } = await rollback(database, changelog, { changesets }, runOptions(world));
  terminal.out(`${amount(applied.length)} rolled back on ${target.name}`);
  return EXIT.ok;
}

async function runVerify({ world, target, database, files }: Work): Promise<ExitCode> {
  const { checks, findings } = await verify(database, files);
  refuseFindings(findings);
  return tellVerified({ terminal: world.terminal, name: target.name }, checks);
}

async function runReleaseLocks({ world, options, target, database }: Work): Promise<ExitCode> {
  const row = await lockRow(database);
  const whose = row === undefined ? 'nobody holds the row' : `${row.holder} holds the row since ${row.since}`;
  await confirm(
    world,
    options,
    `End the session that migrates ${target.name}, if there is one, and free its lock (${whose})?`,
  );
  const freed = await freeLocks(database, { force: true });
  world.terminal.out(`${target.name}: ${freedInWords(freed)}`);
  return EXIT.ok;
}

function runOptions({ terminal }: World): UpdateOptions {
  return {
    holder: `${terminal.env.USER ?? 'somebody'}@${hostname()} by command line`,
    onProgress: (message) => terminal.err(message),
  };
}

/** @throws CliError (wrong use) unless it is exactly one of tag and count */
function rollbackTarget({ tag, count, release }: MigrateOptions): RollbackTarget {
  if (release !== undefined) {
    throw wrongUse(
      "--release needs an environment's ledger, which a database alone does not have: give --tag or --count",
    );
  }
  if ((tag === undefined) === (count === undefined)) throw wrongUse('a rollback needs either --tag or --count');
  return tag === undefined ? { count: count as number } : { tag };
}

function readFiles(directory: string): ChangelogFiles {
  try {
    return readFolder(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(
      `the folder ${directory} cannot be read (${code}): --directory names the one with the changelog`,
    );
  }
}

async function confirm({ terminal }: World, { yes }: MigrateOptions, question: string): Promise<void> {
  if (yes) return;
  if (!terminal.interactive) {
    throw wrongUse('this changes something, and there is no terminal to ask in: add --yes. Nothing was done');
  }
  if (!/^y(es)?$/i.test((await terminal.ask(`${question} [y/N] `)).trim())) throw new CliError('nothing was done');
}

function amount(changesets: number): string {
  return `${changesets} ${changesets === 1 ? 'changeset' : 'changesets'}`;
}

/** What the migrator says, in one line; its messages hold no secret. */
async function inOneLine<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    throw new CliError(error.message.replace(/\s*\n\s*/g, '; '), undefined, { cause: error });
  }
}
