import { Match } from 'aws-cdk-lib/assertions';
import { all, baseTemplates, only } from './base-stacks';

const production = baseTemplates({ name: 'production' }).database;
const dev = baseTemplates({ name: 'dev', database: { deletionProtection: false } }).database;
const mysql = baseTemplates({ name: 'test' }, { database: { engine: 'mysql', version: '8.4.8' } }).database;

describe('the instance', () => {
  const instance = only(production, 'AWS::RDS::DBInstance');

  it('is private, encrypted with its own key, and kept', () => {
    expect(instance).toMatchObject({
      PubliclyAccessible: false,
      StorageEncrypted: true,
      KmsKeyId: { 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] },
      CopyTagsToSnapshot: true,
    });
    production.hasResource('AWS::RDS::DBInstance', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    production.hasResource('AWS::KMS::Key', { DeletionPolicy: 'Retain', Properties: { EnableKeyRotation: true } });
  });

  it('lies in the subnets for databases and in the security group of the database only', () => {
    const { SubnetIds } = only(production, 'AWS::RDS::DBSubnetGroup');
    expect(SubnetIds).toHaveLength(3);
    for (const id of SubnetIds) expect(JSON.stringify(id)).toContain('VpcdatabaseSubnet');
    expect(instance.VPCSecurityGroups).toEqual([
      { 'Fn::ImportValue': expect.stringContaining('DatabaseSecurityGroup') },
    ]);
  });

  it.each([
    ['production', production, { MultiAZ: true, DeletionProtection: true }],
    ['dev, as configured', dev, { MultiAZ: false, DeletionProtection: false }],
  ])('in %s has %j', (_, template, expected) => {
    expect(only(template, 'AWS::RDS::DBInstance')).toMatchObject(expected);
  });

  it('has no password in the template: RDS makes the one of the administrator', () => {
    expect(instance).toMatchObject({ ManageMasterUserPassword: true, MasterUsername: 'greenroom_admin' });
    expect(instance).not.toHaveProperty('MasterUserPassword');
  });

  it.each([
    ['postgres', production, 'postgres17', { 'rds.force_ssl': '1' }],
    ['mysql', mysql, 'mysql8.4', { require_secure_transport: '1' }],
  ])('with %s refuses connections without TLS', (_, template, Family, Parameters) => {
    expect(only(template, 'AWS::RDS::DBParameterGroup')).toMatchObject({ Family, Parameters });
  });

  it.each([
    ['a major version goes forward by itself', production, '17', true],
    ['a full version is kept', mysql, '8.4.8', false],
  ])('%s', (_, template, EngineVersion, AutoMinorVersionUpgrade) => {
    expect(only(template, 'AWS::RDS::DBInstance')).toMatchObject({ EngineVersion, AutoMinorVersionUpgrade });
  });

  it('writes its logs to groups that exist before it does and end', () => {
    for (const log of instance.EnableCloudwatchLogsExports) {
      production.hasResourceProperties('AWS::Logs::LogGroup', {
        LogGroupName: `/aws/rds/instance/shop-production/${log}`,
        RetentionInDays: 365,
      });
    }
    production.hasResource('AWS::RDS::DBInstance', {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^Logspostgresql')]),
    });
  });
});

describe('the secret of the application', () => {
  it('is encrypted, kept, and holds one of two alternating users', () => {
    production.hasResource('AWS::SecretsManager::Secret', {
      Properties: {
        Name: 'shop-production-database',
        KmsKeyId: Match.anyValue(),
        GenerateSecretString: Match.objectLike({ SecretStringTemplate: '{"username":"shop_a"}' }),
      },
      DeletionPolicy: 'Retain',
    });
  });

  it('rotates by a function that reaches the database through the network only', () => {
    expect(only(production, 'AWS::SecretsManager::RotationSchedule')).toMatchObject({
      RotationLambdaARN: { 'Fn::GetAtt': [expect.stringMatching(/^SecretRotate/), 'Arn'] },
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
    });
    expect(only(production, 'AWS::Lambda::Permission')).toMatchObject({
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: { Ref: 'AWS::AccountId' },
    });
    expect(only(production, 'AWS::Lambda::Function').VpcConfig.SecurityGroupIds).toEqual([
      { 'Fn::ImportValue': expect.stringContaining('MigratorSecurityGroup') },
    ]);
  });

  it('may be rotated by a role that reads both secrets and writes this one', () => {
    const role = all(production, 'AWS::IAM::Role').find(({ Policies }) =>
      JSON.stringify(Policies ?? '').includes('PutSecret'),
    );
    const statements: { Action: string | string[]; Resource: unknown }[] = role.Policies[0].PolicyDocument.Statement;
    const secrets = (action: string) =>
      statements
        .filter(({ Action }) => [Action].flat().includes(`secretsmanager:${action}`))
        .flatMap(({ Resource }) => Resource);
    expect(JSON.stringify(secrets('GetSecretValue'))).toMatch(/MasterUserSecret.*SecretCredentials/);
    expect(secrets('PutSecretValue')).toEqual([{ Ref: expect.stringMatching(/^SecretCredentialsAttachment/) }]);
    expect(JSON.stringify(statements)).not.toContain('secretsmanager:*');
  });

  it("opens its key inside the account only, and only through Secrets Manager, to who isn't the account itself", () => {
    const { Statement } = all(production, 'AWS::KMS::Key')[0].KeyPolicy;
    const anybody = Statement.filter(({ Principal }: { Principal: { AWS: unknown } }) => Principal.AWS === '*');
    expect(anybody).toEqual([
      expect.objectContaining({
        Condition: {
          StringEquals: {
            'kms:CallerAccount': { Ref: 'AWS::AccountId' },
            'kms:ViaService': expect.objectContaining({ 'Fn::Join': expect.anything() }),
          },
        },
      }),
    ]);
  });
});

describe('backups', () => {
  interface Rule {
    RuleName: string;
    EnableContinuousBackup?: boolean;
    Lifecycle: { DeleteAfterDays: number; MoveToColdStorageAfterDays?: number };
    TargetBackupVault: { 'Fn::GetAtt': [string, string] };
  }
  const rulesOf = (template: typeof production): Rule[] =>
    only(template, 'AWS::Backup::BackupPlan').BackupPlan.BackupPlanRule;

  it.each([
    ['production', production, 35, 1096],
    ['dev', dev, 7, 35],
  ])('of %s reach as far back as configured', (_, template, pointInTime, snapshots) => {
    expect(rulesOf(template)).toMatchObject([
      { EnableContinuousBackup: true, Lifecycle: { DeleteAfterDays: pointInTime } },
      { Lifecycle: { DeleteAfterDays: snapshots } },
    ]);
  });

  it.each([
    ['production', production],
    ['dev', dev],
  ])('of %s: the instance says what the continuous rule sets, so that nothing drifts', (_, template) => {
    const instance = only(template, 'AWS::RDS::DBInstance');
    const continuous = rulesOf(template).find((rule) => rule.EnableContinuousBackup);
    expect(instance.BackupRetentionPeriod).toBe(continuous?.Lifecycle.DeleteAfterDays);
    expect(instance).not.toHaveProperty('PreferredBackupWindow');
  });

  it('lie in two vaults, each locked to the retention of what is in it, never in compliance mode', () => {
    const vaults = production.findResources('AWS::Backup::BackupVault');
    const targets = rulesOf(production).map((rule) => rule.TargetBackupVault['Fn::GetAtt'][0]);
    expect(new Set(targets).size).toBe(2);
    for (const rule of rulesOf(production)) {
      const vault = vaults[rule.TargetBackupVault['Fn::GetAtt'][0]];
      expect(vault).toMatchObject({
        DeletionPolicy: 'Retain',
        Properties: {
          LockConfiguration: { MinRetentionDays: rule.Lifecycle.DeleteAfterDays },
          EncryptionKeyArn: expect.anything(),
        },
      });
      expect(vault?.Properties.LockConfiguration).not.toHaveProperty('ChangeableForDays');
    }
  });

  it('are not locked outside production', () => {
    for (const vault of all(dev, 'AWS::Backup::BackupVault')) expect(vault).not.toHaveProperty('LockConfiguration');
  });

  it('move nothing to cold storage, which RDS does not have', () => {
    for (const rule of rulesOf(production)) expect(rule.Lifecycle).not.toHaveProperty('MoveToColdStorageAfterDays');
  });

  it('take in this instance and no other', () => {
    expect(JSON.stringify(only(production, 'AWS::Backup::BackupSelection').BackupSelection.Resources)).toMatch(
      /^\[\{"Fn::Join":\["",\["arn:",.*:rds:.*:db:",\{"Ref":"Instance[0-9A-F]+"\}\]\]\}\]$/,
    );
  });
});
