import { Duration, RemovalPolicy, Stack, Validations, type StackProps } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as rds from 'aws-cdk-lib/aws-rds';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { DatabaseConfig, EnvironmentConfig, GreenroomConfig } from '../config';
import { DatabaseBackup } from '../constructs/database-backup';
import { RotatedSecret } from '../constructs/rotated-secret';
import { resourceName } from '../names';
import type { NetworkStack } from './network';

export interface DatabaseStackProps extends StackProps {
  readonly config: GreenroomConfig;
  readonly environment: EnvironmentConfig;
  readonly network: NetworkStack;
}

/** User that RDS makes. Nothing but the rotation of the application's secret signs in with it. */
const ADMIN = 'greenroom_admin';

/**
 * The database, shared by both colors. Private, encrypted with a key of its own, kept when the stack goes.
 *
 * Two secrets: the administrator's, which RDS makes and rotates by itself, and the application's. Tasks get theirs when
 * they start and keep it, so that it alternates between two users (see {@link RotatedSecret}).
 */
export class DatabaseStack extends Stack {
  readonly instance: rds.DatabaseInstance;
  /** JSON with `username`, `password`, `host`, `port`, `dbname`, `engine`: what tasks and migrator sign in with. */
  readonly secret: secretsmanager.ISecret;
  readonly databaseName: string;

  constructor(scope: Construct, id: string, props: DatabaseStackProps) {
    super(scope, id, props);
    const { network, environment } = props;
    const { database } = environment;
    const name = resourceName({ application: props.config.application.name, environment: environment.name });
    this.databaseName = database.name;

    const encryptionKey = new kms.Key(this, 'Key', {
      alias: `${name}-data`,
      description: `Database, its secrets and backups of ${name}`,
      enableKeyRotation: true,
      // Without it no backup can be read any more.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const engine = engineOf(database);
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
      credentials: rds.Credentials.fromUsername(ADMIN, { encryptionKey }),
      manageMasterUserPassword: true,
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
    });
    if (isMajor(database)) acceptMajorVersion(this.instance);
    for (const log of LOGS[database.engine]) this.instance.node.addDependency(this.logGroup(name, log, environment));

    this.secret = new RotatedSecret(this, 'Secret', {
      name: resourceName({ application: props.config.application.name, environment: environment.name }, 'database'),
      functionName: `${name}-rotate-secret`,
      database: this.instance,
      engine: database.engine,
      databaseName: database.name,
      encryptionKey,
      network,
    }).secret;
    new DatabaseBackup(this, 'Backup', { name, instance: this.instance, encryptionKey, backup: database.backup });
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
