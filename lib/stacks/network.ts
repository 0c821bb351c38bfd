import { Aws, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { S3PrefixList } from '../constructs/s3-prefix-list';
import { type Names, resourceName } from '../names';
import { type EnvironmentStackProps, namesOf } from './environment-props';

/** Zones that fleets and database are spread over. A region with fewer for the account cannot be used. */
const ZONES = 3;
const HTTPS = ec2.Port.tcp(443);
/** Valkey's own. */
export const CACHE_PORT = 6379;

/**
 * A network without a way out: isolated subnets in three zones, AWS's services reached through endpoints, no NAT and no
 * route to the internet. All security groups live here, and the rules between them but those whose port or source belongs
 * to a stack above, so that the stacks above depend on this one only and never on each other.
 */
export class NetworkStack extends Stack {
  readonly vpc: ec2.Vpc;
  /** Of both colors' load balancers. What comes in is decided by the edge stack, which knows CloudFront's own group. */
  readonly loadBalancerSecurityGroup: ec2.SecurityGroup;
  readonly taskSecurityGroup: ec2.SecurityGroup;
  /** Of the functions that talk to the database: migrator, verifier and rotation of the secret. */
  readonly migratorSecurityGroup: ec2.SecurityGroup;
  readonly databaseSecurityGroup: ec2.SecurityGroup;
  /** Where the environment has a cache. */
  readonly cacheSecurityGroup?: ec2.SecurityGroup;
  /** Lets nobody in: what a restore leaves of the old database is behind it. */
  readonly closedSecurityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, props: EnvironmentStackProps) {
    super(scope, id, props);
    const names = namesOf(props);
    this.vpc = new ec2.Vpc(this, 'Vpc', {
      vpcName: resourceName(names),
      maxAzs: ZONES,
      natGateways: 0,
      restrictDefaultSecurityGroup: true,
      subnetConfiguration: [
        { name: 'tasks', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 20 },
        { name: 'database', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
    });
    this.attachInternetGateway();
    this.recordFlows(names, props.environment.production);

    const group = (name: string, description: string) => this.closedGroup(`${name}SecurityGroup`, description);
    this.loadBalancerSecurityGroup = group('LoadBalancer', 'Load balancers of both colors');
    this.taskSecurityGroup = group('Task', 'Tasks of both colors');
    this.migratorSecurityGroup = group('Migrator', 'Functions that talk to the database');
    this.databaseSecurityGroup = group('Database', 'The database');
    this.closedSecurityGroup = group('Closed', 'Databases that a restore has replaced: nobody gets in');
    const endpoints = group('Endpoint', 'Endpoints of the AWS services');

    this.addEndpoints(endpoints);
    const s3 = new S3PrefixList(this, 'S3PrefixList');
    const databasePort = ec2.Port.tcp(props.environment.database.engine === 'postgres' ? 5432 : 3306);
    for (const client of [this.taskSecurityGroup, this.migratorSecurityGroup]) {
      allow(client, this.databaseSecurityGroup, databasePort, 'queries');
      allow(client, endpoints, HTTPS, 'AWS services');
      client.addEgressRule(s3.peer, HTTPS, 'S3: image layers and artifacts');
    }
    if (props.environment.cache) {
      this.cacheSecurityGroup = group('Cache', 'The cache: tasks get in, and nobody else');
      allow(this.taskSecurityGroup, this.cacheSecurityGroup, ec2.Port.tcp(CACHE_PORT), 'the cache');
    }
  }

  /** Three zones without a look-up, which would need credentials: CloudFormation chooses them at deployment. */
  override get availabilityZones(): string[] {
    return Array.from({ length: ZONES }, (_, i) => Fn.select(i, Fn.getAzs()));
  }

  /** CloudFront's VPC origins demand that one is attached; no route leads to it, so nothing gets in or out by it. */
  private attachInternetGateway(): void {
    const gateway = new ec2.CfnInternetGateway(this, 'InternetGateway');
    new ec2.CfnVPCGatewayAttachment(this, 'InternetGatewayAttachment', {
      vpcId: this.vpc.vpcId,
      internetGatewayId: gateway.ref,
    });
  }

  /** A group whose rules are all written down here. */
  private closedGroup(id: string, description: string): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
    // EC2 lets everything out of a group that is made without a rule of its own, whatever rules are added as separate
    // resources afterwards. This one leads nowhere and takes that default away.
    const nowhere = { cidrIp: '127.0.0.1/32', ipProtocol: '-1', description: 'Nothing else gets out' };
    (group.node.defaultChild as ec2.CfnSecurityGroup).securityGroupEgress = [nowhere];
    return group;
  }

  private recordFlows(names: Names, production: boolean): void {
    const encryptionKey = new kms.Key(this, 'FlowLogKey', {
      description: `Flow logs of ${resourceName(names)}`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const logGroupName = `/greenroom/${resourceName(names)}/flows`;
    encryptionKey.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal(`logs.${Aws.REGION}.amazonaws.com`)],
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        resources: ['*'],
        conditions: {
          ArnEquals: {
            'kms:EncryptionContext:aws:logs:arn': this.formatArn({
              service: 'logs',
              resource: `log-group:${logGroupName}`,
            }),
          },
        },
      }),
    );
    const logGroup = new logs.LogGroup(this, 'FlowLogs', {
      logGroupName,
      encryptionKey,
      retention: production ? logs.RetentionDays.ONE_YEAR : logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.vpc.addFlowLog('Flows', { destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup) });
  }

  private addEndpoints(securityGroup: ec2.SecurityGroup): void {
    const subnets = { subnetGroupName: 'tasks' };
    const s3 = this.vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3, subnets: [subnets] });
    // Whoever gets into a task can carry data to no bucket of another account.
    s3.addToPolicy(
      new iam.PolicyStatement({
        sid: 'BucketsOfThisAccount',
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:*'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:ResourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    // ECR keeps image layers in a bucket of its own and hands out presigned addresses.
    s3.addToPolicy(
      new iam.PolicyStatement({
        sid: 'ImageLayers',
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:GetObject'],
        resources: [`arn:${Aws.PARTITION}:s3:::prod-${Aws.REGION}-starport-layer-bucket/*`],
      }),
    );
    const services = {
      EcrApi: ec2.InterfaceVpcEndpointAwsService.ECR,
      EcrDocker: ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
      Logs: ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
      SecretsManager: ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    };
    for (const [id, service] of Object.entries(services)) {
      const endpoint = this.vpc.addInterfaceEndpoint(id, {
        service,
        subnets,
        securityGroups: [securityGroup],
        open: false,
      });
      endpoint.addToPolicy(
        new iam.PolicyStatement({
          sid: 'PrincipalsOfThisAccount',
          principals: [new iam.AnyPrincipal()],
          actions: ['*'],
          resources: ['*'],
          conditions: { StringEquals: { 'aws:PrincipalAccount': Aws.ACCOUNT_ID } },
        }),
      );
    }
  }
}

function allow(from: ec2.SecurityGroup, to: ec2.SecurityGroup, port: ec2.Port, description: string): void {
  from.addEgressRule(to, port, description);
  to.addIngressRule(from, port, description);
}
