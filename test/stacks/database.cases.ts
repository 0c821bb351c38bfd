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
  ])('is in two zones and protected, or not: %s', (_, template, expected) => {
    expect(only(template, 'AWS::RDS::DBInstance')).toMatchObject(expected);
  });

  it('has no password in the template: it refers to the secret of the administrator', () => {
    expect(instance).toMatchObject({ MasterUsername: 'greenroom_admin' });
    expect(JSON.stringify(instance.MasterUserPassword)).toMatch(
      /^\{"Fn::Join":\["",\["\{\{resolve:secretsmanager:",\{"Ref":"Administrator[0-9A-F]+"\},":SecretString:password::\}\}"\]\]\}$/,
    );
    // What RDS manages itself is tied to one instance, and lost when a restored one takes its name.
    expect(instance).not.toHaveProperty('ManageMasterUserPassword');
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

describe('an instance that begins as a snapshot', () => {
  const restoreFrom = 'arn:aws:rds:eu-west-1:111122223333:snapshot:awsbackup:copyjob-0f1e2d3c';
  const given = { region: 'eu-west-1', account: '111122223333', database: { restoreFrom } };
  const template = baseTemplates({ name: 'elsewhere', production: true, ...given }).database;
  const instance = only(template, 'AWS::RDS::DBInstance');

  it('says nothing of what the snapshot has already, which RDS would refuse', () => {
    expect(instance.DBSnapshotIdentifier).toBe(restoreFrom);
    for (const name of ['DBName', 'MasterUsername', 'KmsKeyId', 'StorageEncrypted'])
      expect(instance).not.toHaveProperty(name);
  });

  it('has everything else as one that begins empty, today’s password of the administrator too', () => {
    const { DBSnapshotIdentifier: _, ...restored } = instance;
    const names = Object.keys(only(production, 'AWS::RDS::DBInstance'));
    const left = ['DBName', 'MasterUsername', 'KmsKeyId', 'StorageEncrypted'];
    expect(Object.keys(restored).sort()).toEqual(names.filter((name) => !left.includes(name)).sort());
    expect(JSON.stringify(restored.MasterUserPassword)).toContain('resolve:secretsmanager');
    template.hasResource('AWS::RDS::DBInstance', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('is none where nothing is said', () => {
    expect(only(production, 'AWS::RDS::DBInstance')).not.toHaveProperty('DBSnapshotIdentifier');
  });
});

describe('the secrets', () => {
  it.each([
    ['shop-production-database', 'application', 'shop_a'],
    ['shop-production-database-migrator', 'migrator', 'shop_migrator_a'],
    ['shop-production-database-verifier', 'verifier', 'shop_verifier_a'],
    ['shop-production-database-administrator', 'administrator', 'greenroom_admin'],
  ])('%s is encrypted, kept, and of the %s', (Name, role, username) => {
    production.hasResource('AWS::SecretsManager::Secret', {
      Properties: {
        Name,
        KmsKeyId: Match.anyValue(),
        GenerateSecretString: Match.objectLike({ SecretStringTemplate: JSON.stringify({ role, username }) }),
      },
      DeletionPolicy: 'Retain',
    });
    expect(all(production, 'AWS::SecretsManager::Secret')).toHaveLength(4);
  });

  it('rotate, each of them, by one function that reaches the database through the network only', () => {
    const schedules = all(production, 'AWS::SecretsManager::RotationSchedule');
    expect(new Set(schedules.map(({ SecretId }) => JSON.stringify(SecretId))).size).toBe(4);
    for (const schedule of schedules) {
      expect(schedule).toMatchObject({
        RotationLambdaARN: { 'Fn::GetAtt': [expect.stringMatching(/^UsersRotate/), 'Arn'] },
        RotationRules: { ScheduleExpression: 'rate(30 days)' },
      });
    }
    const rotate = all(production, 'AWS::Lambda::Function').find(({ FunctionName }) =>
      String(FunctionName).endsWith('-rotate-secret'),
    );
    expect(rotate.VpcConfig.SecurityGroupIds).toEqual([
      { 'Fn::ImportValue': expect.stringContaining('MigratorSecurityGroup') },
    ]);
    production.hasResourceProperties('AWS::Lambda::Permission', {
      Principal: 'secretsmanager.amazonaws.com',
      SourceAccount: { Ref: 'AWS::AccountId' },
    });
  });

  it("are the rotation's to read and write, and no other's: nobody else sees the administrator's", () => {
    const roles = all(production, 'AWS::IAM::Role');
    const reading = roles.filter(({ Policies }) => JSON.stringify(Policies ?? '').includes('secretsmanager:'));
    expect(reading).toHaveLength(1);
    const statements: { Action: string | string[]; Resource: unknown }[] =
      reading[0].Policies[0].PolicyDocument.Statement;
    const secrets = (action: string) =>
      statements
        .filter(({ Action }) => [Action].flat().includes(`secretsmanager:${action}`))
        .flatMap(({ Resource }) => Resource);
    for (const action of ['GetSecretValue', 'PutSecretValue']) {
      expect(secrets(action)).toHaveLength(4);
      expect(JSON.stringify(secrets(action))).toMatch(/Administrator.*Application.*Migrator.*Verifier/);
    }
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
    ScheduleExpression: string;
    RecoveryPointTags: Record<string, string>;
    EnableContinuousBackup?: boolean;
    Lifecycle: { DeleteAfterDays: number; MoveToColdStorageAfterDays?: number };
    TargetBackupVault: { 'Fn::GetAtt': [string, string] };
  }
  const rulesOf = (template: typeof production): Rule[] =>
    only(template, 'AWS::Backup::BackupPlan').BackupPlan.BackupPlanRule;

  it.each([
    ['production', production, 35, 35, 1096],
    ['dev', dev, 7, 7, 35],
    ['test, on MySQL', mysql, 7, 7, 35],
  ])('of %s reach as far back as configured', (_, template, pointInTime, daily, monthly) => {
    expect(rulesOf(template)).toMatchObject([
      { RuleName: 'point-in-time', EnableContinuousBackup: true, Lifecycle: { DeleteAfterDays: pointInTime } },
      { RuleName: 'daily', ScheduleExpression: 'cron(0 3 * * ? *)', Lifecycle: { DeleteAfterDays: daily } },
      { RuleName: 'monthly', ScheduleExpression: 'cron(0 5 1 * ? *)', Lifecycle: { DeleteAfterDays: monthly } },
    ]);
  });

  it('keep clear of the maintenance window, in which jobs would fail', () => {
    const { PreferredMaintenanceWindow } = only(production, 'AWS::RDS::DBInstance');
    const begin = Number(/^Sun:(\d\d):00-/.exec(PreferredMaintenanceWindow)?.[1]);
    for (const { ScheduleExpression } of rulesOf(production)) {
      const hour = Number(/^cron\(0 (\d+) /.exec(ScheduleExpression)?.[1]);
      expect(begin - hour).toBeGreaterThanOrEqual(3);
    }
  });

  it('carry the name of their rule, for who looks for one', () => {
    for (const { RuleName, RecoveryPointTags } of rulesOf(production)) {
      expect(RecoveryPointTags).toMatchObject({ 'greenroom:backup': RuleName });
    }
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

  it('lie in a vault each, locked to the retention of what is in it, never in compliance mode', () => {
    const vaults = production.findResources('AWS::Backup::BackupVault');
    const targets = rulesOf(production).map((rule) => rule.TargetBackupVault['Fn::GetAtt'][0]);
    expect(new Set(targets).size).toBe(3);
    for (const rule of rulesOf(production)) {
      const vault = vaults[rule.TargetBackupVault['Fn::GetAtt'][0]];
      expect(vault).toMatchObject({
        DeletionPolicy: 'Retain',
        Properties: {
          LockConfiguration: {
            MinRetentionDays: rule.Lifecycle.DeleteAfterDays,
            MaxRetentionDays: rule.Lifecycle.DeleteAfterDays + 1,
          },
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
