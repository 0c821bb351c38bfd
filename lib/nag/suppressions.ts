import { Annotations, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Findings of one rule that are accepted, and why. */
export interface Suppression {
  /** The rule with its finding, as `AwsSolutions-IAM5[Resource::*]`. */
  readonly finding: RegExp;
  /** Construct paths without application and environment: `release/Bake/Role/Resource`. */
  readonly at: RegExp;
  readonly reason: string;
  /** Whether it concerns environments that are not production only. @default false */
  readonly outsideProduction?: boolean;
}

/**
 * What cdk-nag's AwsSolutions pack finds and we accept. Each entry is as narrow as its reason: another resource, or
 * another wildcard on the same one, is found again.
 */
export const SUPPRESSIONS: readonly Suppression[] = [
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    at: /^(network\/S3PrefixList|database\/Users\/Rotate|cache\/Users\/Rotate|fleet|edge\/Ingress|release|access)\//,
    reason:
      'Actions that know no resource, or none that exists yet; which they are is listed and asserted, action by action, in ACTIONS_ON_EVERYTHING',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::[\w-]+-registry:\w+Artifacts\w+\/(versions|changelogs|scans)\/\*\]$/,
    at: /^(release\/(OpenRelease|CheckImage|VerifyRelease|OpenMigration|OpenRestore|PlanMigrations|Migrate|RollBack|VerifyMigration|ValidateDatabase|MigrationTask)|access\/Github)\/(Task)?Role\//,
    reason:
      'Object keys hold the version or the hash of the content, unknown beforehand; the prefix is all that can be named',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::(<\w+Function\w+\.Arn>|[\w-]+-database:\w+UsersRotateFunction\w+):\*\]$/,
    at: /^release\/(Release|Migration|Restore)\/Machine\/Role\//,
    reason: 'CDK grants the state machine the versions of each function of a step together with the function',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:cloudformation:us-east-1:.*:stack\/[\w-]+-firewall\/\*\]$/,
    at: /^edge\/WebAcl\/Handler\/Role\//,
    reason: "A stack's ARN ends in an id that CloudFormation draws",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:rds:.*:snapshot:greenroom-\*\]$/,
    at: /^release\/(CleanSnapshots|SnapshotDatabase|AwaitSnapshot|OpenRestore|PlanRestore|RestoreInstance)\/Role\//,
    reason: 'Snapshots are named after releases, which are unknown beforehand; the prefix is ours alone',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:rds:.*:snapshot:greenroom-copy-\*\]$/,
    at: /^release\/RestoreInstance\/Role\//,
    reason: 'Copies of recovery points are named after them; the prefix is ours alone',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:rds:\*:.*:snapshot:awsbackup:\*\]$/,
    at: /^release\/(CleanSnapshots|OpenRestore|PlanRestore|RestoreInstance)\/Role\//,
    reason: 'AWS Backup draws the names of recovery points; copies lie in another region',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:rds:.*:db:[\w-]+-(before|restored)-\*\]$/,
    at: /^release\/(OpenRestore|PlanRestore|RestoreInstance|SwitchDatabase|RecoverRestore)\/Role\//,
    reason: 'What a restore calls its instances is drawn from its id; the prefixes are ours alone',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:rds:.*:(og:default:|(pg|subgrp):[\w-]+-database-)\*\]$/,
    at: /^release\/RestoreInstance\/Role\//,
    reason: "CloudFormation draws the end of the groups' names, RDS the name of the group of no options",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:kms:\*:.*:key\/\*\]$/,
    at: /^release\/RestoreInstance\/Role\//,
    reason: 'The key of a copy in another region is not known here; a condition lets it be used through RDS alone',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:kms:.*:key\/\*\]$/,
    at: /^fleet\/LiveShape\/Handler\/Role\//,
    reason: "The ledger's key is made by a stack that comes later; conditions name its alias, and DynamoDB",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:ecs:.*:task-definition\/[\w-]*:?\*\]$/,
    at: /^(release\/\w+|fleet\/FirstRevisions\/Handler)\/Role\//,
    reason: 'Revisions are numbered by ECS when they are registered',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:ecs:.*:task\/[\w-]+-fleet:\w+Cluster\w+\/\*\]$/,
    at: /^release\/(RunMigrationTask|RecoverRelease|RecoverRoll)\/Role\//,
    reason: "ECS draws a task's id when it starts; the cluster is named",
  },
  {
    finding:
      /^AwsSolutions-IAM5\[Resource::arn:.*:logs:.*:log-group:\/greenroom\/[\w-]+-migrate:log-stream:migrate\/\*\]$/,
    at: /^release\/RunMigrationTask\/Role\//,
    reason: "A stream's name ends in the id of its task; the migrator's own log group is named",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:application-autoscaling:.*:scalable-target\/\*\]$/,
    at: /^release\/\w+\/Role\//,
    reason:
      "A scalable target's ARN ends in an id that exists only once it is registered; conditions name the services",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:cloudwatch:.*:alarm:TargetTracking-\*\]$/,
    at: /^release\/\w+\/Role\//,
    reason: 'Target tracking makes these alarms in the name of who puts the scaling policy, and chooses their names',
  },
  {
    finding:
      /^AwsSolutions-IAM5\[Resource::arn:.*:role\/aws-service-role\/ecs\.application-autoscaling\.amazonaws\.com\/\*\]$/,
    at: /^release\/\w+\/Role\//,
    reason: "Auto Scaling's own service-linked role, made by AWS with the first scalable target of an account",
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:states:.*:execution:[\w-]+-(release|migrate|restore):\*\]$/,
    at: /^(release\/\w+|access\/(Github|Operator))\/Role\//,
    reason: 'Executions are named after releases, which are unknown beforehand; they are of these state machines only',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:iam::.*:role\/cdk-\*\]$/,
    at: /^access\/Deployer\/Role\//,
    reason:
      'The bootstrap of the CDK chose the names of its roles; a condition on their tag admits those that deploy, publish and look up, and not the one that executes',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:scheduler:.*:schedule\/[\w-]+-retirements\/\*\]$/,
    at: /^release\/\w+\/Role\//,
    reason: 'One-off schedules are named after releases; the group is ours alone',
  },
  {
    finding: /^AwsSolutions-IAM4\[Policy::.*\/AWSLambdaBasicExecutionRole\]$/,
    at: /^network\/AWS\w+\/ServiceRole\//,
    reason:
      'The function of CDK behind S3PrefixList, whose role cannot be chosen; the policy lets it write its log only',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::arn:.*:rds:.*:db:awsbackup-restore-test-\*\]$/,
    at: /^release\/CheckRestoreTest\/Role\//,
    reason: 'AWS Backup names what it restores for a test, and begins each name so',
  },
  {
    finding: /^AwsSolutions-IAM4\[Policy::.*\/AWSBackupServiceRolePolicyForRestores\]$/,
    at: /^database\/RestoreTesting\/Role\//,
    reason: 'AWS keeps this policy in step with what AWS Backup calls; only AWS Backup can take the role on',
  },
  {
    finding: /^AwsSolutions-IAM4\[Policy::.*\/AWSBackupServiceRolePolicyForBackup\]$/,
    at: /^database\/Backup\/Plan\/Database\/Role\//,
    reason: 'AWS keeps this policy in step with what AWS Backup calls; only AWS Backup can take the role on',
  },
  {
    finding: /^AwsSolutions-RDS11$/,
    at: /^database\/Instance\//,
    reason:
      "No address outside the network reaches any port; a port that isn't the engine's hides nothing from who is inside",
  },
  {
    finding: /^AwsSolutions-RDS3$/,
    at: /^database\/Instance\//,
    reason: 'The configuration leaves the standby instance out, which it cannot do in production',
    outsideProduction: true,
  },
  {
    finding: /^AwsSolutions-RDS10$/,
    at: /^database\/Instance\//,
    reason:
      'The configuration leaves deletion protection out, which it cannot do in production; the instance is retained',
    outsideProduction: true,
  },
  {
    finding: /^AwsSolutions-AEC6$/,
    at: /^cache\/Nodes$/,
    reason: 'Who signs in has a user with a password that rotates; a token of the whole cache would be less',
  },
  {
    finding: /^AwsSolutions-AEC4$/,
    at: /^cache\/Nodes$/,
    reason: 'The configuration asks for one node, which it cannot do in production',
    outsideProduction: true,
  },
  {
    finding: /^AwsSolutions-ECS2$/,
    at: /^(fleet\/Template|release\/MigrationTask)\/Definition\//,
    reason:
      'The plain variables are addresses, names and colors; user and password are injected from Secrets Manager, or read there by the migrator itself',
  },
  {
    finding: /^AwsSolutions-S1$/,
    at: /^(registry|fleet|edge|console)\/AccessLogs\//,
    reason: 'The bucket that takes the access logs: logging its own writes would never end',
  },
  {
    finding: /^AwsSolutions-CFR1$/,
    at: /^(edge|console)\/Distribution\//,
    reason: 'Where viewers may come from is for the application to say, not for its release',
  },
  {
    finding: /^AwsSolutions-CFR2$/,
    at: /^edge\/Distribution\//,
    reason: 'The option `waf` is on in production and off elsewhere, where a firewall would cost more than it protects',
  },
  {
    finding: /^AwsSolutions-CFR4$/,
    at: /^(edge|console)\/Distribution\//,
    reason:
      "Without a custom domain CloudFront's own certificate decides the protocol; with `domain` it is TLS 1.2 (2021)",
  },
  {
    finding: /^AwsSolutions-APIG4$/,
    at: /^console\/Api\/GET--(config\.json|assets--\{file\})?\/Resource$/,
    reason: 'The page itself: who has not signed in yet has to load it, and it holds nothing',
  },
  {
    finding: /^AwsSolutions-COG8$/,
    at: /^console\/Users\/Pool\//,
    reason: 'The Plus plan costs by the user; a second factor is compulsory, and nobody registers by themselves',
  },
  {
    finding: /^AwsSolutions-SMG4$/,
    at: /^edge\/Route\/PreviewKey\//,
    reason:
      'Signs preview credentials that end with their release: a rotation would break the preview that is being looked at',
  },
];

/** Actions that some role may take on every resource, and why no resource can be named. */
export const ACTIONS_ON_EVERYTHING: Readonly<Record<string, string>> = {
  'application-autoscaling:DescribeScalableTargets': 'knows no resource',
  'backup:DescribeRestoreJob': 'knows no resource',
  'backup:ListCopyJobs': 'knows no resource',
  'backup:PutRestoreValidationResult': 'knows no resource',
  'cloudwatch:DescribeAlarms': 'knows no resource when several alarms are asked for',
  'cloudwatch:GetMetricData': 'knows no resource',
  'dynamodb:ListStreams': 'Lambda, to read the stream of the ledger; knows no resource',
  'ec2:AssignPrivateIpAddresses': 'Lambda, for its network interfaces',
  'ec2:CreateNetworkInterface': 'Lambda, for its network interfaces',
  'ec2:DeleteNetworkInterface': 'Lambda, for its network interfaces',
  'ec2:DescribeManagedPrefixLists': 'knows no resource',
  'ec2:DescribeNetworkInterfaces': 'knows no resource',
  'ec2:DescribeSecurityGroups': 'knows no resource',
  'ec2:DescribeSubnets': 'knows no resource',
  'ec2:UnassignPrivateIpAddresses': 'Lambda, for its network interfaces',
  'ecr:GetAuthorizationToken': 'knows no resource',
  'ecs:DeregisterTaskDefinition': 'knows no resource',
  'ecs:DescribeTaskDefinition': 'knows no resource',
  'ecs:DescribeTasks': 'task ids are unknown beforehand; a condition names the cluster',
  'ecs:ListTaskDefinitions': 'knows no resource',
  'ecs:ListTasks': 'knows no resource; a condition names the cluster',
  'elasticloadbalancing:DescribeTargetGroups': 'knows no resource',
  'elasticloadbalancing:DescribeTargetHealth': 'knows no resource',
  'logs:CreateLogDelivery': 'the log of the state machine; knows no resource',
  'logs:DeleteLogDelivery': 'the log of the state machine; knows no resource',
  'logs:DescribeLogGroups': 'the log of the state machine; knows no resource',
  'logs:DescribeResourcePolicies': 'the log of the state machine; knows no resource',
  'logs:GetLogDelivery': 'the log of the state machine; knows no resource',
  'logs:ListLogDeliveries': 'the log of the state machine; knows no resource',
  'logs:PutResourcePolicy': 'the log of the state machine; knows no resource',
  'logs:UpdateLogDelivery': 'the log of the state machine; knows no resource',
  'rds:DescribeAccountAttributes': 'knows no resource',
  'secretsmanager:GetRandomPassword': 'knows no resource',
  'xray:GetSamplingRules': 'tracing of the state machine; knows no resource',
  'xray:GetSamplingTargets': 'tracing of the state machine; knows no resource',
  'xray:PutTelemetryRecords': 'tracing of the state machine; knows no resource',
  'xray:PutTraceSegments': 'tracing of the state machine; knows no resource',
};

/** The suppression that covers a finding at a construct, if any does. */
export function suppressionOf(finding: string, path: string, production: boolean): Suppression | undefined {
  return SUPPRESSIONS.find(
    (entry) => entry.finding.test(finding) && entry.at.test(path) && !(entry.outsideProduction && production),
  );
}

/** Writes an accepted finding with its reason on the construct, where cdk-nag looks for it. */
export function acknowledge(construct: IConstruct, finding: string, { reason }: Suppression): void {
  Validations.of(construct).acknowledge({ id: finding, reason });
}

/** Warnings of the library's own that are explained: they would be printed with every synthesis. */
export function explainWarnings(scope: IConstruct): void {
  Annotations.of(scope).acknowledgeWarning(
    '@aws-cdk/aws-cloudfront:minimumProtocolVersionWithoutCertificate',
    "Without a custom domain CloudFront's own certificate decides the protocol; with one, the version given holds",
  );
}
