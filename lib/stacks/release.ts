import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { MIGRATION_TASK_STEP } from '../../lambda/domain/steps';
import { HandlerFunction } from '../constructs/handler-function';
import { MigrationTask } from '../constructs/migration-task';
import { createReleaseRecords, type ReleaseRecords } from '../constructs/release-records';
import { watchBackups } from '../constructs/workflow/backup-watch';
import { openDoors } from '../constructs/workflow/doors';
import { guardAgainstDrift } from '../constructs/workflow/drift-guard';
import { type Feature, FUNCTIONS } from '../constructs/workflow/functions';
import { functionArn } from '../constructs/workflow/grants/grant';
import { PERMISSIONS } from '../constructs/workflow/permissions';
import { recoverFromOutside } from '../constructs/workflow/recovery';
import { MigrationMachine } from '../constructs/workflow/migration-machine';
import { ReleaseMachine } from '../constructs/workflow/release-machine';
import { RestoreMachine } from '../constructs/workflow/restore-machine';
import { RollingMachine } from '../constructs/workflow/rolling-machine';
import { type Names, resourceName } from '../names';
import { namesOf } from './environment-props';
import type { ReleaseStackProps } from './release-props';
import { handlerSettings, peopleFile, variablesOf } from './release-settings';
import { grantTargets } from './release-targets';

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

  private readonly names: Names;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ReleaseStackProps,
  ) {
    super(scope, id, props);
    const { environment } = props;
    this.names = namesOf(props);
    const records = createReleaseRecords(this, { names: this.names, production: environment.production });
    this.ledger = records.ledger;
    this.topic = records.topic;
    const group = new CfnScheduleGroup(this, 'Retirements', { name: resourceName(this.names, 'retirements') });
    const retireRole = new iam.Role(this, 'RetireRole', {
      description: 'Lets the one-off schedules of releases invoke RetireIdle',
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com'),
      inlinePolicies: {
        invoke: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: [functionArn({ stack: this, functionPrefix: resourceName(this.names) }, 'retire-idle')],
            }),
          ],
        }),
      },
    });

    const targets = grantTargets(this, props, records, { group: group.name as string, role: retireRole });
    const granted = (folder: string) => (PERMISSIONS[folder] ?? []).flatMap((grant) => grant(targets));
    const common = handlerSettings(props, this.ledger, targets);
    const task = this.createMigrationTask(granted('migrate'), common);
    const settings = {
      ...common,
      ...(task && { MIGRATION_TASK: this.toJsonString(task.settings) }),
      BACKUPS: this.toJsonString(props.database.backups),
    };
    this.functions = this.createFunctions({ records, granted, settings, task });

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
    const Machine = environment.strategy === 'rolling' ? RollingMachine : ReleaseMachine;
    const releaseProps = machineProps(targets.stateMachineName, 'MachineLog');
    this.stateMachine = new Machine(this, 'Release', releaseProps).stateMachine;
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
      checkRestoreTest: this.functions['check-restore-test'],
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

    openDoors(this, {
      find: (folder) => {
        const found = this.functions[folder];
        return found && { id: FUNCTIONS[environment.strategy][folder]?.id ?? folder, function: found };
      },
      console: environment.console !== undefined,
    });

    new CfnOutput(this, 'StateMachineArn', { value: this.stateMachine.stateMachineArn });
    new CfnOutput(this, 'MigrationMachineArn', { value: this.migrationMachine.stateMachineArn });
    new CfnOutput(this, 'LedgerTable', { value: this.ledger.tableName });
    new CfnOutput(this, 'TopicArn', { value: this.topic.topicArn });
  }

  private createFunctions({
    records,
    granted,
    settings,
    task,
  }: {
    readonly records: ReleaseRecords;
    readonly granted: (folder: string) => iam.PolicyStatement[];
    readonly settings: Readonly<Record<string, string>>;
    readonly task?: MigrationTask;
  }): Record<string, lambda.Function> {
    const { config, environment, network, database } = this.props;
    const has: Record<Feature, boolean> = {
      'read-only mode': environment.readOnlyDuringMigrations !== 'never',
      console: environment.console !== undefined,
      'migration task': task !== undefined,
      'wiped database': environment.wipeDatabase,
      'restore tests': database.backups.restoreTest !== undefined,
    };
    const wanted = Object.entries(FUNCTIONS[environment.strategy]).filter(
      ([, { onlyWith }]) => onlyWith === undefined || has[onlyWith],
    );
    const created = wanted.map(([folder, options]) => {
      const statements = granted(folder);
      const handler = new HandlerFunction(this, options.id, {
        functionName: resourceName(this.names, folder),
        folder,
        description: options.description,
        statements: [
          ...statements,
          ...records.decrypt(statements),
          ...(folder === MIGRATION_TASK_STEP.folder ? (task?.runStatements() ?? []) : []),
          ...(options.stopsTasks ? (task?.stopStatements() ?? []) : []),
        ],
        environment: variablesOf(options, settings),
        files: options.readsPeople ? peopleFile(config) : undefined,
        timeout: options.timeout,
        memorySize: options.memorySize,
        network: options.inNetwork ? { vpc: network.vpc, securityGroup: network.migratorSecurityGroup } : undefined,
      });
      return [folder, handler.function] as const;
    });
    return Object.fromEntries(created);
  }

  /** The migrator as a task, where the configuration asks for one. */
  private createMigrationTask(
    statements: iam.PolicyStatement[],
    settings: Record<string, string>,
  ): MigrationTask | undefined {
    const { environment, fleet, network } = this.props;
    if (environment.migrations.runOn !== 'fargate') return undefined;
    const { POLICY = '', ARTIFACT_BUCKET = '', MIGRATOR_SECRET_ARN = '', DATABASE_NAME = '' } = settings;
    return new MigrationTask(this, 'MigrationTask', {
      family: resourceName(this.names, 'migrate'),
      cluster: fleet.cluster,
      vpc: network.vpc,
      securityGroup: network.migratorSecurityGroup,
      statements,
      environment: { POLICY, ARTIFACT_BUCKET, MIGRATOR_SECRET_ARN, DATABASE_NAME },
      budgetSeconds: environment.migrations.timeBudget,
      production: environment.production,
    });
  }

  private requireFunction(folder: string): lambda.Function {
    const found = this.functions[folder];
    if (found === undefined) throw new Error(`${this.node.path} has no function for lambda/${folder}`);
    return found;
  }
}
