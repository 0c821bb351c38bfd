import { createHash } from 'node:crypto';

/** What the identity of a resource is made of. */
export interface Subject {
  readonly stack: string;
  readonly logicalId: string;
  readonly account: string;
  readonly region: string;
  /** The explicit physical name, or `<stack>-<logicalId>`. */
  readonly name: string;
  /** A resolved property; undefined when it is not set. */
  // oxlint-disable-next-line typescript/no-explicit-any -- CloudFormation properties
  property(name: string): any;
}

/** How a type of resource answers `Ref` and `Fn::GetAtt`. */
export interface Identity {
  /** The property that holds an explicit physical name. */
  readonly name?: string;
  /** @default - the name */
  readonly ref?: (subject: Subject) => string;
  readonly attributes?: Readonly<Record<string, (subject: Subject) => string>>;
}

/** Hexadecimal digits that stay the same in every run. */
export function digits({ stack, logicalId }: { stack: string; logicalId: string }, length: number): string {
  return createHash('sha256').update(`${stack}/${logicalId}`).digest('hex').slice(0, length);
}

const arn = (service: string, resource: (subject: Subject) => string) => (subject: Subject) =>
  `arn:aws:${service}:${subject.region}:${subject.account}:${resource(subject)}`;
const globalArn = (service: string, resource: (subject: Subject) => string) => (subject: Subject) =>
  `arn:aws:${service}::${subject.account}:${resource(subject)}`;
const id =
  (prefix: string, length = 17) =>
  (subject: Subject) =>
    `${prefix}${digits(subject, length)}`;
const capitals = (prefix: string) => (subject: Subject) => `${prefix}${digits(subject, 13).toUpperCase()}`;
const uuid = (subject: Subject) => digits(subject, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** A resource whose `Ref` is its ARN, which it also gives as attribute. */
const byArn = (make: (subject: Subject) => string, name: string | undefined, ...attributes: string[]): Identity => ({
  name,
  ref: make,
  attributes: Object.fromEntries(attributes.map((attribute) => [attribute, make])),
});
/** A resource whose `Ref` is its name, with its ARN as attribute. */
const byName = (name: string, make: (subject: Subject) => string, attribute = 'Arn'): Identity => ({
  name,
  attributes: { [attribute]: make },
});
/** A table, whose stream has an ARN of its own. */
const withStream = ({ name, attributes = {} }: Identity): Identity => ({
  name,
  attributes: {
    ...attributes,
    StreamArn: (subject) => `${attributes.Arn?.(subject)}/stream/2026-01-01T00:00:00.000`,
  },
});
/** A resource with a generated id, which is `Ref` and, often, an attribute as well. */
const byId = (make: (subject: Subject) => string, ...attributes: string[]): Identity => ({
  ref: make,
  attributes: Object.fromEntries(attributes.map((attribute) => [attribute, make])),
});

const functionArn = arn('lambda', ({ name }) => `function:${name}`);
const machineArn = arn('states', ({ name }) => `stateMachine:${name}`);
const topicArn = arn('sns', ({ name }) => name);
const bucketName = ({ name }: Subject) => name.toLowerCase();
const targetGroupPath = (subject: Subject) => `targetgroup/${short(subject.name)}/${digits(subject, 16)}`;
const balancerKind = (subject: Subject) => (subject.property('Type') === 'network' ? 'net' : 'app');
const balancerPath = (subject: Subject) => `${balancerKind(subject)}/${short(subject.name)}/${digits(subject, 16)}`;
const balancerArn = arn('elasticloadbalancing', (subject) => `loadbalancer/${balancerPath(subject)}`);
const targetGroupArn = arn('elasticloadbalancing', targetGroupPath);
const clusterName = (text: string | undefined) => text?.split('/').at(-1) ?? 'default';
const serviceArn = arn('ecs', (subject) => `service/${clusterName(subject.property('Cluster'))}/${subject.name}`);
/** CloudFormation registers the family's first revision. */
const taskDefinitionArn = arn('ecs', ({ name }) => `task-definition/${name}:1`);
/** Secrets Manager adds six characters to every name. */
export const secretSuffix = (name: string) =>
  createHash('sha256').update(name).digest('base64url').replace(/[-_]/g, 'x').slice(0, 6);
const secretArn = arn('secretsmanager', ({ name }) => `secret:${name}-${secretSuffix(name)}`);
const storeArn = globalArn('cloudfront', (subject) => `key-value-store/${uuid(subject)}`);
const edgeFunctionArn = globalArn('cloudfront', ({ name }) => `function/${name}`);
const webAclArn = arn('wafv2', (subject) => `${scopeOf(subject)}/webacl/${subject.name}/${uuid(subject)}`);
const scopeOf = (subject: Subject) => (subject.property('Scope') === 'CLOUDFRONT' ? 'global' : 'regional');
/** Names of load balancers and target groups have at most 32 characters. */
const short = (name: string) => name.slice(0, 32).replace(/-$/, '');
const logGroupArn = arn('logs', ({ name }) => `log-group:${name}:*`);
const instanceArn = arn('rds', ({ name }) => `db:${name.toLowerCase()}`);
const roleArn = globalArn('iam', (subject) => `role${subject.property('Path') ?? '/'}${subject.name}`);
const ruleArn = arn('events', ({ name }) => `rule/${name}`);

/**
 * Physical ids and attributes by resource type. What only a running service knows (domain names, endpoints) is not
 * here: the caller of `loadAssembly` supplies it.
 */
export const IDENTITIES: Readonly<Record<string, Identity>> = {
  'AWS::Backup::BackupPlan': {
    ref: uuid,
    attributes: { BackupPlanId: uuid, BackupPlanArn: arn('backup', (subject) => `backup-plan:${uuid(subject)}`) },
  },
  'AWS::Backup::RestoreTestingPlan': {
    name: 'RestoreTestingPlanName',
    attributes: {
      RestoreTestingPlanArn: arn('backup', (subject) => `restore-testing-plan:${subject.name}-${uuid(subject)}`),
    },
  },
  'AWS::Backup::RestoreTestingSelection': byId(uuid, 'Id'),
  'AWS::Backup::BackupSelection': byId(uuid, 'Id', 'SelectionId'),
  'AWS::Backup::BackupVault': {
    name: 'BackupVaultName',
    attributes: {
      BackupVaultArn: arn('backup', ({ name }) => `backup-vault:${name}`),
      BackupVaultName: ({ name }) => name,
    },
  },
  'AWS::CloudFront::CachePolicy': byId(uuid, 'Id'),
  'AWS::CloudFront::Distribution': byId(capitals('E'), 'Id'),
  'AWS::CloudFront::Function': byArn(edgeFunctionArn, 'Name', 'FunctionARN', 'FunctionMetadata.FunctionARN'),
  'AWS::CloudFront::KeyValueStore': {
    name: 'Name',
    attributes: { Arn: storeArn, Id: uuid, Status: () => 'READY' },
  },
  'AWS::CloudFront::OriginRequestPolicy': byId(uuid, 'Id'),
  'AWS::CloudFront::ResponseHeadersPolicy': byId(uuid, 'Id'),
  'AWS::CloudFront::VpcOrigin': {
    ref: id('vo_', 22),
    attributes: { Id: id('vo_', 22), Arn: globalArn('cloudfront', (subject) => `vpcorigin/vo_${digits(subject, 22)}`) },
  },
  'AWS::CloudWatch::Alarm': byName(
    'AlarmName',
    arn('cloudwatch', ({ name }) => `alarm:${name}`),
  ),
  'AWS::CloudWatch::Dashboard': { name: 'DashboardName' },
  'AWS::DynamoDB::Table': withStream(
    byName(
      'TableName',
      arn('dynamodb', ({ name }) => `table/${name}`),
    ),
  ),
  'AWS::EC2::InternetGateway': byId(id('igw-'), 'InternetGatewayId'),
  'AWS::EC2::RouteTable': byId(id('rtb-'), 'RouteTableId'),
  'AWS::EC2::SecurityGroup': {
    ref: id('sg-'),
    attributes: { GroupId: id('sg-'), Id: id('sg-'), VpcId: (subject) => subject.property('VpcId') },
  },
  'AWS::EC2::Subnet': {
    ref: id('subnet-'),
    attributes: {
      SubnetId: id('subnet-'),
      AvailabilityZone: (subject) => subject.property('AvailabilityZone'),
      CidrBlock: (subject) => subject.property('CidrBlock'),
    },
  },
  'AWS::EC2::VPC': {
    ref: id('vpc-'),
    attributes: {
      VpcId: id('vpc-'),
      CidrBlock: (subject) => subject.property('CidrBlock'),
      DefaultSecurityGroup: id('sg-d', 16),
    },
  },
  'AWS::EC2::VPCEndpoint': byId(id('vpce-'), 'Id'),
  'AWS::ECR::Repository': {
    name: 'RepositoryName',
    attributes: {
      Arn: arn('ecr', ({ name }) => `repository/${name}`),
      RepositoryUri: ({ account, region, name }) => `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
    },
  },
  'AWS::ECS::Cluster': byName(
    'ClusterName',
    arn('ecs', ({ name }) => `cluster/${name}`),
  ),
  'AWS::ECS::Service': {
    name: 'ServiceName',
    ref: serviceArn,
    attributes: { ServiceArn: serviceArn, Name: ({ name }) => name },
  },
  'AWS::ECS::TaskDefinition': byArn(taskDefinitionArn, 'Family', 'TaskDefinitionArn'),
  'AWS::ElasticLoadBalancingV2::Listener': byArn(
    (subject) =>
      `${String(subject.property('LoadBalancerArn')).replace(':loadbalancer/', ':listener/')}/${digits(subject, 16)}`,
    undefined,
    'ListenerArn',
  ),
  'AWS::ElasticLoadBalancingV2::LoadBalancer': {
    name: 'Name',
    ref: balancerArn,
    attributes: {
      LoadBalancerArn: balancerArn,
      LoadBalancerFullName: balancerPath,
      LoadBalancerName: ({ name }) => short(name),
    },
  },
  'AWS::ElasticLoadBalancingV2::TargetGroup': {
    name: 'Name',
    ref: targetGroupArn,
    attributes: {
      TargetGroupArn: targetGroupArn,
      TargetGroupFullName: targetGroupPath,
      TargetGroupName: ({ name }) => short(name),
    },
  },
  'AWS::Events::Rule': byName('Name', ruleArn),
  'AWS::IAM::OIDCProvider': byArn(
    globalArn('iam', (subject) => `oidc-provider/${String(subject.property('Url')).replace('https://', '')}`),
    undefined,
    'Arn',
  ),
  'AWS::ElastiCache::ParameterGroup': { name: 'CacheParameterGroupName' },
  'AWS::ElastiCache::ReplicationGroup': { name: 'ReplicationGroupId' },
  'AWS::ElastiCache::SubnetGroup': { name: 'CacheSubnetGroupName' },
  'AWS::ElastiCache::User': { name: 'UserId' },
  'AWS::ElastiCache::UserGroup': { name: 'UserGroupId' },
  'AWS::IAM::Policy': { name: 'PolicyName', attributes: { Id: ({ name }) => name } },
  'AWS::IAM::Role': { name: 'RoleName', attributes: { Arn: roleArn, RoleId: capitals('AROA') } },
  'AWS::KMS::Alias': { name: 'AliasName' },
  'AWS::KMS::Key': {
    ref: uuid,
    attributes: { Arn: arn('kms', (subject) => `key/${uuid(subject)}`), KeyId: uuid },
  },
  'AWS::Lambda::Alias': byArn(
    (subject) => `${subject.property('FunctionName')}:${subject.property('Name')}`,
    undefined,
    'AliasArn',
  ),
  'AWS::Lambda::EventSourceMapping': byId(uuid, 'Id'),
  'AWS::Lambda::Function': byName('FunctionName', functionArn),
  'AWS::Lambda::Url': {
    ref: (subject) => String(subject.property('TargetFunctionArn')),
    attributes: {
      FunctionArn: (subject) => String(subject.property('TargetFunctionArn')),
      FunctionUrl: (subject) => `https://${digits(subject, 32)}.lambda-url.${subject.region}.on.aws/`,
    },
  },
  'AWS::Logs::LogGroup': byName('LogGroupName', logGroupArn),
  'AWS::RDS::DBInstance': {
    name: 'DBInstanceIdentifier',
    ref: ({ name }) => name.toLowerCase(),
    attributes: {
      DBInstanceArn: instanceArn,
      DbiResourceId: (subject) => `db-${digits(subject, 26).toUpperCase()}`,
      'MasterUserSecret.SecretArn': arn('secretsmanager', (subject) => {
        const name = `rds!db-${uuid(subject)}`;
        return `secret:${name}-${secretSuffix(name)}`;
      }),
    },
  },
  'AWS::RDS::DBParameterGroup': { name: 'DBParameterGroupName' },
  'AWS::RDS::DBSubnetGroup': { name: 'DBSubnetGroupName' },
  'AWS::S3::Bucket': {
    name: 'BucketName',
    ref: bucketName,
    attributes: {
      Arn: (subject) => `arn:aws:s3:::${bucketName(subject)}`,
      DomainName: (subject) => `${bucketName(subject)}.s3.amazonaws.com`,
      RegionalDomainName: (subject) => `${bucketName(subject)}.s3.${subject.region}.amazonaws.com`,
    },
  },
  'AWS::SNS::Topic': {
    name: 'TopicName',
    ref: topicArn,
    attributes: { TopicArn: topicArn, TopicName: ({ name }) => name },
  },
  'AWS::SSM::Parameter': {
    name: 'Name',
    attributes: { Value: (subject) => subject.property('Value'), Type: (subject) => subject.property('Type') },
  },
  'AWS::Scheduler::ScheduleGroup': byName(
    'Name',
    arn('scheduler', ({ name }) => `schedule-group/${name}`),
  ),
  'AWS::SecretsManager::RotationSchedule': byId((subject) => subject.property('SecretId')),
  'AWS::SecretsManager::Secret': byArn(secretArn, 'Name', 'Id'),
  // The attachment stands for the secret itself.
  'AWS::SecretsManager::SecretTargetAttachment': byId((subject) => subject.property('SecretId')),
  'AWS::StepFunctions::StateMachine': {
    name: 'StateMachineName',
    ref: machineArn,
    attributes: { Arn: machineArn, Name: ({ name }) => name },
  },
  'AWS::WAFv2::WebACL': {
    name: 'Name',
    ref: (subject) => `${subject.name}|${uuid(subject)}|${subject.property('Scope')}`,
    attributes: { Arn: webAclArn, Id: uuid },
  },
};
