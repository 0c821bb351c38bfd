import type { MigrationRequest } from '../../lambda/domain/migration';
import { EXIT, type ExitCode, wrongUse } from '../exit';
import { follow } from '../follow';
import { exempt, readPlaces } from '../operations';
import { openSession, type World } from '../session';
import { releaseId } from '../verbs/release';
import type { Action, MigrateOptions } from './options';

/** Starts the migration state machine of an environment and follows it. */
export async function migrateEnvironment(
  world: World,
  action: Action,
  version: string | undefined,
  options: MigrateOptions,
): Promise<ExitCode> {
  if (action !== 'update' && action !== 'rollback') {
    throw wrongUse(
      `"migrate ${action}" needs --url: an environment's database is reached from inside its network only; what a release found and did there is in "greenroom history RELEASE"`,
    );
  }
  for (const name of ['directory', 'contexts', 'labels', 'running', 'dryRun', 'json'] as const) {
    if (options[name] === undefined) continue;
    const option = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw wrongUse(`--${option} is for a database by --url: an environment uses the changelog of a published version`);
  }
  if (version === undefined) throw wrongUse(`say whose published changelog: greenroom migrate ${action} vX.Y.Z`);
  if (options.reason === undefined) throw wrongUse('give --reason: it is recorded');
  const targets = [options.tag, options.count, options.release].filter((each) => each !== undefined).length;
  if (action === 'rollback' && targets !== 1) throw wrongUse('a rollback needs one of --tag, --count and --release');
  if (action === 'update' && targets > 0) throw wrongUse('--tag, --count and --release are for a rollback');

  const session = await openSession(world, options);
  const { changelogFile, tag, count, release, reason, freezeExemption } = options;
  const request = withoutGaps({
    action,
    version,
    changelogFile,
    tag,
    count,
    release,
    actor: session.by,
    reason,
  });
  const what = action === 'update' ? `Apply the changelog of ${version} to` : `Roll changesets back on`;
  await session.confirm(`${what} the database of ${session.place}?`);
  await exempt(session, version, freezeExemption);
  const { migrationMachineArn } = await readPlaces(session.cloud);
  const id = `migrate-${releaseId(version, session.terminal.now())}`.slice(0, 80);
  const execution = await session.cloud.startRelease(migrationMachineArn, id, request);
  session.terminal.out(id);
  return options.watch ? follow(session, id, { interval: options.interval, execution }) : EXIT.ok;
}

function withoutGaps(request: Record<keyof MigrationRequest, unknown>): MigrationRequest {
  const given = Object.entries(request).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as MigrationRequest;
}
