import { Fn } from 'aws-cdk-lib';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as rds from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import type { BackupConfig } from '../config';
import { ROTATION_DAYS } from './secret-rotation';

export interface RestoreTestingProps {
  /** Prefix of the physical names, `<application>-<environment>`. */
  readonly name: string;
  readonly instance: rds.IDatabaseInstance;
  /** Where the database lies, and what is restored, too: only there the verifier reaches it. */
  readonly subnetGroupName: string;
  readonly securityGroupId: string;
  readonly vaults: readonly backup.IBackupVault[];
  readonly every: Exclude<BackupConfig['restoreTest'], 'never'>;
  /** Days that a daily snapshot is kept. */
  readonly dailyDays: number;
}

/** When, UTC, and after how many days without a success somebody has to know: twice the interval and a day. */
const SCHEDULES = {
  daily: { cron: 'cron(0 10 * * ? *)', days: 3 },
  weekly: { cron: 'cron(0 10 ? * TUE *)', days: 15 },
  monthly: { cron: 'cron(0 10 2 * ? *)', days: 63 },
} as const;

/** AWS Backup restores a snapshot beside the database on a schedule; what it is worth is for `check-restore-test` to say. */
export class RestoreTesting extends Construct {
  readonly planArn: string;
  /** One has to have succeeded within this many days. */
  readonly days: number;

  constructor(scope: Construct, id: string, props: RestoreTestingProps) {
    super(scope, id);
    const { cron, days } = SCHEDULES[props.every];
    this.days = days;
    const plan = new backup.CfnRestoreTestingPlan(this, 'Plan', {
      // Letters, digits and underscores only.
      restoreTestingPlanName: props.name.replaceAll('-', '_'),
      scheduleExpression: cron,
      startWindowHours: 4,
      recoveryPointSelection: {
        // Any of them, and not always the newest: each has to be good.
        algorithm: 'RANDOM_WITHIN_WINDOW',
        includeVaults: props.vaults.map(({ backupVaultArn }) => backupVaultArn),
        recoveryPointTypes: ['SNAPSHOT'],
        // An older one has passwords that no version of the verifier's secret holds any more.
        selectionWindowDays: Math.min(ROTATION_DAYS, props.dailyDays),
      },
    });
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('backup.amazonaws.com'),
      description: 'Restores snapshots for restore tests, and deletes what was restored',
      managedPolicies: [
        iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSBackupServiceRolePolicyForRestores'),
      ],
    });
    new backup.CfnRestoreTestingSelection(this, 'Selection', {
      restoreTestingPlanName: plan.ref,
      restoreTestingSelectionName: 'database',
      protectedResourceType: 'RDS',
      protectedResourceArns: [props.instance.instanceArn],
      iamRoleArn: role.roleArn,
      // After it AWS Backup deletes what it has restored, validated or not.
      validationWindowHours: 2,
      restoreMetadataOverrides: {
        dbSubnetGroupName: props.subnetGroupName,
        vpcSecurityGroupIds: Fn.join('', ['["', props.securityGroupId, '"]']),
        publiclyAccessible: 'false',
        multiAz: 'false',
      },
    });
    this.planArn = plan.attrRestoreTestingPlanArn;
  }
}
