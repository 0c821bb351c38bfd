import type { BackupConfig, EnvironmentConfig, Problem } from './model';
import { wrong } from './problems';

/** What the options of backups have to agree on. */
export function* checkBackup(environment: EnvironmentConfig, at: string): Iterable<Problem> {
  const { account, region, database } = environment;
  yield* checkWipe(environment, at);
  const { backup } = database;
  const path = `${at}.database.backup`;
  if (backup.monthlyDays < backup.dailyDays) {
    yield wrong(`${path}.monthlyDays`, backup.monthlyDays, `at least dailyDays, which is ${backup.dailyDays}`);
  }
  if (backup.lock === 'compliance' && backup.lockChangeableForDays === undefined) {
    const message =
      'missing: with lock "compliance" nobody, the root user and AWS included, can delete a backup or take the lock away once these days are over; say how many, at least 3';
    yield { path: `${path}.lockChangeableForDays`, message };
  }
  if (backup.lock !== 'compliance' && backup.lockChangeableForDays !== undefined) {
    yield wrong(`${path}.lockChangeableForDays`, backup.lockChangeableForDays, 'nothing without lock "compliance"');
  }
  const seen = new Set<string>();
  for (const [i, copy] of backup.copies.entries()) {
    const where = `${path}.copies[${i}]`;
    if ((copy.region === undefined) === (copy.account === undefined)) {
      const message =
        'takes a region or an account: AWS Backup copies snapshots of RDS to one or the other in one step; give two entries for both';
      yield { path: where, message };
      continue;
    }
    const target = copy.region ?? copy.account ?? '';
    if (seen.has(target)) yield { path: where, message: `"${target}" has a copy already; give it once` };
    seen.add(target);
    if (target === region || target === account) {
      yield { path: where, message: `"${target}" is the environment's own; name another one` };
    }
    if (copy.account !== undefined && account === undefined) {
      const message = `missing; a copy to another account needs it, since that account lets this one in`;
      yield { path: `${at}.account`, message };
    }
    if (copy.monthlyDays < copy.dailyDays) {
      yield wrong(`${where}.monthlyDays`, copy.monthlyDays, `at least dailyDays, which is ${copy.dailyDays}`);
    }
  }
}

function* checkWipe({ wipeDatabase, production, strategy }: EnvironmentConfig, at: string): Iterable<Problem> {
  if (!wipeDatabase) return;
  const path = `${at}.wipeDatabase`;
  if (production)
    yield { path, message: 'empties the database with each release: there is no such option in production' };
  else if (strategy !== 'rolling') {
    yield { path, message: "takes the live color's tables away: it is there with strategy 'rolling' only" };
  }
}

/** What people were promised in production. */
export function* checkProductionBackup(backup: BackupConfig, path: string): Iterable<Problem> {
  const must = (option: string, given: unknown, allowed: string) =>
    wrong(`${path}.${option}`, given, `${allowed} in production`);
  const { pointInTimeDays, monthlyDays, lock, copies, restoreTest } = backup;
  if (pointInTimeDays < 35) yield must('pointInTimeDays', pointInTimeDays, '35');
  if (monthlyDays < 1096) yield must('monthlyDays', monthlyDays, 'at least 1096 (three years)');
  if (lock === 'none') yield must('lock', lock, "'governance' or 'compliance'");
  if (restoreTest === 'never') yield must('restoreTest', restoreTest, "'daily', 'weekly' or 'monthly'");
  for (const [i, copy] of copies.entries()) {
    if (copy.monthlyDays < 1096) {
      yield must(`copies[${i}].monthlyDays`, copy.monthlyDays, 'at least 1096 (three years)');
    }
  }
}

/** What deserves a look. */
export function* lookAtBackup({ production, database }: EnvironmentConfig, at: string): Iterable<Problem> {
  const { lock, lockChangeableForDays, monthlyDays, copies } = database.backup;
  const path = `${at}.database.backup`;
  if (production && !copies.some(({ region }) => region !== undefined)) {
    const message = 'no copy in a second region: who loses the region loses the data; add { region }';
    yield { path: `${path}.copies`, message };
  }
  if (lock !== 'compliance') return;
  const message = `"compliance" cannot be undone: ${lockChangeableForDays} days after the deployment nobody, the root user and AWS included, can delete a backup before its time, for up to ${monthlyDays} days, nor stop paying for it`;
  yield { path: `${path}.lock`, message };
}
