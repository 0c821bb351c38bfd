import { ArnFormat, CfnOutput, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { SettingName } from '../../lambda/domain/settings';
import { URL_ALIAS } from '../../lambda/domain/steps';
import { OPTIONAL_STEPS } from '../../lambda/domain/steps';
import { type EnvironmentConfig, type GreenroomConfig, releasePolicy } from '../config';
import { HandlerFunction } from '../constructs/handler-function';
import { FUNCTIONS } from '../constructs/workflow/functions';
import { PERMISSIONS, type PermissionTargets } from '../constructs/workflow/permissions';
import { recoverFromOutside } from '../constructs/workflow/recovery';
import { MigrationMachine } from '../constructs/workflow/migration-machine';
import { ReleaseMachine } from '../constructs/workflow/release-machine';
import { RollingMachine } from '../constructs/workflow/rolling-machine';
import { resourceName } from '../names';
import type { DatabaseStack } from './database';
import type { EdgeStack } from './edge';
import type { FleetStack } from './fleet';
import type { NetworkStack } from './network';
import type { RegistryStack } from './registry';

/** What only a configuration with read-only mode needs. */
const READ_ONLY: readonly string[] = Object.values(OPTIONAL_STEPS);

/** What people call. */
const PEOPLES_FUNCTIONS = ['revert', 'decide', 'operate', 'inspect'];

export interface ReleaseStackProps extends StackProps {
  readonly config: GreenroomConfig;
  readonly environment: EnvironmentConfig;
  readonly network: NetworkStack;
  readonly registry: RegistryStack;
  readonly database: DatabaseStack;
  readonly fleet: FleetStack;
  readonly edge: EdgeStack;
}

/** The workflow: state machine, its functions, the ledger, notifications, and what operators invoke by hand. */
export class ReleaseStack extends Stack {
  readonly stateMachine: sfn.StateMachine;
  /** Migrations without a release. */
  readonly migrationMachine: sfn.StateMachine;
  /** By folder under `lambda`. */
  readonly functions: Readonly<Record<string, lambda.Function>>;
  readonly ledger: dynamodb.Table;
  readonly topic: sns.Topic;

  private readonly names: { readonly application: string; readonly environment: string };

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ReleaseStackProps,
  ) {
    super(scope, id, props);
    const { environment, config } = props;
    this.names = { application: config.application.name, environment: environment.name };
    const key = new kms.Key(this, 'Key', {
      description: `Ledger and notifications of ${resourceName(this.names)}`,
      alias: `${resourceName(this.names)}-release`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.ledger = this.createLedger(key);
    this.topic = new sns.Topic(this, 'Topic', {
      topicName: resourceName(this.names, 'releases'),
      masterKey: key,
      enforceSSL: true,
    });
    const group = new CfnScheduleGroup(this, 'Retirements', { name: resourceName(this.names, 'retirements') });
    const retireRole = new iam.Role(this, 'RetireRole', {
      description: 'Lets the one-off schedules of releases invoke RetireIdle',
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com'),
      inlinePolicies: {
        invoke: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: [this.functionArn('retire-idle')],
            }),
          ],
        }),
      },
    });

    const targets = this.permissionTargets(group.name as string, retireRole);
    const settings = this.settings(targets);
    this.functions = Object.fromEntries(
      Object.entries(FUNCTIONS[environment.strategy])
        .filter(([folder]) => environment.readOnlyDuringMigrations !== 'never' || !READ_ONLY.includes(folder))
        .map(([folder, options]) => [
          folder,
          new HandlerFunction(this, options.id, {
            functionName: resourceName(this.names, folder),
            folder,
            description: options.description,
            statements: [
              ...(PERMISSIONS[folder] ?? []).flatMap((grant) => grant(targets)),
              ...this.decrypt(key, folder),
            ],
            environment: settings,
            timeout: options.timeout,
            memorySize: options.memorySize,
            network: options.inNetwork
              ? { vpc: props.network.vpc, securityGroup: props.network.migratorSecurityGroup }
              : undefined,
          }).function,
        ]),
    );

    const machineProps = (name: string, logId: string) => ({
      name,
      environment,
      functions: (folder: string) => this.requireFunction(folder),
      logs: {
        level: sfn.LogLevel.ALL,
        includeExecutionData: false,
        destination: new logs.LogGroup(this, logId, {
          logGroupName: `/aws/vendedlogs/states/${name}`,
          retention: logs.RetentionDays.ONE_YEAR,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    const releaseProps = machineProps(targets.stateMachineName, 'MachineLog');
    const machine =
      environment.strategy === 'rolling'
        ? new RollingMachine(this, 'Release', releaseProps)
        : new ReleaseMachine(this, 'Release', releaseProps);
    this.stateMachine = machine.stateMachine;
    const migrationProps = machineProps(targets.migrationMachineName, 'MigrationLog');
    this.migrationMachine = new MigrationMachine(this, 'Migration', migrationProps).stateMachine;
    recoverFromOutside(this, {
      stateMachines: [this.stateMachine, this.migrationMachine],
      recover: this.requireFunction(environment.strategy === 'rolling' ? 'recover-roll' : 'recover-release'),
    });

    // A function called by its URL learns who calls (IAM); one that is invoked directly has to believe what it is told.
    for (const folder of PEOPLES_FUNCTIONS.filter((each) => each in this.functions)) {
      const id = FUNCTIONS[environment.strategy][folder]?.id;
      const version = this.requireFunction(folder).latestVersion;
      const alias = new lambda.Alias(this, `${id}UrlAlias`, { aliasName: URL_ALIAS, version });
      const url = alias.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM });
      new CfnOutput(this, `${id}Url`, { value: url.url });
    }

    new CfnOutput(this, 'StateMachineArn', { value: this.stateMachine.stateMachineArn });
    new CfnOutput(this, 'MigrationMachineArn', { value: this.migrationMachine.stateMachineArn });
    new CfnOutput(this, 'LedgerTable', { value: this.ledger.tableName });
    new CfnOutput(this, 'TopicArn', { value: this.topic.topicArn });
  }

  private createLedger(key: kms.IKey): dynamodb.Table {
    const ledger = new dynamodb.Table(this, 'Ledger', {
      tableName: resourceName(this.names, 'ledger'),
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: this.props.environment.production,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    ledger.addGlobalSecondaryIndex({
      indexName: 'history',
      partitionKey: { name: 'list', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'startedAt', type: dynamodb.AttributeType.STRING },
    });
    return ledger;
  }

  /** The key that stands behind ledger and topic, usable only through those services. */
  private decrypt(key: kms.IKey, folder: string): iam.PolicyStatement[] {
    const viaService = (keyArn: string, service: string, actions: string[]) =>
      new iam.PolicyStatement({
        actions,
        resources: [keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `${service}.${this.region}.${this.urlSuffix}` } },
      });
    const uses = (action: string) =>
      (PERMISSIONS[folder] ?? [])
        .flatMap((grant) => grant(this.permissionTargets('', undefined)))
        .some((statement) => statement.actions.some((each) => each.startsWith(action)));
    return [
      ...(uses('dynamodb:') ? [viaService(key.keyArn, 'dynamodb', ['kms:Decrypt'])] : []),
      ...(uses('sns:') ? [viaService(key.keyArn, 'sns', ['kms:Decrypt', 'kms:GenerateDataKey'])] : []),
    ];
  }

  private permissionTargets(retireScheduleGroup: string, retireRole: iam.IRole | undefined): PermissionTargets {
    const { fleet, edge, registry, database } = this.props;
    const fleets = [fleet.fleets.blue, fleet.fleets.green].filter((each) => each !== undefined);
    return {
      stack: this,
      ledgerTableArn: this.ledger.tableArn,
      topicArn: this.topic.topicArn,
      stateMachineName: resourceName(this.names, 'release'),
      migrationMachineName: resourceName(this.names, 'migrate'),
      routeStoreArn: edge.liveRoute?.store.keyValueStoreArn ?? '',
      distributionId: edge.distribution.distributionId,
      previewKeyArn: edge.liveRoute?.previewKey.secretArn ?? '',
      clusterArn: fleet.cluster.clusterArn,
      serviceArns: fleets.map(({ service }) => service.serviceArn),
      families: fleets.map(({ family }) => family),
      taskRoleArns: [fleet.taskRole.roleArn, fleet.executionRole.roleArn],
      logGroupArns: fleets.map(({ logGroup }) => logGroup.logGroupArn),
      repositoryArn: registry.repository.repositoryArn,
      artifactBucketArn: registry.artifacts.bucketArn,
      databaseInstanceId: database.instance.instanceIdentifier,
      databaseSecretArn: database.secret.secretArn,
      retireScheduleGroup,
      retireRoleArn: retireRole?.roleArn ?? '',
    };
  }

  /** Environment variables of every handler; a rolling environment has no route and one fleet. */
  private settings(targets: PermissionTargets): Partial<Record<SettingName, string>> & Record<string, string> {
    const { config, environment, fleet, edge, registry, database } = this.props;
    const { blue, green } = fleet.fleets;
    const common = {
      POLICY: JSON.stringify(releasePolicy(config, environment)),
      LEDGER_TABLE: this.ledger.tableName,
      TOPIC_ARN: this.topic.topicArn,
      STATE_MACHINE_ARN: this.machineArn(targets.stateMachineName),
      MIGRATION_MACHINE_ARN: this.machineArn(targets.migrationMachineName),
      EDGE_URL: edge.url,
      DISTRIBUTION_ID: edge.distribution.distributionId,
      CLUSTER_NAME: fleet.cluster.clusterName,
      TEMPLATE_FAMILY: fleet.templateFamily,
      BLUE_SERVICE: blue.serviceName,
      BLUE_FAMILY: blue.family,
      BLUE_TARGET_GROUP_ARN: blue.targetGroup.targetGroupArn,
      BLUE_ALARMS: blue.alarms.map(({ alarmName }) => alarmName).join(','),
      BLUE_LOG_GROUP: blue.logGroup.logGroupName,
      ARTIFACT_BUCKET: registry.artifacts.bucketName,
      DATABASE_INSTANCE_ID: database.instance.instanceIdentifier,
      DATABASE_SECRET_ARN: database.secret.secretArn,
      DATABASE_NAME: database.databaseName,
    };
    if (green === undefined || edge.liveRoute === undefined) return common;
    return {
      ...common,
      ROUTE_STORE_ARN: targets.routeStoreArn,
      PREVIEW_KEY_ARN: targets.previewKeyArn,
      GREEN_SERVICE: green.serviceName,
      GREEN_FAMILY: green.family,
      GREEN_TARGET_GROUP_ARN: green.targetGroup.targetGroupArn,
      GREEN_ALARMS: green.alarms.map(({ alarmName }) => alarmName).join(','),
      GREEN_LOG_GROUP: green.logGroup.logGroupName,
      RETIRE_SCHEDULE_GROUP: targets.retireScheduleGroup,
      RETIRE_FUNCTION_ARN: this.functionArn('retire-idle'),
      RETIRE_ROLE_ARN: targets.retireRoleArn,
    };
  }

  private machineArn(resourceName: string): string {
    return this.formatArn({
      service: 'states',
      resource: 'stateMachine',
      resourceName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  /** By name and not by reference: state machine and functions refer to each other. */
  private functionArn(folder: string): string {
    return this.formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: resourceName(this.names, folder),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }

  private requireFunction(folder: string): lambda.Function {
    const found = this.functions[folder];
    if (found === undefined) throw new Error(`${this.node.path} has no function for lambda/${folder}`);
    return found;
  }
}
