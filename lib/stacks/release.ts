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
import type { ConsoleClaims } from '../../lambda/domain/console';
import { packPolicy } from '../../lambda/domain/policy';
import type { SettingName } from '../../lambda/domain/settings';
import { CONSOLE_ALIAS, MIGRATION_TASK_STEP, OPTIONAL_STEPS, URL_ALIAS } from '../../lambda/domain/steps';
import { type EnvironmentConfig, type GreenroomConfig, releasePolicy } from '../config';
import { HandlerFunction } from '../constructs/handler-function';
import { MigrationTask } from '../constructs/migration-task';
import { watchBackups } from '../constructs/workflow/backup-watch';
import { guardAgainstDrift } from '../constructs/workflow/drift-guard';
import { type FunctionOptions, FUNCTIONS, WIPE_DATABASE } from '../constructs/workflow/functions';
import { PEOPLES_ACTS, type PermissionTargets } from '../constructs/workflow/permissions';
import { recoverFromOutside } from '../constructs/workflow/recovery';
import { MigrationMachine } from '../constructs/workflow/migration-machine';
import { ReleaseMachine } from '../constructs/workflow/release-machine';
import { RestoreMachine } from '../constructs/workflow/restore-machine';
import { WORKFLOW_PERMISSIONS } from '../constructs/workflow/restore-permissions';
import { RollingMachine } from '../constructs/workflow/rolling-machine';
import { resourceName } from '../names';
import type { CacheStack } from './cache';
import type { DatabaseStack } from './database';
import type { EdgeStack } from './edge';
import type { FleetStack } from './fleet';
import type { NetworkStack } from './network';
import type { RegistryStack } from './registry';

/** The people of the configuration, beside the code of whoever compares their names. */
const PEOPLE_FILE = 'people.json';

function peopleFile({ people }: GreenroomConfig): Record<string, string> | undefined {
  return people.length === 0 ? undefined : { [PEOPLE_FILE]: JSON.stringify(people) };
}

/** Which claims say who somebody is and what they may; those of Cognito where a user pool is made. */
function consoleClaims({ provider }: NonNullable<EnvironmentConfig['console']>): ConsoleClaims {
  return provider
    ? { name: provider.nameClaim, roles: provider.rolesClaim }
    : { name: 'email', roles: 'cognito:groups' };
}

/** What only a configuration with read-only mode needs. */
const READ_ONLY: readonly string[] = Object.values(OPTIONAL_STEPS);

/** What only an environment with a console needs. */
const CONSOLE_API = 'console-api';

/** What only an environment with restore tests needs. */
const RESTORE_TEST = 'check-restore-test';

/** Who stops the task of a migration. */
const STOPS_TASKS = ['recover-release', 'recover-roll'];

/** Variables that certain functions alone have. Lambda has room for so many only (variables-limit.ts). */
const READ_BY: readonly {
  readonly variable: RegExp;
  readonly by: (folder: string, options: FunctionOptions) => boolean;
}[] = [
  { variable: /^(BLUE|GREEN|RETIRE)_/, by: (_folder, { watchesBackups }) => !watchesBackups },
  { variable: /^(MIGRATOR|VERIFIER)_SECRET_ARN$/, by: (_folder, { inNetwork }) => inNetwork === true },
  { variable: /^CONSOLE_CLAIMS$|_LOAD_BALANCER$/, by: (folder) => folder === CONSOLE_API },
  { variable: /^MIGRATION_TASK$/, by: (folder) => [MIGRATION_TASK_STEP.folder, ...STOPS_TASKS].includes(folder) },
  { variable: /^BACKUPS$/, by: (_folder, { watchesBackups }) => watchesBackups === true },
];

function variablesOf(
  folder: string,
  options: FunctionOptions,
  settings: Readonly<Record<string, string>>,
): Record<string, string> {
  const others = READ_BY.filter(({ by }) => !by(folder, options));
  return Object.fromEntries(
    Object.entries(settings).filter(([name]) => !others.some(({ variable }) => variable.test(name))),
  );
}

/** What people call. */
const PEOPLES_FUNCTIONS = ['revert', 'decide', 'operate', 'inspect'];

export interface ReleaseStackProps extends StackProps {
  readonly config: GreenroomConfig;
  readonly environment: EnvironmentConfig;
  readonly network: NetworkStack;
  readonly registry: RegistryStack;
  readonly database: DatabaseStack;
  /** @default - the environment has none */
  readonly cache?: CacheStack;
  readonly fleet: FleetStack;
  readonly edge: EdgeStack;
}

/** The workflow: state machine, its functions, the ledger, notifications, and what operators invoke by hand. */
export class ReleaseStack extends Stack {
  readonly stateMachine: sfn.StateMachine;
  /** Migrations without a release. */
  readonly migrationMachine: sfn.StateMachine;
  /** Restores of the database. @default - the environment has one fleet */
  readonly restoreMachine?: sfn.StateMachine;
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
    this.letAlarmsPublish(key);
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
    const common = this.settings(targets);
    const task = this.createMigrationTask(targets, common);
    const settings = {
      ...common,
      ...(task && { MIGRATION_TASK: this.toJsonString(task.settings) }),
      BACKUPS: this.toJsonString(props.database.backups),
    };
    this.functions = Object.fromEntries(
      Object.entries(FUNCTIONS[environment.strategy])
        .filter(([folder]) => environment.readOnlyDuringMigrations !== 'never' || !READ_ONLY.includes(folder))
        .filter(([folder]) => environment.console !== undefined || folder !== CONSOLE_API)
        .filter(([folder]) => task !== undefined || folder !== MIGRATION_TASK_STEP.folder)
        .filter(([folder]) => environment.wipeDatabase || folder !== WIPE_DATABASE)
        .filter(([folder]) => props.database.backups.restoreTest !== undefined || folder !== RESTORE_TEST)
        .map(([folder, options]) => [
          folder,
          new HandlerFunction(this, options.id, {
            functionName: resourceName(this.names, folder),
            folder,
            description: options.description,
            statements: [
              ...(WORKFLOW_PERMISSIONS[folder] ?? []).flatMap((grant) => grant(targets)),
              ...this.decrypt(key, folder),
              ...(folder === MIGRATION_TASK_STEP.folder ? (task?.runStatements() ?? []) : []),
              ...(STOPS_TASKS.includes(folder) ? (task?.stopStatements() ?? []) : []),
            ],
            environment: variablesOf(folder, options, settings),
            files: options.readsPeople ? peopleFile(config) : undefined,
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

    if (targets.restoreMachineName !== '') {
      const restoreProps = machineProps(targets.restoreMachineName, 'RestoreLog');
      this.restoreMachine = new RestoreMachine(this, 'Restore', {
        ...restoreProps,
        functions: (folder) =>
          folder === 'rotate-secret' ? props.database.rotateFunction : this.requireFunction(folder),
      }).stateMachine;
      recoverFromOutside(this.restoreMachine, {
        stateMachines: [this.restoreMachine],
        recover: this.requireFunction('recover-restore'),
      });
      new CfnOutput(this, 'RestoreMachineArn', { value: this.restoreMachine.stateMachineArn });
    }

    watchBackups(this, {
      vaultNames: ['point-in-time', 'daily', 'monthly'].map((rule) => resourceName(this.names, rule)),
      copyVaultArns: props.database.backups.vaults.flatMap(({ copies }) => copies),
      watch: this.requireFunction('watch-backups'),
      cleanSnapshots: this.requireFunction('clean-snapshots'),
      checkRestoreTest: this.functions[RESTORE_TEST],
    });

    guardAgainstDrift(this, {
      checkDrift: this.requireFunction('check-drift'),
      stackNames: [props.network, props.fleet, props.edge, this].map(({ stackName }) => stackName),
    });

    new lambda.EventSourceMapping(this, 'LedgerChanges', {
      target: this.requireFunction('emit-events'),
      eventSourceArn: this.ledger.tableStreamArn,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      // In order and until it succeeds: a bus that is down delays events, it loses none for a day.
      bisectBatchOnError: true,
    });

    // A function called by its URL learns who calls (IAM); one that is invoked directly has to believe what it is told.
    for (const folder of PEOPLES_FUNCTIONS.filter((each) => each in this.functions)) {
      const id = FUNCTIONS[environment.strategy][folder]?.id;
      const version = this.requireFunction(folder).latestVersion;
      const alias = new lambda.Alias(this, `${id}UrlAlias`, { aliasName: URL_ALIAS, version });
      const url = alias.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.AWS_IAM });
      new CfnOutput(this, `${id}Url`, { value: url.url });
    }
    // The console's API calls through an alias of its own, which no other role may invoke.
    for (const folder of environment.console ? PEOPLES_ACTS.filter((each) => each in this.functions) : []) {
      const version = this.requireFunction(folder).latestVersion;
      const id = FUNCTIONS[environment.strategy][folder]?.id;
      new lambda.Alias(this, `${id}ConsoleAlias`, { aliasName: CONSOLE_ALIAS, version });
    }

    new CfnOutput(this, 'StateMachineArn', { value: this.stateMachine.stateMachineArn });
    new CfnOutput(this, 'MigrationMachineArn', { value: this.migrationMachine.stateMachineArn });
    new CfnOutput(this, 'LedgerTable', { value: this.ledger.tableName });
    new CfnOutput(this, 'TopicArn', { value: this.topic.topicArn });
  }

  /** The migrator as a task, where the configuration asks for one. */
  private createMigrationTask(targets: PermissionTargets, settings: Record<string, string>): MigrationTask | undefined {
    const { environment, fleet, network } = this.props;
    if (environment.migrations.runOn !== 'fargate') return undefined;
    const { POLICY = '', ARTIFACT_BUCKET = '', MIGRATOR_SECRET_ARN = '', DATABASE_NAME = '' } = settings;
    return new MigrationTask(this, 'MigrationTask', {
      family: resourceName(this.names, 'migrate'),
      cluster: fleet.cluster,
      vpc: network.vpc,
      securityGroup: network.migratorSecurityGroup,
      statements: (WORKFLOW_PERMISSIONS.migrate ?? []).flatMap((grant) => grant(targets)),
      environment: { POLICY, ARTIFACT_BUCKET, MIGRATOR_SECRET_ARN, DATABASE_NAME },
      budgetSeconds: environment.migrations.timeBudget,
      production: environment.production,
    });
  }

  private createLedger(key: kms.IKey): dynamodb.Table {
    const ledger = new dynamodb.Table(this, 'Ledger', {
      tableName: resourceName(this.names, 'ledger'),
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      // Every transition is recorded here first: what others are told of comes from this stream, and nothing is lost.
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
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

  /** CloudWatch publishes as itself, which topic and key have to allow: to the alarms of this environment only. */
  private letAlarmsPublish(key: kms.Key): void {
    const conditions = {
      StringEquals: { 'aws:SourceAccount': this.account },
      ArnLike: {
        'aws:SourceArn': this.formatArn({
          service: 'cloudwatch',
          resource: 'alarm',
          resourceName: `${resourceName(this.names)}-*`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      },
    };
    const principals = [new iam.ServicePrincipal('cloudwatch.amazonaws.com')];
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({ principals, actions: ['sns:Publish'], resources: [this.topic.topicArn], conditions }),
    );
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { StringEquals: conditions.StringEquals },
      }),
    );
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
      (WORKFLOW_PERMISSIONS[folder] ?? [])
        .flatMap((grant) => grant(this.permissionTargets('', undefined)))
        .some((statement) => statement.actions.some((each) => each.startsWith(action)));
    return [
      ...(uses('dynamodb:') ? [viaService(key.keyArn, 'dynamodb', ['kms:Decrypt'])] : []),
      ...(uses('sns:') ? [viaService(key.keyArn, 'sns', ['kms:Decrypt', 'kms:GenerateDataKey'])] : []),
    ];
  }

  private permissionTargets(retireScheduleGroup: string, retireRole: iam.IRole | undefined): PermissionTargets {
    const { fleet, edge, registry, database, cache } = this.props;
    const fleets = [fleet.fleets.blue, fleet.fleets.green].filter((each) => each !== undefined);
    return {
      stack: this,
      ledgerTableArn: this.ledger.tableArn,
      ledgerStreamArn: this.ledger.tableStreamArn as string,
      functionPrefix: resourceName(this.names),
      topicArn: this.topic.topicArn,
      stateMachineName: resourceName(this.names, 'release'),
      migrationMachineName: resourceName(this.names, 'migrate'),
      restoreMachineName: edge.liveRoute === undefined ? '' : resourceName(this.names, 'restore'),
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
      taskSecretArns: [database.secret, cache?.secret].flatMap((each) => each?.secretArn ?? []),
      migratorSecretArn: database.migratorSecret.secretArn,
      verifierSecretArn: database.verifierSecret.secretArn,
      administratorSecretArn: database.administratorSecret.secretArn,
      databaseGroupPrefix: database.stackName.toLowerCase(),
      retireScheduleGroup,
      retireRoleArn: retireRole?.roleArn ?? '',
    };
  }

  /** Environment variables of every handler; a rolling environment has no route and one fleet. */
  private settings(targets: PermissionTargets): Partial<Record<SettingName, string>> & Record<string, string> {
    const { config, environment, fleet, edge, registry, database } = this.props;
    const { blue, green } = fleet.fleets;
    const common = {
      POLICY: packPolicy(releasePolicy(config, environment)),
      ...(config.people.length > 0 && { PEOPLE_FILE }),
      ...(environment.console && {
        FUNCTION_PREFIX: resourceName(this.names),
        CONSOLE_CLAIMS: JSON.stringify(consoleClaims(environment.console)),
      }),
      LEDGER_TABLE: this.ledger.tableName,
      TOPIC_ARN: this.topic.topicArn,
      STATE_MACHINE_ARN: this.machineArn(targets.stateMachineName),
      MIGRATION_MACHINE_ARN: this.machineArn(targets.migrationMachineName),
      EDGE_URL: edge.url,
      // Without a domain of its own the console's address is known only after this stack.
      ...(environment.console?.domain && { CONSOLE_URL: `https://${environment.console.domain.name}/` }),
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
      MIGRATOR_SECRET_ARN: database.migratorSecret.secretArn,
      VERIFIER_SECRET_ARN: database.verifierSecret.secretArn,
      VALIDATE_FUNCTION: resourceName(this.names, 'validate-database'),
      DATABASE_NAME: database.databaseName,
    };
    if (green === undefined || edge.liveRoute === undefined) return common;
    return {
      ...common,
      ...(environment.console && {
        BLUE_LOAD_BALANCER: blue.loadBalancer.loadBalancerFullName,
        GREEN_LOAD_BALANCER: green.loadBalancer.loadBalancerFullName,
      }),
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
      RESTORE_MACHINE_ARN: this.machineArn(targets.restoreMachineName),
      ADMIN_SECRET_ARN: targets.administratorSecretArn,
      CLOSED_SECURITY_GROUP_ID: this.props.network.closedSecurityGroup.securityGroupId,
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
