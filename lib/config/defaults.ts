import type { DatabaseConfig, EnvironmentConfig, GreenroomConfig } from './model';
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
  const min = environment.size.min ?? (production ? 2 : 1);
  return {
    ...environment,
    production,
    approval: { ...environment.approval, required: environment.approval.required ?? production },
    traffic: environment.traffic ?? [{ percent: 100, hold: 0 }],
    size: { ...environment.size, min, max: environment.size.max ?? 4 * min },
    smoke: environment.smoke ?? [{ path: checked.container.readinessPath }],
    waf: fillWaf(environment, production),
    snapshotBeforeMigration: environment.snapshotBeforeMigration ?? production,
    database: fillDatabase(checked, environment, production),
    githubProvider: environment.githubProvider ?? githubProvider,
  };
}

function fillWaf({ waf }: CheckedEnvironment, production: boolean): EnvironmentConfig['waf'] {
  const { enabled, ...rest } = waf;
  return (enabled ?? (rest.webAclArn !== undefined || production)) ? rest : undefined;
}

function fillDatabase(checked: Checked, environment: CheckedEnvironment, production: boolean): DatabaseConfig {
  const { engine, version, name } = checked.database;
  const size = { ...checked.database, ...environment.database };
  const backup = { ...checked.database.backup, ...environment.database?.backup };
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
    backup: {
      pointInTimeDays: backup.pointInTimeDays ?? (production ? 35 : 7),
      snapshotDays: backup.snapshotDays ?? (production ? THREE_YEARS : 35),
      lock: backup.lock ?? production,
    },
  };
}
