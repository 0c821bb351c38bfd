import { Schedule } from 'aws-cdk-lib/aws-events';
import type { BackupConfig, BackupCopyConfig } from '../config';

/** What is kept how long, and where; one vault holds recovery points of one retention. */
export interface BackupRule {
  /** Name of the rule, and last part of its vault's name. */
  readonly name: 'point-in-time' | 'daily' | 'monthly';
  readonly continuous: boolean;
  readonly days: number;
  readonly schedule: Schedule;
  readonly copies: readonly BackupCopyRule[];
}

export interface BackupCopyRule {
  readonly target: BackupCopyConfig;
  /** Last part of the name of the vault at the other place. */
  readonly vault: string;
  readonly days: number;
}

/**
 * The rules of a backup plan, UTC, two hours apart: RDS takes one backup of an instance at a time. They keep clear of
 * the instance's maintenance window, in which jobs would fail.
 */
export function backupRules(backup: BackupConfig): readonly BackupRule[] {
  return [
    {
      name: 'point-in-time',
      continuous: true,
      days: backup.pointInTimeDays,
      schedule: Schedule.cron({ hour: '1', minute: '0' }),
      // A copy of a continuous backup is a snapshot: the daily rule makes it.
      copies: [],
    },
    {
      name: 'daily',
      continuous: false,
      days: backup.dailyDays,
      schedule: Schedule.cron({ hour: '3', minute: '0' }),
      copies: backup.copies.map((target) => ({ target, vault: 'daily-copies', days: target.dailyDays })),
    },
    {
      name: 'monthly',
      continuous: false,
      days: backup.monthlyDays,
      schedule: Schedule.cron({ day: '1', hour: '5', minute: '0' }),
      copies: backup.copies.map((target) => ({ target, vault: 'monthly-copies', days: target.monthlyDays })),
    },
  ];
}

/** UTC; three hours after the last rule has begun, on one day of the week. */
export const MAINTENANCE_WINDOW = 'Sun:08:00-Sun:09:00';
