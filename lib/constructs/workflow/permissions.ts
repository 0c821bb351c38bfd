import { Arn, ArnFormat, type Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** ARNs that the handlers' statements name. */
export interface PermissionTargets {
  readonly stack: Stack;
  readonly ledgerTableArn: string;
  readonly topicArn: string;
  /** Name, not a reference: the state machine refers to the functions already. */
  readonly stateMachineName: string;
  readonly migrationMachineName: string;
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
  readonly databaseSecretArn: string;
  readonly retireScheduleGroup: string;
  readonly retireRoleArn: string;
}

type Grants = (t: PermissionTargets) => PolicyStatement[];

const allow = (actions: string[], resources: string[], conditions?: Record<string, Record<string, unknown>>) =>
  new PolicyStatement({ actions, resources, conditions });

const arn = (t: PermissionTargets, service: string, resource: string, resourceName: string, arnFormat?: ArnFormat) =>
  Arn.format({ service, resource, resourceName, arnFormat: arnFormat ?? ArnFormat.SLASH_RESOURCE_NAME }, t.stack);

const ledger =
  (...operations: string[]): Grants =>
  (t) => [
    allow(
      operations.map((operation) => `dynamodb:${operation}`),
      [t.ledgerTableArn],
    ),
  ];

const history: Grants = (t) => [allow(['dynamodb:Query'], [`${t.ledgerTableArn}/index/history`])];

/** A rolling environment has no route to read. */
const readRoute: Grants = (t) =>
  t.routeStoreArn === ''
    ? []
    : [allow(['cloudfront-keyvaluestore:DescribeKeyValueStore', 'cloudfront-keyvaluestore:GetKey'], [t.routeStoreArn])];
const writeRoute: Grants = (t) => [...readRoute(t), allow(['cloudfront-keyvaluestore:PutKey'], [t.routeStoreArn])];

const describeServices: Grants = (t) => [allow(['ecs:DescribeServices'], t.serviceArns)];
const updateServices: Grants = (t) => [allow(['ecs:UpdateService'], t.serviceArns)];

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

const targetHealth: Grants = () => [allow(['elasticloadbalancing:DescribeTargetHealth'], ['*'])];
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

const machine = (t: PermissionTargets, name: string) =>
  arn(t, 'states', 'stateMachine', name, ArnFormat.COLON_RESOURCE_NAME);
/** Releases and migrations without a release take the same turn: whoever gives it up may tell either. */
const machines = (t: PermissionTargets) => [machine(t, t.stateMachineName), machine(t, t.migrationMachineName)];
const executions = (t: PermissionTargets) =>
  [t.stateMachineName, t.migrationMachineName].map((name) =>
    arn(t, 'states', 'execution', `${name}:*`, ArnFormat.COLON_RESOURCE_NAME),
  );
const describeExecutions: Grants = (t) => [allow(['states:DescribeExecution'], executions(t))];
const stopExecutions: Grants = (t) => [allow(['states:StopExecution'], executions(t))];
const startExecutions: Grants = (t) => [allow(['states:StartExecution'], [machine(t, t.stateMachineName)])];
const answerTokens: Grants = (t) => [allow(['states:SendTaskSuccess', 'states:SendTaskFailure'], machines(t))];

/** Nothing but releases waits for an approval. */
const answerApprovals: Grants = (t) => [
  allow(['states:SendTaskSuccess', 'states:SendTaskFailure'], [machine(t, t.stateMachineName)]),
];

const notify: Grants = (t) => [allow(['sns:Publish'], [t.topicArn])];
const scheduleRetirement: Grants = (t) => [
  allow(['scheduler:CreateSchedule'], [arn(t, 'scheduler', 'schedule', `${t.retireScheduleGroup}/*`)]),
  allow(['iam:PassRole'], [t.retireRoleArn], { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } }),
];
const resolveTags: Grants = (t) => [allow(['ecr:DescribeImages'], [t.repositoryArn])];
const tagImages: Grants = (t) => [allow(['ecr:BatchGetImage', 'ecr:PutImage'], [t.repositoryArn])];
const scanFindings: Grants = (t) => [allow(['ecr:DescribeImageScanFindings'], [t.repositoryArn])];
const readVersions: Grants = (t) => [
  allow(['s3:GetObject'], [`${t.artifactBucketArn}/versions/*`]),
  // Without it S3 answers AccessDenied instead of NoSuchKey for a version that was never published.
  allow(['s3:ListBucket'], [t.artifactBucketArn]),
];
const readChangelogs: Grants = (t) => [allow(['s3:GetObject'], [`${t.artifactBucketArn}/changelogs/*`])];
const databaseSecret: Grants = (t) => [allow(['secretsmanager:GetSecretValue'], [t.databaseSecretArn])];
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

/** What each handler may do: exactly the calls that its code makes (promise P8). */
export const PERMISSIONS: Record<string, Grants[]> = {
  'open-release': [ledger('GetItem', 'PutItem'), resolveTags, readVersions],
  'await-turn': [ledger('GetItem', 'PutItem', 'UpdateItem'), describeExecutions, stopExecutions, answerTokens],
  'check-image': [ledger('GetItem', 'PutItem'), scanFindings],
  'find-running': [ledger('GetItem'), readRoute],
  'record-plan': [ledger('GetItem', 'PutItem')],
  'plan-migrations': [readChangelogs, databaseSecret],
  'snapshot-database': [ledger('GetItem', 'PutItem'), createSnapshots],
  'await-snapshot': [describeSnapshots],
  migrate: [readChangelogs, databaseSecret],
  'verify-migration': [readChangelogs, databaseSecret],
  'roll-back': [readChangelogs, databaseSecret],
  'open-migration': [ledger('GetItem', 'PutItem', 'Query'), readVersions],
  'complete-migration': [
    ledger('GetItem', 'PutItem', 'UpdateItem'),
    notify,
    describeExecutions,
    stopExecutions,
    answerTokens,
  ],
  'begin-read-only': [ledger('GetItem', 'PutItem'), writeRoute],
  'end-read-only': [ledger('GetItem', 'PutItem'), writeRoute],
  'deploy-idle': [
    ledger('GetItem', 'PutItem'),
    writeRoute,
    describeServices,
    updateServices,
    describeRevisions,
    registerRevisions,
    stopScaling,
  ],
  'await-healthy': [
    ledger('PutItem'),
    describeServices,
    tasks,
    targetHealth,
    (t) => [allow(['logs:FilterLogEvents'], t.logGroupArns)],
  ],
  'smoke-test': [ledger('GetItem', 'PutItem'), writeRoute, previewKey],
  'await-approval': [ledger('GetItem', 'PutItem'), notify, answerApprovals],
  'prepare-cutover': [
    ledger('GetItem', 'PutItem'),
    readRoute,
    describeServices,
    targetHealth,
    alarms,
    suspendScaling,
    (t) => [
      allow(
        ['cloudfront:GetDistribution'],
        [`arn:${t.stack.partition}:cloudfront::${t.stack.account}:distribution/${t.distributionId}`],
      ),
    ],
  ],
  'shift-traffic': [ledger('GetItem', 'PutItem'), writeRoute, targetHealth, alarms],
  bake: [ledger('PutItem'), readRoute, alarms],
  'complete-release': [
    ledger('GetItem', 'PutItem', 'UpdateItem'),
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
    ledger('GetItem', 'PutItem', 'UpdateItem'),
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
    ledger('GetItem', 'PutItem', 'UpdateItem'),
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
  decide: [ledger('GetItem', 'PutItem', 'UpdateItem'), answerApprovals],
  operate: [ledger('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'), stopExecutions],
  inspect: [ledger('GetItem', 'Query'), history, readRoute],
  'retire-idle': [writeRoute, updateServices, stopScaling],
  'roll-live': [ledger('GetItem', 'PutItem'), describeServices, updateServices, describeRevisions, registerRevisions],
  'smoke-live': [ledger('PutItem')],
  'complete-roll': [
    ledger('GetItem', 'PutItem', 'UpdateItem'),
    describeServices,
    tagImages,
    notify,
    describeExecutions,
    stopExecutions,
    answerTokens,
  ],
  'recover-roll': [
    ledger('GetItem', 'PutItem', 'UpdateItem'),
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
