import { Arn, ArnFormat, type Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EVENT_SOURCE } from '../../../lambda/domain/events';
import { CONSOLE_ALIAS } from '../../../lambda/domain/steps';

/** ARNs that the handlers' statements name. */
export interface PermissionTargets {
  readonly stack: Stack;
  readonly ledgerTableArn: string;
  readonly ledgerStreamArn: string;
  /** What the functions' names begin with. */
  readonly functionPrefix: string;
  readonly topicArn: string;
  /** Name, not a reference: the state machine refers to the functions already. */
  readonly stateMachineName: string;
  readonly migrationMachineName: string;
  /** Empty in an environment with one fleet. */
  readonly restoreMachineName: string;
  readonly routeStoreArn: string;
  readonly distributionId: string;
  readonly previewKeyArn: string;
  readonly clusterArn: string;
  readonly serviceArns: string[];
  /** Families that the workflow registers revisions of. */
  readonly families: string[];
  readonly taskRoleArns: string[];
  readonly logGroupArns: string[];
  readonly repositoryArn: string;
  readonly artifactBucketArn: string;
  readonly databaseInstanceId: string;
  /** What tasks sign in with, to the database and, where there is one, to the cache. */
  readonly taskSecretArns: string[];
  readonly migratorSecretArn: string;
  readonly verifierSecretArn: string;
  readonly administratorSecretArn: string;
  /** What CloudFormation's names of the database's parameter and subnet groups begin with. */
  readonly databaseGroupPrefix: string;
  readonly retireScheduleGroup: string;
  readonly retireRoleArn: string;
}

/** Functions that the console calls in the name of people. */
export const PEOPLES_ACTS = ['revert', 'decide', 'operate'];

/** Functions that stop the task of a migration. */
export const STOPS_TASKS = ['recover-release', 'recover-roll'];

export type Grants = (t: PermissionTargets) => PolicyStatement[];

export const allow = (actions: string[], resources: string[], conditions?: Record<string, Record<string, unknown>>) =>
  new PolicyStatement({ actions, resources, conditions });

export const arn = (
  t: PermissionTargets,
  service: string,
  resource: string,
  resourceName: string,
  arnFormat?: ArnFormat,
) => Arn.format({ service, resource, resourceName, arnFormat: arnFormat ?? ArnFormat.SLASH_RESOURCE_NAME }, t.stack);

/**
 * What may be written in the ledger, by partition: records with their approvals, states of the environment, events, acts.
 * Events and acts have partitions of their own, which nothing may update or delete; they are put, on condition that they
 * are not there, by a function that has any of them to tell.
 */
const WRITES: Readonly<Record<string, { readonly action: string; readonly partition: string }>> = {
  PutRecord: { action: 'PutItem', partition: 'release#*' },
  PutEvent: { action: 'PutItem', partition: 'events#*' },
  PutAct: { action: 'PutItem', partition: 'acts' },
  PutState: { action: 'PutItem', partition: 'environment' },
  UpdateItem: { action: 'UpdateItem', partition: 'release#*' },
  UpdateState: { action: 'UpdateItem', partition: 'environment' },
  DeleteItem: { action: 'DeleteItem', partition: 'environment' },
};

export const ledger =
  (...operations: string[]): Grants =>
  (t) => {
    const plain = operations.filter((operation) => !(operation in WRITES));
    return [
      ...(plain.length === 0
        ? []
        : [
            allow(
              plain.map((each) => `dynamodb:${each}`),
              [t.ledgerTableArn],
            ),
          ]),
      ...operations
        .map((operation) => WRITES[operation])
        .filter((write) => write !== undefined)
        .map(({ action, partition }) =>
          allow([`dynamodb:${action}`], [t.ledgerTableArn], {
            'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [partition] },
          }),
        ),
    ];
  };

/** Lambda itself reads the stream, with the function's role. */
const readLedgerStream: Grants = (t) => [
  allow(['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], [t.ledgerStreamArn]),
  allow(['dynamodb:ListStreams'], ['*']),
];
const putEvents: Grants = (t) => [
  allow(['events:PutEvents'], [arn(t, 'events', 'event-bus', 'default')], {
    StringEquals: { 'events:source': EVENT_SOURCE },
  }),
];

export const history: Grants = (t) => [allow(['dynamodb:Query'], [`${t.ledgerTableArn}/index/history`])];

/** A rolling environment has no route to read. */
export const readRoute: Grants = (t) =>
  t.routeStoreArn === ''
    ? []
    : [allow(['cloudfront-keyvaluestore:DescribeKeyValueStore', 'cloudfront-keyvaluestore:GetKey'], [t.routeStoreArn])];
export const writeRoute: Grants = (t) =>
  t.routeStoreArn === '' ? [] : [...readRoute(t), allow(['cloudfront-keyvaluestore:PutKey'], [t.routeStoreArn])];

export const describeServices: Grants = (t) => [allow(['ecs:DescribeServices'], t.serviceArns)];
export const updateServices: Grants = (t) => [allow(['ecs:UpdateService'], t.serviceArns)];

const tasks: Grants = (t) => [
  // ListTasks names a container instance as its resource, DescribeTasks a task: both are held to the cluster.
  allow(['ecs:ListTasks', 'ecs:DescribeTasks'], ['*'], { ArnEquals: { 'ecs:cluster': t.clusterArn } }),
];

const describeRevisions: Grants = () => [allow(['ecs:DescribeTaskDefinition'], ['*'])];

/** Every revision of the colors' own families, and of no other. */
const revisions = (t: PermissionTargets) => t.families.map((family) => arn(t, 'ecs', 'task-definition', `${family}:*`));

const registerRevisions: Grants = (t) => [
  allow(['ecs:RegisterTaskDefinition'], revisions(t)),
  allow(['ecs:TagResource'], revisions(t), {
    StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' },
  }),
  allow(['iam:PassRole'], t.taskRoleArns, { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } }),
];
/** ECS has no resource-level permission for deregistering. */
const deregisterRevisions: Grants = () => [allow(['ecs:DeregisterTaskDefinition'], ['*'])];

export const targetHealth: Grants = () => [allow(['elasticloadbalancing:DescribeTargetHealth'], ['*'])];
const alarms: Grants = () => [allow(['cloudwatch:DescribeAlarms'], ['*'])];

const scalableTarget = (t: PermissionTargets) => arn(t, 'application-autoscaling', 'scalable-target', '*');
const readScaling: Grants = () => [allow(['application-autoscaling:DescribeScalableTargets'], ['*'])];
const suspendScaling: Grants = (t) => [
  ...readScaling(t),
  allow(['application-autoscaling:RegisterScalableTarget'], [scalableTarget(t)]),
];
const stopScaling: Grants = (t) => [
  ...readScaling(t),
  allow(['application-autoscaling:DeregisterScalableTarget'], [scalableTarget(t)]),
  // Deregistering deletes the alarms of the target's policies with the caller's permissions.
  allow(
    ['cloudwatch:DeleteAlarms'],
    [arn(t, 'cloudwatch', 'alarm', 'TargetTracking-*', ArnFormat.COLON_RESOURCE_NAME)],
  ),
];
const startScaling: Grants = (t) => [
  allow(
    ['application-autoscaling:RegisterScalableTarget', 'application-autoscaling:PutScalingPolicy'],
    [scalableTarget(t)],
  ),
  // A target-tracking policy creates its alarms with the caller's permissions.
  allow(
    ['cloudwatch:PutMetricAlarm'],
    [arn(t, 'cloudwatch', 'alarm', 'TargetTracking-*', ArnFormat.COLON_RESOURCE_NAME)],
  ),
  // The first scalable target of an account creates the service-linked role.
  allow(
    ['iam:CreateServiceLinkedRole'],
    [
      `arn:${t.stack.partition}:iam::${t.stack.account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/*`,
    ],
    { StringLike: { 'iam:AWSServiceName': 'ecs.application-autoscaling.amazonaws.com' } },
  ),
];

const readDistribution: Grants = (t) => [
  allow(
    ['cloudfront:GetDistribution'],
    [`arn:${t.stack.partition}:cloudfront::${t.stack.account}:distribution/${t.distributionId}`],
  ),
];

/** What a new task refers to, and what AWS lets the account have: names and numbers, no contents. */
const lookAtReferences: Grants = (t) => [
  allow(['iam:GetRole'], t.taskRoleArns),
  allow(['secretsmanager:DescribeSecret'], t.taskSecretArns),
  allow(['ecr:BatchGetImage'], [t.repositoryArn]),
  allow(
    ['cloudwatch:GetMetricData', 'ec2:DescribeSubnets', 'logs:DescribeLogGroups', 'rds:DescribeAccountAttributes'],
    ['*'],
  ),
  // "Fargate On-Demand vCPU resource count"
  allow(['servicequotas:GetServiceQuota'], [arn(t, 'servicequotas', 'fargate', 'L-3032A538')]),
];

/** PlanMigrations and VerifyMigration write nothing, whoever asks. */
const askDatabase: Grants = (t) => [
  allow(
    ['lambda:InvokeFunction'],
    ['plan-migrations', 'verify-migration'].map((folder) =>
      arn(t, 'lambda', 'function', `${t.functionPrefix}-${folder}`, ArnFormat.COLON_RESOURCE_NAME),
    ),
  ),
];

/** A rolling environment does not scale. */
const mendScaling: Grants = (t) => (t.routeStoreArn === '' ? [] : [...startScaling(t), ...stopScaling(t)]);

const machine = (t: PermissionTargets, name: string) =>
  arn(t, 'states', 'stateMachine', name, ArnFormat.COLON_RESOURCE_NAME);
/** Releases, migrations without a release and restores take the same turn: whoever gives it up may tell each. */
const machineNames = (t: PermissionTargets) =>
  [t.stateMachineName, t.migrationMachineName, t.restoreMachineName].filter((name) => name !== '');
const machines = (t: PermissionTargets) => machineNames(t).map((name) => machine(t, name));
const executions = (t: PermissionTargets) =>
  machineNames(t).map((name) => arn(t, 'states', 'execution', `${name}:*`, ArnFormat.COLON_RESOURCE_NAME));
export const describeExecutions: Grants = (t) => [allow(['states:DescribeExecution'], executions(t))];
export const stopExecutions: Grants = (t) => [allow(['states:StopExecution'], executions(t))];
const startExecutions: Grants = (t) => [allow(['states:StartExecution'], [machine(t, t.stateMachineName)])];
export const answerTokens: Grants = (t) => [allow(['states:SendTaskSuccess', 'states:SendTaskFailure'], machines(t))];

/** Releases and restores wait for an approval. */
const answerApprovals: Grants = (t) => [
  allow(
    ['states:SendTaskSuccess', 'states:SendTaskFailure'],
    machines(t).filter((each) => each !== machine(t, t.migrationMachineName)),
  ),
];

export const notify: Grants = (t) => [allow(['sns:Publish'], [t.topicArn])];
const scheduleRetirement: Grants = (t) => [
  allow(['scheduler:CreateSchedule'], [arn(t, 'scheduler', 'schedule', `${t.retireScheduleGroup}/*`)]),
  allow(['iam:PassRole'], [t.retireRoleArn], { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } }),
];
const resolveTags: Grants = (t) => [allow(['ecr:DescribeImages'], [t.repositoryArn])];
const tagImages: Grants = (t) => [allow(['ecr:BatchGetImage', 'ecr:PutImage'], [t.repositoryArn])];
const readManifests: Grants = (t) => [allow(['ecr:BatchGetImage'], [t.repositoryArn])];
const keepReports: Grants = (t) => [allow(['s3:PutObject'], [`${t.artifactBucketArn}/scans/*`])];
const scanFindings: Grants = (t) => [allow(['ecr:DescribeImageScanFindings'], [t.repositoryArn])];
export const readVersions: Grants = (t) => [
  allow(['s3:GetObject'], [`${t.artifactBucketArn}/versions/*`]),
  // Without it S3 answers AccessDenied instead of NoSuchKey for a version that was never published.
  allow(['s3:ListBucket'], [t.artifactBucketArn]),
];
const readChangelogs: Grants = (t) => [allow(['s3:GetObject'], [`${t.artifactBucketArn}/changelogs/*`])];
const migratorSecret: Grants = (t) => [allow(['secretsmanager:GetSecretValue'], [t.migratorSecretArn])];
const verifierSecret: Grants = (t) => [allow(['secretsmanager:GetSecretValue'], [t.verifierSecretArn])];
const previewKey: Grants = (t) => [allow(['secretsmanager:GetSecretValue'], [t.previewKeyArn])];
const snapshotArn = (t: PermissionTargets) => arn(t, 'rds', 'snapshot', 'greenroom-*', ArnFormat.COLON_RESOURCE_NAME);
const createSnapshots: Grants = (t) => [
  allow(
    ['rds:CreateDBSnapshot'],
    [arn(t, 'rds', 'db', t.databaseInstanceId, ArnFormat.COLON_RESOURCE_NAME), snapshotArn(t)],
  ),
  allow(['rds:AddTagsToResource'], [snapshotArn(t)]),
];
const describeSnapshots: Grants = (t) => [allow(['rds:DescribeDBSnapshots'], [snapshotArn(t)])];

/** By the alias that is the console's alone: through it, whoever calls says which person has signed in. */
const callInNameOfPeople: Grants = (t) => [
  allow(
    ['lambda:InvokeFunction'],
    PEOPLES_ACTS.filter((folder) => t.routeStoreArn !== '' || folder === 'operate').map((folder) =>
      arn(t, 'lambda', 'function', `${t.functionPrefix}-${folder}:${CONSOLE_ALIAS}`, ArnFormat.COLON_RESOURCE_NAME),
    ),
  ),
];
/** A rolling environment has neither colors to watch nor a preview. */
const alarmsOfColors: Grants = (t) => (t.routeStoreArn === '' ? [] : alarms(t));
const rates: Grants = (t) => (t.routeStoreArn === '' ? [] : [allow(['cloudwatch:GetMetricData'], ['*'])]);
const previewOfColors: Grants = (t) => (t.routeStoreArn === '' ? [] : previewKey(t));

const backupVaults: Grants = (t) => [
  allow(
    ['backup:DescribeBackupVault', 'backup:ListRecoveryPointsByBackupVault'],
    ['daily', 'monthly'].map((rule) =>
      arn(t, 'backup', 'backup-vault', `${t.functionPrefix}-${rule}`, ArnFormat.COLON_RESOURCE_NAME),
    ),
  ),
];
/** AWS Backup has no resource-level permission for jobs. */
const copyJobs: Grants = () => [allow(['backup:ListCopyJobs'], ['*'])];
const restoreJobs: Grants = () => [allow(['backup:DescribeRestoreJob', 'backup:PutRestoreValidationResult'], ['*'])];
const describeInstance =
  (name: (t: PermissionTargets) => string): Grants =>
  (t) => [allow(['rds:DescribeDBInstances'], [arn(t, 'rds', 'db', name(t), ArnFormat.COLON_RESOURCE_NAME)])];
const invokeValidation: Grants = (t) => [
  allow(
    ['lambda:InvokeFunction'],
    [arn(t, 'lambda', 'function', `${t.functionPrefix}-validate-database`, ArnFormat.COLON_RESOURCE_NAME)],
  ),
];

/** What each handler may do: exactly the calls that its code makes (promise P8). */
export const PERMISSIONS: Record<string, Grants[]> = {
  'open-release': [ledger('GetItem', 'PutRecord', 'PutEvent'), resolveTags, readManifests, readVersions],
  'await-turn': [
    ledger('GetItem', 'PutEvent', 'PutState', 'UpdateItem'),
    describeExecutions,
    stopExecutions,
    answerTokens,
  ],
  'check-image': [ledger('GetItem', 'PutEvent'), scanFindings, keepReports, notify],
  'find-running': [ledger('GetItem'), readRoute],
  'record-plan': [ledger('GetItem', 'PutEvent', 'PutState')],
  'plan-migrations': [readChangelogs, verifierSecret],
  'snapshot-database': [ledger('GetItem', 'PutEvent'), createSnapshots],
  'await-snapshot': [ledger('GetItem'), describeSnapshots],
  migrate: [readChangelogs, migratorSecret],
  // What it may do comes with the task, where there is one.
  'run-migration-task': [],
  'verify-migration': [readChangelogs, verifierSecret],
  'watch-backups': [ledger('Query'), backupVaults, copyJobs, describeInstance((t) => t.databaseInstanceId), notify],
  'clean-snapshots': [
    ledger('GetItem'),
    (t) => [
      allow(['rds:DescribeDBSnapshots'], [arn(t, 'rds', 'db', t.databaseInstanceId, ArnFormat.COLON_RESOURCE_NAME)]),
      allow(['rds:DescribeAccountAttributes'], ['*']),
      // What a release has made, and nothing else: its name and its tag are asked for by the function, too.
      allow(['rds:DeleteDBSnapshot'], [snapshotArn(t)], { StringLike: { 'aws:ResourceTag/greenroom:release': '?*' } }),
    ],
    notify,
  ],
  'check-restore-test': [
    ledger('PutAct'),
    history,
    restoreJobs,
    // As AWS Backup names what it restores for a test.
    describeInstance(() => 'awsbackup-restore-test-*'),
    invokeValidation,
    notify,
  ],
  'validate-database': [readChangelogs, verifierSecret],
  'roll-back': [readChangelogs, migratorSecret],
  'release-locks': [migratorSecret],
  'open-migration': [ledger('GetItem', 'PutRecord', 'PutEvent', 'Query'), readVersions],
  'complete-migration': [
    ledger('GetItem', 'PutEvent', 'PutState', 'UpdateItem', 'Query'),
    notify,
    describeExecutions,
    stopExecutions,
    answerTokens,
  ],
  'begin-read-only': [ledger('GetItem', 'PutEvent'), writeRoute],
  'end-read-only': [ledger('GetItem', 'PutEvent'), writeRoute],
  'deploy-idle': [
    ledger('GetItem', 'PutEvent'),
    writeRoute,
    describeServices,
    updateServices,
    describeRevisions,
    registerRevisions,
    stopScaling,
  ],
  'await-healthy': [
    ledger('PutEvent'),
    describeServices,
    tasks,
    targetHealth,
    (t) => [allow(['logs:GetLogEvents'], t.logGroupArns)],
  ],
  'smoke-test': [ledger('GetItem', 'PutEvent'), writeRoute, previewKey],
  'await-approval': [ledger('GetItem', 'PutRecord', 'PutEvent'), notify, answerApprovals],
  'prepare-cutover': [
    ledger('GetItem', 'PutEvent'),
    readRoute,
    describeServices,
    tasks,
    describeRevisions,
    targetHealth,
    alarms,
    suspendScaling,
    readDistribution,
  ],
  'shift-traffic': [ledger('GetItem', 'PutEvent'), writeRoute, targetHealth, alarms],
  'emit-events': [readLedgerStream, putEvents],
  bake: [ledger('PutEvent'), readRoute, alarms],
  'complete-release': [
    ledger('GetItem', 'PutEvent', 'PutState', 'UpdateItem', 'Query'),
    readRoute,
    tagImages,
    startScaling,
    stopScaling,
    scheduleRetirement,
    notify,
    describeServices,
    describeExecutions,
    stopExecutions,
    answerTokens,
  ],
  'recover-release': [
    ledger('GetItem', 'PutRecord', 'PutEvent', 'PutState', 'UpdateItem', 'Query'),
    history,
    writeRoute,
    describeServices,
    updateServices,
    targetHealth,
    describeRevisions,
    deregisterRevisions,
    startScaling,
    stopScaling,
    tagImages,
    scheduleRetirement,
    notify,
    describeExecutions,
    stopExecutions,
    answerTokens,
  ],
  revert: [
    ledger('GetItem', 'PutRecord', 'PutEvent', 'PutAct', 'PutState', 'UpdateItem', 'Query'),
    writeRoute,
    describeServices,
    updateServices,
    targetHealth,
    startScaling,
    stopScaling,
    scheduleRetirement,
    tagImages,
    notify,
    describeExecutions,
    startExecutions,
    stopExecutions,
  ],
  decide: [ledger('GetItem', 'PutRecord', 'PutEvent'), answerApprovals],
  operate: [ledger('GetItem', 'PutAct', 'PutState', 'UpdateItem', 'DeleteItem'), stopExecutions, writeRoute],
  inspect: [ledger('GetItem', 'Query'), history, readRoute],
  'verify-release': [
    ledger('GetItem'),
    readRoute,
    describeServices,
    tasks,
    describeRevisions,
    alarms,
    resolveTags,
    scanFindings,
    readVersions,
    readChangelogs,
    readDistribution,
    lookAtReferences,
    askDatabase,
    (t) => (t.routeStoreArn === '' ? [] : readScaling(t)),
  ],
  'check-drift': [
    ledger('GetItem', 'PutAct', 'PutState'),
    readRoute,
    describeServices,
    tasks,
    describeRevisions,
    deregisterRevisions,
    mendScaling,
    notify,
  ],
  'console-api': [
    ledger('GetItem', 'Query'),
    history,
    readRoute,
    callInNameOfPeople,
    startExecutions,
    alarmsOfColors,
    rates,
    previewOfColors,
  ],
  'retire-idle': [writeRoute, updateServices, stopScaling],
  'wipe-database': [migratorSecret],
  'roll-live': [ledger('GetItem', 'PutEvent'), describeServices, updateServices, describeRevisions, registerRevisions],
  'smoke-live': [ledger('PutEvent')],
  'complete-roll': [
    ledger('GetItem', 'PutEvent', 'PutState', 'UpdateItem', 'Query'),
    describeServices,
    tagImages,
    notify,
    describeExecutions,
    stopExecutions,
    answerTokens,
  ],
  'recover-roll': [
    ledger('GetItem', 'PutRecord', 'PutEvent', 'PutState', 'UpdateItem', 'Query'),
    history,
    describeServices,
    updateServices,
    describeRevisions,
    deregisterRevisions,
    tagImages,
    notify,
    describeExecutions,
    stopExecutions,
    answerTokens,
  ],
};
