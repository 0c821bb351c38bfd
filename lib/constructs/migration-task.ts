import { ArnFormat, Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecrAssets from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { MigrationTaskSettings } from '../../lambda/domain/migration-task';
import { taskDirectory } from './migration-task-code';

export interface MigrationTaskProps {
  /** Of the task definition, and part of other names: `notes-production-migrate`. */
  readonly family: string;
  readonly cluster: ecs.ICluster;
  readonly vpc: ec2.IVpc;
  readonly securityGroup: ec2.ISecurityGroup;
  /** What the migrator may do, the same as the function Migrate. */
  readonly statements: iam.PolicyStatement[];
  readonly environment: Readonly<Record<string, string>>;
  readonly budgetSeconds: number;
  readonly production: boolean;
}

const CONTAINER = 'migrator';

/**
 * The migrator as a Fargate task, for statements that outlive a function. The image is made of the same entry point by
 * `cdk deploy`, as the placeholder's is, and pulled through the endpoints of the network.
 */
export class MigrationTask extends Construct {
  readonly settings: MigrationTaskSettings;
  private readonly definition: ecs.FargateTaskDefinition;
  private readonly logGroup: logs.LogGroup;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: MigrationTaskProps,
  ) {
    super(scope, id);
    const role = (name: string, description: string) =>
      new iam.Role(this, name, { description, assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    this.logGroup = new logs.LogGroup(this, 'Log', {
      logGroupName: `/greenroom/${props.family}`,
      retention: props.production ? logs.RetentionDays.ONE_YEAR : logs.RetentionDays.ONE_MONTH,
    });
    const taskRole = role('TaskRole', 'What the migrator may call on AWS');
    for (const statement of props.statements) taskRole.addToPolicy(statement);
    this.definition = new ecs.FargateTaskDefinition(this, 'Definition', {
      family: props.family,
      cpu: 512,
      memoryLimitMiB: 1024,
      taskRole,
      executionRole: role('ExecutionRole', 'Pulls the image and writes the log of the migrator'),
    });
    const image = new ecrAssets.DockerImageAsset(this, 'Image', {
      directory: taskDirectory(),
      platform: ecrAssets.Platform.LINUX_AMD64,
    });
    const linuxParameters = new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true });
    linuxParameters.dropCapabilities(ecs.Capability.ALL);
    this.definition.addContainer(CONTAINER, {
      containerName: CONTAINER,
      image: ecs.ContainerImage.fromDockerImageAsset(image),
      user: '1000:1000',
      readonlyRootFilesystem: true,
      linuxParameters,
      environment: { ...props.environment, BUDGET_SECONDS: String(props.budgetSeconds) },
      logging: ecs.LogDrivers.awsLogs({ logGroup: this.logGroup, streamPrefix: 'migrate' }),
    });
    this.settings = {
      family: props.family,
      container: CONTAINER,
      subnets: props.vpc.selectSubnets({ subnetGroupName: 'tasks' }).subnetIds,
      securityGroup: props.securityGroup.securityGroupId,
      logGroup: this.logGroup.logGroupName,
      budgetSeconds: props.budgetSeconds,
    };
  }

  /** What a function needs to run the task, follow it and stop it. */
  runStatements(): iam.PolicyStatement[] {
    const stack = Stack.of(this);
    const revisions = stack.formatArn({
      service: 'ecs',
      resource: 'task-definition',
      resourceName: `${this.props.family}:*`,
    });
    const roles = [this.definition.taskRole.roleArn, this.definition.obtainExecutionRole().roleArn];
    // The group's own ARN ends in `:*`, after which no stream's ARN would fit.
    const streams = stack.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `/greenroom/${this.props.family}:log-stream:migrate/*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    return [
      new iam.PolicyStatement({ actions: ['ecs:RunTask'], resources: [revisions], conditions: this.inCluster() }),
      new iam.PolicyStatement({
        actions: ['iam:PassRole'],
        resources: roles,
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
      new iam.PolicyStatement({
        actions: ['ecs:DescribeTasks', 'ecs:StopTask'],
        resources: [this.tasks()],
        conditions: this.inCluster(),
      }),
      new iam.PolicyStatement({ actions: ['logs:GetLogEvents'], resources: [streams] }),
    ];
  }

  /** What recovery needs to stop the task of a release that has ended. */
  stopStatements(): iam.PolicyStatement[] {
    return [
      // Names a container instance as its resource: it is held to the cluster.
      new iam.PolicyStatement({ actions: ['ecs:ListTasks'], resources: ['*'], conditions: this.inCluster() }),
      new iam.PolicyStatement({ actions: ['ecs:StopTask'], resources: [this.tasks()] }),
    ];
  }

  private tasks(): string {
    const resourceName = `${this.props.cluster.clusterName}/*`;
    return Stack.of(this).formatArn({ service: 'ecs', resource: 'task', resourceName });
  }

  private inCluster() {
    return { ArnEquals: { 'ecs:cluster': this.props.cluster.clusterArn } };
  }
}
