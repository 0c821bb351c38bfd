import { Match } from 'aws-cdk-lib/assertions';
import { all, baseTemplates, only } from './base-stacks';

const { network } = baseTemplates({ name: 'production' }, { container: { port: 9000 } });

describe('a network without a way out', () => {
  it('has three zones, chosen at deployment, with a subnet for tasks and one for the database in each', () => {
    const zones = all(network, 'AWS::EC2::Subnet').map((subnet) => JSON.stringify(subnet.AvailabilityZone));
    expect(zones).toHaveLength(6);
    expect(new Set(zones)).toEqual(new Set([0, 1, 2].map((i) => `{"Fn::Select":[${i},{"Fn::GetAZs":""}]}`)));
  });

  it('has no NAT, no route and no public address', () => {
    network.resourceCountIs('AWS::EC2::NatGateway', 0);
    network.resourceCountIs('AWS::EC2::Route', 0);
    network.resourceCountIs('AWS::EC2::EIP', 0);
    network.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
  });

  it('has the internet gateway that VPC origins demand', () => {
    network.hasResourceProperties('AWS::EC2::VPCGatewayAttachment', { InternetGatewayId: { Ref: 'InternetGateway' } });
  });

  it.each(['ecr.api', 'ecr.dkr', 'logs', 'secretsmanager'])('reaches %s by an endpoint in every zone', (service) => {
    const endpoints = all(network, 'AWS::EC2::VPCEndpoint').filter(({ ServiceName }) =>
      JSON.stringify(ServiceName).includes(`.${service}"`),
    );
    expect(endpoints).toEqual([
      expect.objectContaining({ VpcEndpointType: 'Interface', PrivateDnsEnabled: true, SubnetIds: expect.any(Array) }),
    ]);
    expect(endpoints[0].SubnetIds).toHaveLength(3);
  });

  it('lets nobody carry data to a bucket of another account', () => {
    const gateway = all(network, 'AWS::EC2::VPCEndpoint').find(({ VpcEndpointType }) => VpcEndpointType === 'Gateway');
    const statements: { Sid: string; Action: string; Condition?: unknown }[] = gateway.PolicyDocument.Statement;
    const unbound = statements.filter(({ Condition }) => Condition === undefined);
    expect(unbound.map(({ Sid, Action }) => [Sid, Action])).toEqual([['ImageLayers', 's3:GetObject']]);
  });

  it('locks the default security group and records flows in an encrypted log that is kept', () => {
    network.resourceCountIs('Custom::VpcRestrictDefaultSG', 1);
    network.hasResourceProperties('AWS::EC2::FlowLog', { TrafficType: 'ALL' });
    network.hasResource('AWS::Logs::LogGroup', {
      Properties: {
        LogGroupName: '/greenroom/shop-production/flows',
        KmsKeyId: Match.anyValue(),
        RetentionInDays: 365,
      },
      DeletionPolicy: 'Retain',
    });
  });
});

describe('rules between security groups', () => {
  const group = (reference: { 'Fn::GetAtt': [string, string] }) =>
    /^(\w+)SecurityGroup/.exec(reference['Fn::GetAtt'][0])?.[1] ?? 'unknown';

  it('let in exactly what the parts need', () => {
    const rules = all(network, 'AWS::EC2::SecurityGroupIngress').map(
      (rule) => `${group(rule.SourceSecurityGroupId)} -> ${group(rule.GroupId)}:${rule.FromPort}-${rule.ToPort}`,
    );
    expect(rules.sort()).toEqual([
      'Migrator -> Database:5432-5432',
      'Migrator -> Endpoint:443-443',
      'Task -> Database:5432-5432',
      'Task -> Endpoint:443-443',
    ]);
  });

  it('let out what is let in elsewhere, and to S3', () => {
    const rules = all(network, 'AWS::EC2::SecurityGroupEgress').map((rule) => {
      const to = rule.DestinationPrefixListId ? 'S3' : group(rule.DestinationSecurityGroupId);
      return `${group(rule.GroupId)} -> ${to}:${rule.FromPort}-${rule.ToPort}`;
    });
    expect(rules.sort()).toEqual([
      'Migrator -> Database:5432-5432',
      'Migrator -> Endpoint:443-443',
      'Migrator -> S3:443-443',
      'Task -> Database:5432-5432',
      'Task -> Endpoint:443-443',
      'Task -> S3:443-443',
    ]);
  });

  it('take away the rule that lets everything out, and name no address', () => {
    const groups = all(network, 'AWS::EC2::SecurityGroup');
    expect(groups).toHaveLength(6);
    for (const { SecurityGroupEgress, SecurityGroupIngress } of groups) {
      expect(SecurityGroupEgress).toEqual([expect.objectContaining({ CidrIp: '127.0.0.1/32' })]);
      expect(SecurityGroupIngress).toBeUndefined();
    }
    expect(JSON.stringify(network.toJSON())).not.toContain('0.0.0.0/0');
  });

  it('may ask for the id of the list of S3 addresses and nothing else', () => {
    expect(only(network, 'Custom::S3PrefixList').Create ?? only(network, 'Custom::S3PrefixList').Update).toBeDefined();
    const statements = all(network, 'AWS::IAM::Policy').flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    const wide = statements.filter(({ Resource }) => Resource === '*').map(({ Action }) => Action);
    expect(wide).toEqual(['ec2:DescribeManagedPrefixLists']);
  });
});

it('opens the port of MySQL when that is the engine', () => {
  const mysql = baseTemplates({ name: 'dev' }, { database: { engine: 'mysql' } });
  const ports = new Set(all(mysql.network, 'AWS::EC2::SecurityGroupIngress').map(({ FromPort }) => FromPort));
  expect(ports).toEqual(new Set([443, 3306]));
});
