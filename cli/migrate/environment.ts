import type { MigrationRequest } from '../../lambda/domain/migration';
import type { ExplainedPlan } from '../../lambda/domain/release-plan';
import { CliError, EXIT, type ExitCode, wrongUse } from '../exit';
import { follow } from '../follow';
import { exempt, readPlaces, readStatus } from '../operations';
import { openSession, type Session, type World } from '../session';
import { releaseId } from '../verbs/release';
import type { Action, MigrateOptions } from './options';
import { tellPlan, tellStatus, tellVerified } from './report';

type Changing = MigrationRequest['action'];

/** Asks how the database of an environment stands, or starts its migration state machine and follows it. */
export async function migrateEnvironment(
  world: World,
  action: Action,
  version: string | undefined,
  options: MigrateOptions,
): Promise<ExitCode> {
  for (const name of ['directory', 'contexts', 'labels', 'running', 'dryRun'] as const) {
    if (options[name] === undefined) continue;
    const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw wrongUse(`--${option} is for a database by --url: an environment uses the changelog of a published version`);
  }
  const targets = [options.tag, options.count, options.release].filter((each) => each !== undefined).length;
  if (action === 'rollback' && targets !== 1) throw wrongUse('a rollback needs one of --tag, --count and --release');
  if (action !== 'rollback' && targets > 0) throw wrongUse('--tag, --count and --release are for a rollback');
  if (options.force && action !== 'release-locks') throw wrongUse('--force is for release-locks');
  if (action === 'status' || action === 'plan' || action === 'verify') return look(world, action, version, options);
  if (options.json !== undefined) throw wrongUse('--json is for status and plan');
  return change(world, action, version, options);
}

/** By a function in the network of the database; nothing is changed. */
async function look(
  world: World,
  action: 'status' | 'plan' | 'verify',
  version: string | undefined,
  options: MigrateOptions,
): Promise<ExitCode> {
  const { cloud, place, terminal } = await openSession(world, options);
  const ask = <Found>(asked: string) =>
    cloud.invoke<Found & { readonly version: string }>(
      'verify-release',
      withoutGaps({ action: asked, version, changelogFile: options.changelogFile }),
      { reads: true },
    );
  const told = (compared: string) => ({ terminal, name: `${place} with ${compared}`, json: options.json });
  if (action === 'verify') {
    const found = await ask<{ readonly checks: number }>('assertions');
    return tellVerified(told(found.version), found.checks);
  }
  const found = await ask<ExplainedPlan>('migrations');
  if (action === 'plan') return tellPlan(told(found.version), found);
  const pending = found.explained.map(({ changeset }) => changeset);
  return tellStatus(told(found.version), pending, found.database);
}

async function change(
  world: World,
  action: Changing,
  version: string | undefined,
  options: MigrateOptions,
): Promise<ExitCode> {
  if (version === undefined && action !== 'release-locks') {
    throw wrongUse(`say whose published changelog: greenroom migrate ${action} vX.Y.Z`);
  }
  if (options.reason === undefined) throw wrongUse('give --reason: it is recorded');

  const session = await openSession(world, options);
  const whose = version ?? (await liveVersion(session));
  const { changelogFile, tag, count, release, reason, force, freezeExemption } = options;
  const request = withoutGaps({
    action,
    version: whose,
    changelogFile,
    tag,
    count,
    release,
    force,
    actor: session.by,
    reason,
  } satisfies Record<keyof MigrationRequest, unknown>) as MigrationRequest;
  const what: Record<Changing, string> = {
    update: `Apply the changelog of ${whose} to`,
    rollback: 'Roll changesets back on',
    'release-locks': `${force ? 'Free the locks, whoever holds them,' : 'Free what a dead migrator locked'} on`,
  };
  await session.confirm(`${what[action]} the database of ${session.place}?`);
  await exempt(session, whose, freezeExemption);
  const { migrationMachineArn } = await readPlaces(session.cloud);
  const id = `migrate-${releaseId(whose, session.terminal.now())}`.slice(0, 80);
  const execution = await session.cloud.startRelease(migrationMachineArn, id, request);
  session.terminal.out(id);
  return options.watch ? follow(session, id, { interval: options.interval, execution }) : EXIT.ok;
}

/** What a record names when no changelog is used. */
async function liveVersion({ cloud }: Session): Promise<string> {
  const { live } = await readStatus(cloud);
  if (live === null) throw new CliError('nothing is live: name a published version, for the record');
  return live.version;
}

function withoutGaps(request: object): object {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
}
