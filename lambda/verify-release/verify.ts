import { policy } from '../aws/settings';
import { type CheckGroup, runChecks, type Verification } from '../domain/checks';
import { alarmChecks, edgeChecks, environmentChecks } from './environment-checks';
import { quotaChecks, taskChecks } from './task-checks';
import { databaseCheck, versionChecks } from './version-checks';

/** Looks at everything that a release will need; all at once, since nothing of it depends on the rest. */
export async function verify(version: string | undefined): Promise<Verification> {
  const groups: CheckGroup[] = await Promise.all([
    runChecks('environment', environmentChecks(version)),
    ...(version === undefined ? [] : [runChecks(`version ${version}`, versionChecks(version))]),
    runChecks('tasks', taskChecks()),
    runChecks('edge', edgeChecks()),
    runChecks('alarms', alarmChecks()),
    runChecks('database', { migrations: () => databaseCheck(version) }),
    runChecks('quotas', quotaChecks()),
  ]);
  return {
    environment: policy().environment,
    version: version ?? null,
    at: new Date().toISOString(),
    groups,
    ready: groups.every(({ checks }) => checks.every(({ result }) => result !== 'failed')),
  };
}
