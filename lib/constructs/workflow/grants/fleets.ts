import { allow, colonArn, type Grant, type GrantTargets, ofColors, slashArn } from './grant';

export const describeServices: Grant = (t) => [allow(['ecs:DescribeServices'], t.serviceArns)];
export const updateServices: Grant = (t) => [allow(['ecs:UpdateService'], t.serviceArns)];

export const tasks: Grant = (t) => [
  // ListTasks names a container instance as its resource, DescribeTasks a task: both are held to the cluster.
  allow(['ecs:ListTasks', 'ecs:DescribeTasks'], ['*'], { ArnEquals: { 'ecs:cluster': t.clusterArn } }),
];

export const taskLogs: Grant = (t) => [allow(['logs:GetLogEvents'], t.logGroupArns)];

export const describeRevisions: Grant = () => [allow(['ecs:DescribeTaskDefinition'], ['*'])];

/** Every revision of the colors' own families, and of no other. */
const revisions = (t: GrantTargets) => t.families.map((family) => slashArn(t, 'ecs', 'task-definition', `${family}:*`));

export const registerRevisions: Grant = (t) => [
  allow(['ecs:RegisterTaskDefinition'], revisions(t)),
  allow(['ecs:TagResource'], revisions(t), { StringEquals: { 'ecs:CreateAction': 'RegisterTaskDefinition' } }),
  allow(['iam:PassRole'], t.taskRoleArns, { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } }),
];

/** ECS has no resource-level permission for deregistering. */
export const deregisterRevisions: Grant = () => [allow(['ecs:DeregisterTaskDefinition'], ['*'])];

const scalableTarget = (t: GrantTargets) => slashArn(t, 'application-autoscaling', 'scalable-target', '*');
const scalingAlarms = (t: GrantTargets) => colonArn(t, 'cloudwatch', 'alarm', 'TargetTracking-*');

export const readScaling: Grant = () => [allow(['application-autoscaling:DescribeScalableTargets'], ['*'])];

export const suspendScaling: Grant = (t) => [
  ...readScaling(t),
  allow(['application-autoscaling:RegisterScalableTarget'], [scalableTarget(t)]),
];

export const stopScaling: Grant = (t) => [
  ...readScaling(t),
  allow(['application-autoscaling:DeregisterScalableTarget'], [scalableTarget(t)]),
  // Deregistering deletes the alarms of the target's policies with the caller's permissions.
  allow(['cloudwatch:DeleteAlarms'], [scalingAlarms(t)]),
];

export const startScaling: Grant = (t) => [
  allow(
    ['application-autoscaling:RegisterScalableTarget', 'application-autoscaling:PutScalingPolicy'],
    [scalableTarget(t)],
  ),
  // A target-tracking policy creates its alarms with the caller's permissions.
  allow(['cloudwatch:PutMetricAlarm'], [scalingAlarms(t)]),
  // The first scalable target of an account creates the service-linked role.
  allow(
    ['iam:CreateServiceLinkedRole'],
    [
      `arn:${t.stack.partition}:iam::${t.stack.account}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/*`,
    ],
    { StringLike: { 'iam:AWSServiceName': 'ecs.application-autoscaling.amazonaws.com' } },
  ),
];

export const mendScaling = ofColors(startScaling, stopScaling);

export const scheduleRetirement: Grant = (t) => [
  allow(['scheduler:CreateSchedule'], [slashArn(t, 'scheduler', 'schedule', `${t.retireScheduleGroup}/*`)]),
  allow(['iam:PassRole'], [t.retireRoleArn], { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } }),
];

/** What a new task refers to, and what AWS lets the account have: names and numbers, no contents. */
export const lookAtReferences: Grant = (t) => [
  allow(['iam:GetRole'], t.taskRoleArns),
  allow(['secretsmanager:DescribeSecret'], t.taskSecretArns),
  allow(['ecr:BatchGetImage'], [t.repositoryArn]),
  allow(
    ['cloudwatch:GetMetricData', 'ec2:DescribeSubnets', 'logs:DescribeLogGroups', 'rds:DescribeAccountAttributes'],
    ['*'],
  ),
  // "Fargate On-Demand vCPU resource count"
  allow(['servicequotas:GetServiceQuota'], [slashArn(t, 'servicequotas', 'fargate', 'L-3032A538')]),
];
