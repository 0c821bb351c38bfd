import {
  ApplicationAutoScalingClient,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { CloudFrontClient, GetDistributionCommand } from '@aws-sdk/client-cloudfront';
import {
  CloudFrontKeyValueStoreClient,
  DescribeKeyValueStoreCommand,
  GetKeyCommand,
  PutKeyCommand,
  UpdateKeysCommand,
} from '@aws-sdk/client-cloudfront-keyvaluestore';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  BatchGetImageCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  ECRClient,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import {
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { DescribeTargetHealthCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  CopyDBSnapshotCommand,
  CreateDBSnapshotCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  ModifyDBInstanceCommand,
  RDSClient,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from '@aws-sdk/client-rds';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateScheduleCommand, DeleteScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { ServiceName } from '../../../local/cloud';
import { ACCOUNT, REGION } from '../fixtures/assembly';

const STORE = `arn:aws:cloudfront::${ACCOUNT}:key-value-store/0f1e2d3c`;
const MACHINE = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:notes-production-release`;
const EXECUTION = MACHINE.replace('stateMachine', 'execution') + ':v1';
const TASK_DEFINITION = `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/notes-production-blue:7`;
const AT = new Date('2026-03-01T10:20:30.000Z');

/** One operation of one SDK client, with what must arrive on either side. */
export interface Example {
  readonly service: ServiceName;
  // oxlint-disable-next-line typescript/no-explicit-any -- sixteen clients with types of their own
  readonly client: new (options: any) => { send(command: any): Promise<any>; destroy(): void };
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly command: new (input: any) => object;
  readonly input: object;
  /** What the model must see. @default - the input as given */
  readonly seen?: object;
  readonly output: object;
  /** What the client must give back. @default - the output as the model gave it */
  readonly got?: object;
  /** An error of this operation that the SDK has a class for. */
  readonly error?: readonly [name: string, status: number];
}

/** Every operation that the workflow uses. */
export const EXAMPLES: readonly Example[] = [
  {
    service: 'ecs',
    client: ECSClient,
    command: DescribeServicesCommand,
    input: { cluster: 'notes-production', services: ['notes-production-blue'] },
    output: {
      services: [
        {
          serviceName: 'notes-production-blue',
          desiredCount: 2,
          deployments: [{ id: 'd1', rolloutState: 'COMPLETED', createdAt: AT }],
          events: [],
        },
      ],
      failures: [],
    },
    error: ['ClusterNotFoundException', 400],
  },
  {
    service: 'ecs',
    client: ECSClient,
    command: DescribeTaskDefinitionCommand,
    input: { taskDefinition: 'notes-production-blue', include: ['TAGS'] },
    output: {
      taskDefinition: { family: 'notes-production-blue', revision: 7, containerDefinitions: [{ name: 'app' }] },
    },
    error: ['ClientException', 400],
  },
  {
    service: 'ecs',
    client: ECSClient,
    command: RegisterTaskDefinitionCommand,
    input: {
      family: 'notes-production-blue',
      containerDefinitions: [
        { name: 'app', image: 'notes@sha256:1', dockerLabels: { a: 'b' }, environment: [{ name: 'X', value: 'é<&>' }] },
      ],
    },
    output: { taskDefinition: { taskDefinitionArn: TASK_DEFINITION, registeredAt: AT } },
  },
  {
    service: 'ecs',
    client: ECSClient,
    command: DeregisterTaskDefinitionCommand,
    input: { taskDefinition: TASK_DEFINITION },
    output: { taskDefinition: { taskDefinitionArn: TASK_DEFINITION, status: 'INACTIVE' } },
  },
  {
    service: 'ecs',
    client: ECSClient,
    command: UpdateServiceCommand,
    input: { cluster: 'c', service: 's', desiredCount: 0, taskDefinition: 'f', forceNewDeployment: true },
    output: { service: { serviceName: 's', desiredCount: 0 } },
    error: ['ServiceNotFoundException', 400],
  },
  {
    service: 'ecs',
    client: ECSClient,
    command: ListTasksCommand,
    input: { cluster: 'c', serviceName: 's', desiredStatus: 'STOPPED' },
    output: { taskArns: ['arn:1'] },
  },
  {
    service: 'ecs',
    client: ECSClient,
    command: DescribeTasksCommand,
    input: { cluster: 'c', tasks: ['t'] },
    output: { tasks: [{ taskArn: 't', stoppedAt: AT, containers: [{ exitCode: 1 }] }], failures: [] },
  },
  {
    service: 'ecs',
    client: ECSClient,
    command: ListTaskDefinitionsCommand,
    input: { familyPrefix: 'f', sort: 'DESC', maxResults: 1 },
    output: { taskDefinitionArns: [TASK_DEFINITION] },
  },
  {
    service: 'elastic-load-balancing-v2',
    client: ElasticLoadBalancingV2Client,
    command: DescribeTargetHealthCommand,
    input: { TargetGroupArn: 'arn:tg', Targets: [{ Id: '10.0.0.1', Port: 8080 }] },
    output: {
      TargetHealthDescriptions: [
        {
          Target: { Id: '10.0.0.1', Port: 8080 },
          TargetHealth: { State: 'unhealthy', Description: '<bad> & "worse"' },
        },
      ],
    },
    error: ['TargetGroupNotFoundException', 400],
  },
  {
    service: 'application-auto-scaling',
    client: ApplicationAutoScalingClient,
    command: RegisterScalableTargetCommand,
    input: {
      ServiceNamespace: 'ecs',
      ResourceId: 'service/c/s',
      ScalableDimension: 'ecs:service:DesiredCount',
      MinCapacity: 2,
      SuspendedState: { DynamicScalingInSuspended: true },
    },
    output: { ScalableTargetARN: 'arn:st' },
    error: ['ValidationException', 400],
  },
  {
    service: 'application-auto-scaling',
    client: ApplicationAutoScalingClient,
    command: DeregisterScalableTargetCommand,
    input: { ServiceNamespace: 'ecs', ResourceId: 'service/c/s', ScalableDimension: 'ecs:service:DesiredCount' },
    output: {},
    error: ['ObjectNotFoundException', 400],
  },
  {
    service: 'application-auto-scaling',
    client: ApplicationAutoScalingClient,
    command: DescribeScalableTargetsCommand,
    input: { ServiceNamespace: 'ecs', ResourceIds: ['service/c/s'] },
    output: { ScalableTargets: [{ ResourceId: 'service/c/s', MinCapacity: 1, CreationTime: AT }] },
  },
  {
    service: 'application-auto-scaling',
    client: ApplicationAutoScalingClient,
    command: PutScalingPolicyCommand,
    input: {
      PolicyName: 'cpu',
      ServiceNamespace: 'ecs',
      ResourceId: 'service/c/s',
      ScalableDimension: 'ecs:service:DesiredCount',
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 60.5 },
    },
    output: { PolicyARN: 'arn:p', Alarms: [] },
  },
  {
    service: 'ecr',
    client: ECRClient,
    command: DescribeImagesCommand,
    input: { repositoryName: 'notes', imageIds: [{ imageTag: 'v1.1.0' }] },
    output: {
      imageDetails: [{ imageDigest: 'sha256:1', imageTags: ['v1.1.0'], imagePushedAt: AT, imageSizeInBytes: 5 }],
    },
    error: ['ImageNotFoundException', 400],
  },
  {
    service: 'ecr',
    client: ECRClient,
    command: DescribeImageScanFindingsCommand,
    input: { repositoryName: 'notes', imageId: { imageDigest: 'sha256:1' } },
    output: {
      imageScanStatus: { status: 'COMPLETE' },
      imageScanFindings: { findingSeverityCounts: { HIGH: 2 }, imageScanCompletedAt: AT },
    },
    error: ['ScanNotFoundException', 400],
  },
  {
    service: 'ecr',
    client: ECRClient,
    command: BatchGetImageCommand,
    input: { repositoryName: 'notes', imageIds: [{ imageDigest: 'sha256:1' }] },
    output: { images: [{ imageManifest: '{}' }], failures: [] },
  },
  {
    service: 'ecr',
    client: ECRClient,
    command: PutImageCommand,
    input: { repositoryName: 'notes', imageManifest: '{}', imageTag: 'live' },
    output: { image: { imageId: { imageTag: 'live' } } },
    error: ['ImageAlreadyExistsException', 400],
  },
  {
    service: 'dynamodb',
    client: DynamoDBClient,
    command: PutItemCommand,
    input: { TableName: 't', Item: { pk: { S: 'a' }, n: { N: '1' } }, ConditionExpression: 'attribute_not_exists(pk)' },
    output: { Attributes: { pk: { S: 'a' } } },
    error: ['ConditionalCheckFailedException', 400],
  },
  {
    service: 'sfn',
    client: SFNClient,
    command: StartExecutionCommand,
    input: { stateMachineArn: MACHINE, name: 'v1', input: '{"a":1}' },
    output: { executionArn: EXECUTION, startDate: AT },
    error: ['ExecutionAlreadyExists', 400],
  },
  {
    service: 'sfn',
    client: SFNClient,
    command: DescribeExecutionCommand,
    input: { executionArn: EXECUTION },
    output: { executionArn: EXECUTION, stateMachineArn: MACHINE, status: 'ABORTED', startDate: AT, stopDate: AT },
    error: ['ExecutionDoesNotExist', 400],
  },
  {
    service: 'sfn',
    client: SFNClient,
    command: StopExecutionCommand,
    input: { executionArn: EXECUTION, error: 'Canceled', cause: 'by hand' },
    output: { stopDate: AT },
  },
  {
    service: 'sfn',
    client: SFNClient,
    command: ListExecutionsCommand,
    input: { stateMachineArn: MACHINE, statusFilter: 'RUNNING' },
    output: {
      executions: [{ executionArn: EXECUTION, stateMachineArn: MACHINE, name: 'v1', status: 'RUNNING', startDate: AT }],
    },
  },
  {
    service: 'sfn',
    client: SFNClient,
    command: SendTaskSuccessCommand,
    input: { taskToken: 'token', output: '{}' },
    output: {},
    error: ['TaskTimedOut', 400],
  },
  {
    service: 'sfn',
    client: SFNClient,
    command: SendTaskFailureCommand,
    input: { taskToken: 'token', error: 'Rejected', cause: 'no' },
    output: {},
    error: ['TaskDoesNotExist', 400],
  },
  {
    service: 'cloudfront-keyvaluestore',
    client: CloudFrontKeyValueStoreClient,
    command: DescribeKeyValueStoreCommand,
    input: { KvsARN: STORE },
    output: { ItemCount: 1, TotalSizeInBytes: 10, KvsARN: STORE, Created: AT, ETag: 'E1' },
    error: ['ResourceNotFoundException', 404],
  },
  {
    service: 'cloudfront-keyvaluestore',
    client: CloudFrontKeyValueStoreClient,
    command: GetKeyCommand,
    input: { KvsARN: STORE, Key: 'route' },
    output: { Key: 'route', Value: '{"v":1}', ItemCount: 1, TotalSizeInBytes: 10 },
    error: ['ResourceNotFoundException', 404],
  },
  {
    service: 'cloudfront-keyvaluestore',
    client: CloudFrontKeyValueStoreClient,
    command: PutKeyCommand,
    input: { KvsARN: STORE, Key: 'route', Value: '{"v":1}', IfMatch: 'E1' },
    output: { ItemCount: 1, TotalSizeInBytes: 10, ETag: 'E2' },
    error: ['ConflictException', 409],
  },
  {
    service: 'cloudfront-keyvaluestore',
    client: CloudFrontKeyValueStoreClient,
    command: UpdateKeysCommand,
    input: { KvsARN: STORE, IfMatch: 'E1', Puts: [{ Key: 'route', Value: 'x' }], Deletes: [{ Key: 'old' }] },
    output: { ItemCount: 1, TotalSizeInBytes: 10, ETag: 'E2' },
    error: ['ValidationException', 400],
  },
  {
    service: 'cloudfront',
    client: CloudFrontClient,
    command: GetDistributionCommand,
    input: { Id: 'E123' },
    output: {
      ETag: 'E9',
      Distribution: {
        Id: 'E123',
        Status: 'Deployed',
        LastModifiedTime: AT,
        DomainName: 'd.cloudfront.net',
        DistributionConfig: {
          CallerReference: 'c',
          Enabled: true,
          Origins: {
            Quantity: 2,
            Items: [
              { Id: 'blue', DomainName: 'b' },
              { Id: 'green', DomainName: 'g' },
            ],
          },
        },
      },
    },
    error: ['NoSuchDistribution', 404],
  },
  {
    service: 'cloudwatch',
    client: CloudWatchClient,
    command: DescribeAlarmsCommand,
    input: { AlarmNames: ['notes-production-blue-5xx'] },
    output: {
      MetricAlarms: [{ AlarmName: 'notes-production-blue-5xx', StateValue: 'ALARM', StateUpdatedTimestamp: AT }],
    },
  },
  {
    service: 'cloudwatch-logs',
    client: CloudWatchLogsClient,
    command: GetLogEventsCommand,
    input: { logGroupName: '/notes/blue', logStreamName: 'blue/app/1', limit: 5, startFromHead: false },
    output: { events: [{ message: 'crash', timestamp: 1_700_000_000_001 }] },
    error: ['ResourceNotFoundException', 400],
  },
  {
    service: 'rds',
    client: RDSClient,
    command: CreateDBSnapshotCommand,
    input: {
      DBInstanceIdentifier: 'db',
      DBSnapshotIdentifier: 'snap',
      Tags: [
        { Key: 'a', Value: 'b' },
        { Key: 'c', Value: 'd' },
      ],
    },
    output: { DBSnapshot: { DBSnapshotIdentifier: 'snap', Status: 'creating', PercentProgress: 10 } },
    error: ['DBSnapshotAlreadyExistsFault', 400],
  },
  {
    service: 'rds',
    client: RDSClient,
    command: DescribeDBSnapshotsCommand,
    input: { DBSnapshotIdentifier: 'snap' },
    output: { DBSnapshots: [{ DBSnapshotIdentifier: 'snap', Encrypted: true, SnapshotCreateTime: AT }] },
    error: ['DBSnapshotNotFoundFault', 404],
  },
  {
    service: 'rds',
    client: RDSClient,
    command: CopyDBSnapshotCommand,
    input: { SourceDBSnapshotIdentifier: 'snap', TargetDBSnapshotIdentifier: 'copy', KmsKeyId: 'key' },
    output: { DBSnapshot: { DBSnapshotIdentifier: 'copy', Status: 'creating' } },
    error: ['DBSnapshotAlreadyExistsFault', 400],
  },
  {
    service: 'rds',
    client: RDSClient,
    command: DescribeDBInstancesCommand,
    input: { DBInstanceIdentifier: 'db' },
    output: {
      DBInstances: [
        {
          DBInstanceIdentifier: 'db',
          Endpoint: { Address: 'db.test', Port: 5432 },
          VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-1' }],
          LatestRestorableTime: AT,
          MultiAZ: true,
        },
      ],
    },
    error: ['DBInstanceNotFoundFault', 404],
  },
  {
    service: 'rds',
    client: RDSClient,
    command: ModifyDBInstanceCommand,
    input: {
      DBInstanceIdentifier: 'db',
      NewDBInstanceIdentifier: 'db-2',
      VpcSecurityGroupIds: ['sg-1', 'sg-2'],
      ApplyImmediately: true,
    },
    output: { DBInstance: { DBInstanceIdentifier: 'db', DBInstanceStatus: 'renaming' } },
    error: ['InvalidDBInstanceStateFault', 400],
  },
  {
    service: 'rds',
    client: RDSClient,
    command: RestoreDBInstanceToPointInTimeCommand,
    input: { SourceDBInstanceIdentifier: 'db', TargetDBInstanceIdentifier: 'db-2', RestoreTime: AT, MultiAZ: true },
    output: { DBInstance: { DBInstanceIdentifier: 'db-2', DBInstanceStatus: 'creating' } },
    error: ['DBInstanceAlreadyExistsFault', 400],
  },
  {
    service: 'rds',
    client: RDSClient,
    command: RestoreDBInstanceFromDBSnapshotCommand,
    input: { DBInstanceIdentifier: 'db-2', DBSnapshotIdentifier: 'snap', Tags: [{ Key: 'a', Value: 'b' }] },
    output: { DBInstance: { DBInstanceIdentifier: 'db-2', DBInstanceStatus: 'creating' } },
    error: ['DBInstanceAlreadyExistsFault', 400],
  },
  {
    service: 's3',
    client: S3Client,
    command: PutObjectCommand,
    input: { Bucket: 'artifacts', Key: 'changelogs/a b.json', Body: 'hello', ContentType: 'application/json' },
    seen: { Bucket: 'artifacts', Key: 'changelogs/a b.json', Body: new Uint8Array(Buffer.from('hello')) },
    output: { ETag: '"e"' },
  },
  {
    service: 's3',
    client: S3Client,
    command: HeadObjectCommand,
    input: { Bucket: 'artifacts', Key: 'versions/v1.json' },
    output: { ETag: '"e"', LastModified: AT },
    error: ['NotFound', 404],
  },
  {
    service: 's3',
    client: S3Client,
    command: GetObjectCommand,
    input: { Bucket: 'artifacts', Key: 'versions/v1.json' },
    output: { Body: new Uint8Array(Buffer.from('{"version":"v1"}')), ETag: '"e"', Metadata: { sha: '1' } },
    got: { ETag: '"e"', Metadata: { sha: '1' } },
    error: ['NoSuchKey', 404],
  },
  {
    service: 'secrets-manager',
    client: SecretsManagerClient,
    command: GetSecretValueCommand,
    input: { SecretId: 'db' },
    output: { SecretString: '{"password":"p"}', CreatedDate: AT },
    error: ['ResourceNotFoundException', 400],
  },
  {
    service: 'sns',
    client: SNSClient,
    command: PublishCommand,
    input: {
      TopicArn: 'arn:aws:sns:eu-central-1:1:t',
      Subject: 'Released',
      Message: 'a & b = c + d',
      MessageAttributes: { id: { DataType: 'String', StringValue: '1' } },
    },
    output: { MessageId: 'm1' },
    error: ['NotFoundException', 404],
  },
  {
    service: 'eventbridge',
    client: EventBridgeClient,
    command: PutEventsCommand,
    input: { Entries: [{ Source: 'greenroom', DetailType: 'Release Ended', Detail: '{"a":1}' }] },
    output: { FailedEntryCount: 0, Entries: [{ EventId: '1' }] },
    error: ['InternalException', 400],
  },
  {
    service: 'scheduler',
    client: SchedulerClient,
    command: CreateScheduleCommand,
    input: {
      Name: 'retire-v1',
      GroupName: 'g',
      ClientToken: 'c',
      ScheduleExpression: 'at(2026-03-01T10:20:30)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: 'arn:f', RoleArn: 'arn:r', Input: '{}' },
      EndDate: AT,
    },
    output: { ScheduleArn: 'arn:s' },
    error: ['ConflictException', 409],
  },
  {
    service: 'scheduler',
    client: SchedulerClient,
    command: DeleteScheduleCommand,
    input: { Name: 'retire-v1', GroupName: 'g', ClientToken: 'c' },
    output: {},
    error: ['ResourceNotFoundException', 404],
  },
  {
    service: 'lambda',
    client: LambdaClient,
    command: InvokeCommand,
    input: {
      FunctionName: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f`,
      Payload: new Uint8Array(Buffer.from('{"a":1}')),
    },
    output: { StatusCode: 200, FunctionError: 'Unhandled', Payload: new Uint8Array(Buffer.from('{"errorType":"X"}')) },
    error: ['ResourceNotFoundException', 404],
  },
];
