import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { BackupExpectations } from '../../lambda/domain/backups';
import type { DatabaseConfig, EnvironmentConfig } from '../config';
import { backupRules, MAINTENANCE_WINDOW } from '../constructs/backup-rules';
import type { BackupVault } from '../constructs/backup-vault';
import { copyVaultArn, DatabaseBackup } from '../constructs/database-backup';
import { RestoreTesting } from '../constructs/restore-testing';
import { DatabaseUsers, signInAs } from '../constructs/database-users';
import { signIn } from '../constructs/secret-rotation';
import { resourceName } from '../names';
import { type EnvironmentStackProps, namesOf } from './environment-props';
import type { NetworkStack } from './network';

export interface DatabaseStackProps extends EnvironmentStackProps {
  readonly network: NetworkStack;
}

/** So many of the newest snapshots before migrations are kept however old they are. */
const RELEASE_SNAPSHOTS = 5;

/** User that RDS makes. Nothing signs in with it but the function that makes the other users. */
const ADMIN = 'greenroom_admin';

/**
 * The database, shared by both colors. Private, encrypted with a key of its own, kept when the stack goes.
 *
 * Each of those who sign in has a secret of its own (see {@link DatabaseUsers}). The administrator's is one of ours, and
 * not one that RDS makes: RDS ties its own to one instance, and another one stands under the same name after a restore.
 */
export class DatabaseStack extends Stack {
  readonly instance: rds.DatabaseInstance;
  /** JSON with `username`, `password`, `host`, `port`, `dbname`, `engine`: what tasks sign in with. */
  readonly secret: secretsmanager.ISecret;
  /** Of the same form: what migrations sign in with. */
  readonly migratorSecret: secretsmanager.ISecret;
  /** Of the same form: what checks sign in with. */
  readonly verifierSecret: secretsmanager.ISecret;
  /** Makes the users, also those of a restored instance. */
  readonly rotateFunction: lambda.Function;
  /** What the backups have to come to. */
  readonly backups: BackupExpectations;
  /** Of the same form, with the password that every instance under this name has to have. */
  readonly administratorSecret: secretsmanager.ISecret;
  readonly databaseName: string;
  /** Of the data, of its snapshots and of the secrets. */
  readonly encryptionKey: kms.IKey;

  constructor(scope: Construct, id: string, props: DatabaseStackProps) {
    super(scope, id, props);
    const { network, environment } = props;
    const { database } = environment;
    const name = resourceName(namesOf(props));
    this.databaseName = database.name;

    const encryptionKey = new kms.Key(this, 'Key', {
      alias: `${name}-data`,
      description: `Database, its secrets and backups of ${name}`,
      enableKeyRotation: true,
      // Without it no backup can be read any more.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.encryptionKey = encryptionKey;
    const engine = engineOf(database);
    const administrator = signIn(this, 'Administrator', {
      secretName: `${name}-database-administrator`,
      description: "What the function signs in with that makes the database's users",
      template: signInAs('administrator', ADMIN),
      encryptionKey,
    });
    this.instance = new rds.DatabaseInstance(this, 'Instance', {
      instanceIdentifier: name,
      engine,
      instanceType: new ec2.InstanceType(database.instanceClass.replace(/^db\./, '')),
      databaseName: database.name,
      vpc: network.vpc,
      vpcSubnets: { subnetGroupName: 'database' },
      securityGroups: [network.databaseSecurityGroup],
      publiclyAccessible: false,
      multiAz: database.multiAz,
      credentials: rds.Credentials.fromSecret(administrator, ADMIN),
      storageEncryptionKey: encryptionKey,
      storageType: rds.StorageType.GP3,
      allocatedStorage: database.storageGb,
      maxAllocatedStorage: database.maxStorageGb,
      parameterGroup: this.parameters(engine, database),
      caCertificate: rds.CaCertificate.RDS_CA_RSA2048_G1,
      cloudwatchLogsExports: LOGS[database.engine],
      performanceInsightEncryptionKey: encryptionKey,
      enablePerformanceInsights: true,
      // A full version in the configuration is kept; with a major one RDS goes forward by itself.
      autoMinorVersionUpgrade: isMajor(database),
      deletionProtection: database.deletionProtection,
      removalPolicy: RemovalPolicy.RETAIN,
      copyTagsToSnapshot: true,
      // AWS Backup's continuous rule sets this very value on the instance: another one here would be drift and, with
      // each deployment, a quarrel. It also takes the window over, hence none is given.
      backupRetention: Duration.days(database.backup.pointInTimeDays),
      preferredMaintenanceWindow: MAINTENANCE_WINDOW,
    });
    if (isMajor(database)) acceptMajorVersion(this.instance);
    if (database.restoreFrom !== undefined) restoreFrom(this.instance, database.restoreFrom);
    for (const log of LOGS[database.engine]) this.instance.node.addDependency(this.logGroup(name, log, environment));

    // Attached: it has the instance's address, too.
    this.administratorSecret = this.instance.secret as secretsmanager.ISecret;
    const users = new DatabaseUsers(this, 'Users', {
      name,
      database: this.instance,
      administrator: this.administratorSecret,
      engine: database.engine,
      databaseName: database.name,
      encryptionKey,
      network,
    });
    this.secret = users.application;
    this.migratorSecret = users.migrator;
    this.verifierSecret = users.verifier;
    this.rotateFunction = users.rotate;
    const { vaults } = new DatabaseBackup(this, 'Backup', {
      name,
      instance: this.instance,
      encryptionKey,
      backup: database.backup,
    });
    this.backups = this.watchedBackups(name, vaults, props);
  }

  private watchedBackups(
    name: string,
    vaults: DatabaseBackup['vaults'],
    { network, environment }: DatabaseStackProps,
  ): BackupExpectations {
    const { backup } = environment.database;
    const rules = backupRules(backup).flatMap(({ name: rule, copies }) =>
      rule === 'point-in-time'
        ? []
        : [{ rule, name: `${name}-${rule}`, copies: copies.map((copy) => copyVaultArn(this, name, copy)) }],
    );
    const kept = { vaults: rules, releaseSnapshots: { days: backup.releaseDays, atLeast: RELEASE_SNAPSHOTS } };
    if (backup.restoreTest === 'never') return kept;
    const { planArn, days } = new RestoreTesting(this, 'RestoreTesting', {
      name,
      instance: this.instance,
      subnetGroupName: (this.instance.node.defaultChild as rds.CfnDBInstance).dbSubnetGroupName as string,
      securityGroupId: network.databaseSecurityGroup.securityGroupId,
      vaults: rules.map(({ rule }) => (vaults[rule] as BackupVault).vault),
      every: backup.restoreTest,
      dailyDays: backup.dailyDays,
    });
    return { ...kept, restoreTest: { planArn, days } };
  }

  private parameters(engine: rds.IInstanceEngine, { engine: kind }: DatabaseConfig): rds.ParameterGroup {
    return new rds.ParameterGroup(this, 'Parameters', {
      engine,
      description: 'Refuses connections without TLS',
      parameters: kind === 'postgres' ? { 'rds.force_ssl': '1' } : { require_secure_transport: '1' },
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** RDS would make it without an end to its retention. */
  private logGroup(name: string, log: string, { production }: EnvironmentConfig): logs.LogGroup {
    return new logs.LogGroup(this, `Logs-${log}`, {
      logGroupName: `/aws/rds/instance/${name}/${log}`,
      retention: production ? logs.RetentionDays.ONE_YEAR : logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}

const LOGS: Readonly<Record<DatabaseConfig['engine'], string[]>> = {
  postgres: ['postgresql', 'upgrade'],
  mysql: ['error', 'slowquery'],
};

function isMajor({ engine, version }: DatabaseConfig): boolean {
  return version.split('.').length === (engine === 'postgres' ? 1 : 2);
}

/**
 * The instance begins as a snapshot. What the snapshot has already, RDS does not take: the name of the database, the
 * administrator's, and the key, which is that of the snapshot. The administrator's password becomes the secret's.
 */
function restoreFrom(instance: rds.DatabaseInstance, snapshot: string): void {
  const resource = instance.node.defaultChild as rds.CfnDBInstance;
  resource.dbSnapshotIdentifier = snapshot;
  for (const name of ['DBName', 'MasterUsername', 'KmsKeyId', 'StorageEncrypted']) {
    resource.addPropertyDeletionOverride(name);
  }
}

/** The checkers of templates list full versions; RDS takes a major one for its newest default minor version. */
function acceptMajorVersion(instance: rds.DatabaseInstance): void {
  const resource = instance.node.defaultChild as rds.CfnDBInstance;
  resource.addMetadata('cfn-lint', { config: { ignore_checks: ['W3691', 'E3691'] } });
  Validations.of(resource).acknowledge({
    id: 'CloudFormation-Validate::E9006',
    reason: 'RDS accepts a major version and chooses the minor one; the configuration has checked the major one',
  });
}

function engineOf({ engine, version }: DatabaseConfig): rds.IInstanceEngine {
  const parts = version.split('.');
  if (engine === 'postgres') {
    return rds.DatabaseInstanceEngine.postgres({
      version: rds.PostgresEngineVersion.of(version, parts[0] as string),
    });
  }
  return rds.DatabaseInstanceEngine.mysql({ version: rds.MysqlEngineVersion.of(version, parts.slice(0, 2).join('.')) });
}
