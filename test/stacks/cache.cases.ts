import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { ResourceNotFoundException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { handler as rotateCacheSecret } from '../../lambda/rotate-cache-secret/handler';
import type { EnvironmentOptions, GreenroomOptions } from '../../lib/config';
import { all, baseTemplates, only } from './base-stacks';
import { sampleTemplate } from './synthesised';

const production = sampleTemplate('production', 'cache');
const staging = sampleTemplate('staging', 'cache');
const SECRET = { Ref: expect.stringMatching(/^UsersSecret/) };

describe('the cache', () => {
  it.each([
    [
      'in production: a replica in another zone takes over',
      production,
      {
        NumCacheClusters: 2,
        MultiAZEnabled: true,
        AutomaticFailoverEnabled: true,
        CacheNodeType: 'cache.m7g.large',
      },
    ],
    [
      'with one node: there is nobody to take over',
      staging,
      {
        NumCacheClusters: 1,
        MultiAZEnabled: false,
        AutomaticFailoverEnabled: false,
        CacheNodeType: 'cache.t4g.small',
      },
    ],
  ])('%s', (_, template, expected) => {
    expect(only(template, 'AWS::ElastiCache::ReplicationGroup')).toMatchObject({ Engine: 'valkey', ...expected });
  });

  it('speaks TLS alone, and is encrypted with the key of the data', () => {
    expect(only(production, 'AWS::ElastiCache::ReplicationGroup')).toMatchObject({
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: 'required',
      AtRestEncryptionEnabled: true,
      KmsKeyId: { 'Fn::ImportValue': expect.stringMatching(/database:.*Key/) },
    });
  });

  it('lies in private subnets of three zones, in a group that tasks get into and nobody else', () => {
    expect(only(production, 'AWS::ElastiCache::SubnetGroup').SubnetIds).toHaveLength(3);
    expect(only(production, 'AWS::ElastiCache::ReplicationGroup').SecurityGroupIds).toEqual([
      { 'Fn::ImportValue': expect.stringContaining('CacheSecurityGroup') },
    ]);
    const rules = all(sampleTemplate('production', 'network'), 'AWS::EC2::SecurityGroupIngress').filter((rule) =>
      JSON.stringify(rule.GroupId).includes('CacheSecurityGroup'),
    );
    expect(rules).toEqual([
      expect.objectContaining({
        FromPort: 6379,
        ToPort: 6379,
        SourceSecurityGroupId: { 'Fn::GetAtt': [expect.stringMatching(/^TaskSecurityGroup/), 'GroupId'] },
      }),
    ]);
  });

  it('keeps nothing: no snapshot, the oldest goes when it is full, and a time of its own for maintenance', () => {
    expect(only(production, 'AWS::ElastiCache::ReplicationGroup')).toMatchObject({
      SnapshotRetentionLimit: 0,
      PreferredMaintenanceWindow: 'sun:07:30-sun:08:30',
    });
    expect(only(production, 'AWS::ElastiCache::ParameterGroup')).toMatchObject({
      CacheParameterGroupFamily: 'valkey8',
      Properties: { 'maxmemory-policy': 'allkeys-lru' },
    });
  });

  it('carries the tags of application and environment', () => {
    for (const template of [production, staging]) {
      expect(only(template, 'AWS::ElastiCache::ReplicationGroup').Tags).toEqual(
        expect.arrayContaining([{ Key: 'greenroom:application', Value: 'notes' }]),
      );
    }
  });
});

describe('who signs in to the cache', () => {
  it('is the application, without the right to administer it; who does not sign in may do nothing', () => {
    const users = all(production, 'AWS::ElastiCache::User');
    expect(users.map(({ UserName, AccessString, Engine }) => [UserName, AccessString, Engine])).toEqual([
      ['notes-production-cache', 'on ~* &* +@all -@admin -@dangerous +info', 'valkey'],
      ['default', 'off -@all', 'valkey'],
    ]);
    expect(only(production, 'AWS::ElastiCache::UserGroup').UserIds).toHaveLength(2);
    expect(only(production, 'AWS::ElastiCache::ReplicationGroup').UserGroupIds).toHaveLength(1);
  });

  it('has a password that no template holds', () => {
    for (const { AuthenticationMode } of all(production, 'AWS::ElastiCache::User')) {
      expect(AuthenticationMode).toEqual({
        Type: 'password',
        Passwords: [{ 'Fn::Join': ['', ['{{resolve:secretsmanager:', SECRET, ':SecretString:password::}}']] }],
      });
    }
    expect(only(production, 'AWS::ElastiCache::ReplicationGroup')).not.toHaveProperty('AuthToken');
  });

  it('has a secret under a fixed name that stays, encrypted with the key of the data', () => {
    production.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(only(production, 'AWS::SecretsManager::Secret')).toMatchObject({
      Name: 'notes-production-cache',
      KmsKeyId: { 'Fn::ImportValue': expect.stringMatching(/database:.*Key/) },
    });
  });

  it('gets another password every 30 days, once the nodes are there, by a function that may do that and no more', () => {
    expect(only(production, 'AWS::SecretsManager::RotationSchedule')).toMatchObject({
      SecretId: SECRET,
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
    });
    const [schedule] = Object.values(production.findResources('AWS::SecretsManager::RotationSchedule'));
    expect(schedule?.DependsOn).toEqual(expect.arrayContaining(['Nodes', expect.stringMatching(/^UsersInvoke/)]));
    const [role] = all(production, 'AWS::IAM::Role');
    const statements: { Action: string | string[]; Resource: unknown }[] = role.Policies[0].PolicyDocument.Statement;
    const cache = statements.filter(({ Action }) => String(Action).includes('elasticache:'));
    expect(cache.map(({ Action }) => Action)).toEqual([['elasticache:DescribeUsers', 'elasticache:ModifyUser']]);
    expect(JSON.stringify(cache[0]?.Resource)).toMatch(/:elasticache:.*:user:notes-production-cache"/);
    expect(only(production, 'AWS::Lambda::Function')).not.toHaveProperty('VpcConfig');
  });

  it('is rotated with every permission that this takes, and none more', async () => {
    const called = new Set<string>();
    let pending: string | undefined;
    const answers: Record<string, (input: { VersionId?: string; SecretString?: string }) => object> = {
      DescribeSecret: () => ({ VersionIdsToStages: { v0: ['AWSCURRENT'], v1: ['AWSPENDING'] } }),
      GetSecretValue: ({ VersionId }) => {
        if (VersionId === undefined) return { SecretString: '{"username":"notes","password":"first"}' };
        if (pending !== undefined) return { SecretString: pending };
        throw new ResourceNotFoundException({ message: 'no value yet', $metadata: {} });
      },
      GetRandomPassword: () => ({ RandomPassword: 'second' }),
      PutSecretValue: ({ SecretString }) => ({ Name: (pending = SecretString) }),
      UpdateSecretVersionStage: () => ({}),
      DescribeUsers: () => ({ Users: [{ Status: 'active', Authentication: { PasswordCount: 2 } }] }),
      ModifyUser: () => ({}),
    };
    for (const [service, client] of Object.entries({
      secretsmanager: SecretsManagerClient,
      elasticache: ElastiCacheClient,
    })) {
      jest.spyOn(client.prototype, 'send').mockImplementation((async (command: { input: object }) => {
        const operation = command.constructor.name.replace(/Command$/, '');
        called.add(`${service}:${operation}`);
        return answers[operation]?.(command.input);
      }) as never);
    }

    for (const Step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const)
      await rotateCacheSecret({ SecretId: 'arn', ClientRequestToken: 'v1', Step });
    jest.restoreAllMocks();

    const [role] = all(production, 'AWS::IAM::Role');
    const statements: { Action: string | string[] }[] = role.Policies[0].PolicyDocument.Statement;
    const allowed = statements.flatMap(({ Action }) => Action).filter((action) => !action.startsWith('logs:'));
    expect(allowed.sort()).toEqual([...called].sort());
  });

  it('reaches tasks as the database’s secret does, at the address of whichever node is primary', () => {
    const [container] = only(sampleTemplate('production', 'fleet'), 'AWS::ECS::TaskDefinition').ContainerDefinitions;
    const named = (list: { Name: string }[]) =>
      list.map(({ Name }) => Name).filter((each) => each.startsWith('CACHE_'));
    expect([named(container.Environment), named(container.Secrets)]).toEqual([
      ['CACHE_HOST', 'CACHE_PORT'],
      ['CACHE_USER', 'CACHE_PASSWORD'],
    ]);
    expect(JSON.stringify(container.Environment)).toContain('PrimaryEndPointAddress');
  });
});

describe('an environment', () => {
  const cacheOf = (environment: EnvironmentOptions, changes: Partial<GreenroomOptions> = {}) =>
    baseTemplates(environment, changes).config.environments[0]?.cache;

  it.each<[string, EnvironmentOptions, GreenroomOptions['cache'], object | undefined]>([
    ['has none by default', { name: 'test' }, undefined, undefined],
    ['has one that it asks for', { name: 'test', cache: {} }, undefined, { nodeType: 'cache.t4g.small', nodes: 1 }],
    ['has the application’s', { name: 'production' }, {}, { nodeType: 'cache.t4g.small', nodes: 2 }],
    [
      'has it in a size of its own',
      { name: 'test', cache: { nodes: 3 } },
      { nodeType: 'cache.m7g.large' },
      { nodeType: 'cache.m7g.large', nodes: 3 },
    ],
    ['can do without', { name: 'test', cache: { enabled: false } }, {}, undefined],
  ])('%s', (_, environment, cache, expected) => {
    expect(cacheOf(environment, { cache })).toEqual(expected);
  });

  it('of production has a replica', () => {
    expect(() => cacheOf({ name: 'production', cache: { nodes: 1 } })).toThrow(
      /environments\[0\]\.cache\.nodes.*at least 2 in production/,
    );
  });

  it('without one has no group for it', () => {
    const groups = all(baseTemplates({ name: 'test' }).network, 'AWS::EC2::SecurityGroup');
    expect(JSON.stringify(groups)).not.toMatch(/cache/i);
  });
});

describe('its alarms', () => {
  const alarms = all(sampleTemplate('production', 'operations'), 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) =>
    AlarmName.startsWith('notes-production-cache-'),
  );

  it('look at every node', () => {
    const watching = alarms.filter(({ Metrics }) => Metrics !== undefined);
    expect(watching).toHaveLength(5);
    for (const { Metrics } of watching) {
      const nodes = (Metrics as { MetricStat?: { Metric: { Dimensions: { Name: string; Value: string }[] } } }[])
        .flatMap(({ MetricStat }) => MetricStat?.Metric.Dimensions ?? [])
        .filter(({ Name }) => Name === 'CacheClusterId');
      expect(nodes.map(({ Value }) => Value)).toEqual(['notes-production-001', 'notes-production-002']);
    }
  });

  it('take a node that says nothing for one that is gone', () => {
    expect(alarms.find(({ AlarmName }) => AlarmName.endsWith('-nodes'))).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
  });
});
