import type { FreezeWindow } from '../../lambda/domain/policy';
import type { BackupConfig, DatabaseConfig, EnvironmentConfig, GreenroomConfig } from './model';
import type { Checked, CheckedEnvironment } from './schema';

/** Three years of which one is a leap year. */
const THREE_YEARS = 1096;

/** Fills in the defaults that depend on other options. */
export function withDefaults(checked: Checked): Omit<GreenroomConfig, 'warnings'> {
  const accounts = new Set<string>();
  return {
    application: checked.application,
    repository: { ...checked.repository, name: checked.repository.name ?? checked.application.name },
    container: checked.container,
    people: checked.people,
    environments: checked.environments.map((environment) => {
      const account = environment.account ?? 'whichever is deployed to';
      const first = !accounts.has(account);
      accounts.add(account);
      return fillEnvironment(checked, environment, first ? 'create' : 'existing');
    }),
  };
}

function fillEnvironment(
  checked: Checked,
  environment: CheckedEnvironment,
  githubProvider: 'create' | 'existing',
): EnvironmentConfig {
  const production = environment.production ?? environment.name === 'production';
  const numbered = checked.repository.github?.repositoryId !== undefined;
  const min = environment.size.min ?? (production ? 2 : 1);
  return {
    ...environment,
    production,
    approval: { ...environment.approval, required: environment.approval.required ?? production },
    freeze: environment.freeze.map(fillFreeze),
    traffic: environment.traffic ?? [{ percent: 100, hold: 0 }],
    size: { ...environment.size, min, max: environment.size.max ?? 4 * min },
    smoke: environment.smoke ?? [{ path: checked.container.readinessPath }],
    waf: fillWaf(environment, production),
    snapshotBeforeMigration: environment.snapshotBeforeMigration ?? production,
    database: fillDatabase(checked, environment, production),
    cache: fillCache(checked, environment, production),
    githubProvider: environment.githubProvider ?? githubProvider,
    provenance: environment.provenance ?? (production && numbered ? 'required' : 'recorded'),
    releaseFrom:
      environment.releaseFrom ??
      (environment.strategy === 'rolling' ? ['refs/heads/develop', 'refs/tags/v*'] : ['refs/tags/v*']),
  };
}

/** The schema has seen to it that one of both forms is complete. */
function fillFreeze({
  from,
  to,
  cron,
  duration,
  timeZone,
  reason,
}: CheckedEnvironment['freeze'][number]): FreezeWindow {
  if (cron === undefined) return { from: from as string, to: to as string, reason };
  return { cron, timeZone: timeZone ?? 'UTC', minutes: Math.ceil((duration as number) / 60), reason };
}

function fillWaf({ waf }: CheckedEnvironment, production: boolean): EnvironmentConfig['waf'] {
  const { enabled, ...rest } = waf;
  return (enabled ?? (rest.webAclArn !== undefined || production)) ? rest : undefined;
}

function fillDatabase(checked: Checked, environment: CheckedEnvironment, production: boolean): DatabaseConfig {
  const { engine, version, name } = checked.database;
  const size = { ...checked.database, ...environment.database };
  const storageGb = size.storageGb ?? 20;
  return {
    engine,
    version: version ?? (engine === 'postgres' ? '17' : '8.4'),
    name: name ?? checked.application.name.replaceAll('-', '_'),
    instanceClass: size.instanceClass ?? 'db.t4g.medium',
    storageGb,
    maxStorageGb: size.maxStorageGb ?? 2 * storageGb,
    multiAz: size.multiAz ?? production,
    deletionProtection: size.deletionProtection ?? true,
    backup: fillBackup({ ...checked.database.backup, ...environment.database?.backup }, production),
    ...(environment.database?.restoreFrom && { restoreFrom: environment.database.restoreFrom }),
  };
}

function fillCache(checked: Checked, { cache }: CheckedEnvironment, production: boolean): EnvironmentConfig['cache'] {
  const { enabled = checked.cache !== undefined || cache !== undefined, ...own } = cache ?? {};
  if (!enabled) return undefined;
  return { nodeType: 'cache.t4g.small', nodes: production ? 2 : 1, ...checked.cache, ...own };
}

function fillBackup(given: NonNullable<Checked['database']['backup']>, production: boolean): BackupConfig {
  const dailyDays = given.dailyDays ?? (production ? 35 : 7);
  const monthlyDays = given.monthlyDays ?? (production ? THREE_YEARS : 35);
  return {
    ...given,
    pointInTimeDays: given.pointInTimeDays ?? (production ? 35 : 7),
    dailyDays,
    monthlyDays,
    releaseDays: given.releaseDays ?? (production ? 90 : 14),
    lock: given.lock ?? (production ? 'governance' : 'none'),
    // Never the default of AWS Backup, which keeps a copy for ever.
    copies: (given.copies ?? []).map((copy) => ({ dailyDays, monthlyDays, ...copy })),
    restoreTest: given.restoreTest ?? (production ? 'weekly' : 'never'),
  };
}
