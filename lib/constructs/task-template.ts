import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type * as rds from 'aws-cdk-lib/aws-rds';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { ContainerConfig } from '../config';
import { type Names, resourceName } from '../names';

export interface TaskTemplateProps extends Names {
  readonly container: ContainerConfig;
  readonly repository: ecr.IRepository;
  readonly database: {
    readonly instance: rds.IDatabaseInstance;
    readonly secret: secretsmanager.ISecret;
    readonly databaseName: string;
  };
  /** @default - there is none */
  readonly cache?: { readonly host: string; readonly port: string; readonly secret: secretsmanager.ISecret };
  readonly logGroup: logs.ILogGroup;
  /** Whether another fleet may be the live one. */
  readonly twoFleets: boolean;
}

/** Tag of the template's image. No task ever runs it: the workflow puts a digest in its place. */
const TEMPLATE_TAG = 'template';
/** Not root, whatever the image says; the number that the official Node.js images give their user. */
const USER = '1000:1000';

/**
 * The task definition family that belongs to CDK. The workflow clones its newest revision into a color's own family:
 * so changed sizes and variables reach viewers with the next release, and never by a deployment of the stacks.
 *
 * The roles have fixed names and stay when they leave the template: a running or standby revision refers to them
 * (promise P7).
 */
export class TaskTemplate extends Construct {
  readonly definition: ecs.FargateTaskDefinition;
  readonly taskRole: iam.Role;
  readonly executionRole: iam.Role;

  constructor(scope: Construct, id: string, props: TaskTemplateProps) {
    super(scope, id);
    const { container, database, cache } = props;
    this.taskRole = this.role('TaskRole', resourceName(props, 'task'), 'What the application may call on AWS');
    this.executionRole = this.role(
      'ExecutionRole',
      resourceName(props, 'execution'),
      'Pulls the image, writes the log, reads the secrets of a task',
    );
    this.definition = new ecs.FargateTaskDefinition(this, 'Definition', {
      family: resourceName(props, 'template'),
      cpu: container.cpu,
      memoryLimitMiB: container.memory,
      taskRole: this.taskRole,
      executionRole: this.executionRole,
      runtimePlatform: {
        // What `docker build` makes on the hosted runners of GitHub.
        cpuArchitecture: ecs.CpuArchitecture.X86_64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
    });
    const linuxParameters = new ecs.LinuxParameters(this, 'Linux', { initProcessEnabled: true });
    linuxParameters.dropCapabilities(ecs.Capability.ALL);
    this.definition.addContainer(container.name, {
      containerName: container.name,
      image: ecs.ContainerImage.fromEcrRepository(props.repository, TEMPLATE_TAG),
      essential: true,
      user: USER,
      readonlyRootFilesystem: true,
      linuxParameters,
      portMappings: [container.port, ...container.additionalPorts].map((containerPort) => ({
        containerPort,
        protocol: ecs.Protocol.TCP,
      })),
      environment: {
        ...container.environment,
        PORT: String(container.port),
        DATABASE_HOST: database.instance.dbInstanceEndpointAddress,
        DATABASE_PORT: database.instance.dbInstanceEndpointPort,
        DATABASE_NAME: database.databaseName,
        ...(cache && { CACHE_HOST: cache.host, CACHE_PORT: cache.port }),
        // `always`: the one fleet is live. `edge`: the header x-greenroom-live of viewers' requests says which is.
        GREENROOM_LIVE: props.twoFleets ? 'edge' : 'always',
      },
      secrets: {
        DATABASE_USER: ecs.Secret.fromSecretsManager(database.secret, 'username'),
        DATABASE_PASSWORD: ecs.Secret.fromSecretsManager(database.secret, 'password'),
        ...(cache && {
          CACHE_USER: ecs.Secret.fromSecretsManager(cache.secret, 'username'),
          CACHE_PASSWORD: ecs.Secret.fromSecretsManager(cache.secret, 'password'),
        }),
      },
      healthCheck: {
        command: ['CMD-SHELL', healthCommand(container)],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(30),
      },
      stopTimeout: Duration.seconds(container.stopTimeout),
      logging: ecs.LogDrivers.awsLogs({
        logGroup: props.logGroup,
        streamPrefix: 'template',
        // A log that cannot be written must not hold up an answer.
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      }),
    });
  }

  private role(id: string, roleName: string, description: string): iam.Role {
    const role = new iam.Role(this, id, {
      roleName,
      description,
      assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    return role;
  }
}

/** Whichever of the two common programs the image has; ECS ignores the health check that an image brings along. */
function healthCommand({ port, livenessPath }: ContainerConfig): string {
  const url = `http://127.0.0.1:${port}${livenessPath}`;
  return `wget -q -T 3 -O /dev/null '${url}' || curl -fsS -m 3 -o /dev/null '${url}' || exit 1`;
}
