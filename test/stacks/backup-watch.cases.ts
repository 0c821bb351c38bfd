import { all, baseTemplates, only } from './base-stacks';
import { sampleTemplate } from './synthesised';

describe('restore tests', () => {
  const production = sampleTemplate('production', 'database');

  it('are made every week, of any daily or monthly snapshot whose passwords are known', () => {
    expect(only(production, 'AWS::Backup::RestoreTestingPlan')).toMatchObject({
      RestoreTestingPlanName: 'notes_production',
      ScheduleExpression: 'cron(0 10 ? * TUE *)',
      RecoveryPointSelection: {
        Algorithm: 'RANDOM_WITHIN_WINDOW',
        RecoveryPointTypes: ['SNAPSHOT'],
        SelectionWindowDays: 30,
        IncludeVaults: [
          { 'Fn::GetAtt': [expect.stringMatching(/^BackupDaily/), 'BackupVaultArn'] },
          { 'Fn::GetAtt': [expect.stringMatching(/^BackupMonthly/), 'BackupVaultArn'] },
        ],
      },
    });
  });

  it('restore this database into its own network, closed to everybody else', () => {
    const selection = only(production, 'AWS::Backup::RestoreTestingSelection');
    expect(selection).toMatchObject({
      ProtectedResourceType: 'RDS',
      RestoreMetadataOverrides: { publiclyAccessible: 'false', multiAz: 'false' },
    });
    expect(selection.ProtectedResourceArns).toHaveLength(1);
    expect(JSON.stringify(selection.RestoreMetadataOverrides.dbSubnetGroupName)).toContain('InstanceSubnetGroup');
    expect(selection.RestoreMetadataOverrides.vpcSecurityGroupIds).toEqual({
      'Fn::Join': ['', ['["', { 'Fn::ImportValue': expect.stringContaining('DatabaseSecurityGroup') }, '"]']],
    });
  });

  it('are not made where the configuration does not want them, and nothing waits for them', () => {
    const dev = sampleTemplate('dev', 'database');
    expect(all(dev, 'AWS::Backup::RestoreTestingPlan')).toEqual([]);
    const rules = all(sampleTemplate('dev', 'release'), 'AWS::Events::Rule');
    expect(JSON.stringify(rules)).not.toContain('Restore Job State Change');
  });
});

describe('people are told', () => {
  const release = sampleTemplate('production', 'release');
  const rules = all(release, 'AWS::Events::Rule');
  const rule = (detailType: string) =>
    rules.find(({ EventPattern }) => EventPattern?.['detail-type']?.includes(detailType));

  it.each([
    [
      'Backup Job State Change',
      { backupVaultName: ['point-in-time', 'daily', 'monthly'].map((name) => `notes-production-${name}`) },
    ],
    ['Restore Job State Change', { status: ['COMPLETED', 'FAILED', 'ABORTED'], resourceType: ['RDS'] }],
  ])('of each %s that matters', (detailType, detail) => {
    expect(rule(detailType)).toMatchObject({ EventPattern: { source: ['aws.backup'], detail } });
  });

  it('of copies that failed, wherever they go', () => {
    const { detail } = rule('Copy Job State Change').EventPattern;
    expect(detail.state).toContain('FAILED');
    expect(JSON.stringify(detail.destinationBackupVaultArn)).toMatch(
      /backup:eu-west-1:.*notes-production-daily-copies.*backup:eu-west-1:.*notes-production-monthly-copies/,
    );
  });

  it('every day of what did not happen', () => {
    const schedules = rules.map(({ ScheduleExpression }) => ScheduleExpression);
    expect(schedules).toEqual(expect.arrayContaining(['cron(0 9 * * ? *)', 'cron(30 9 * * ? *)']));
  });
});

describe('a copy', () => {
  const HERE = { account: '111111111111', region: 'eu-central-1' };
  const THERE = '222222222222';
  const backup = { copies: [{ account: THERE }] };
  const { database } = baseTemplates({ name: 'production', ...HERE, database: { backup } });

  it('to another account is read there under the key of the database', () => {
    const { Statement } = all(database, 'AWS::KMS::Key')[0].KeyPolicy;
    const theirs = Statement.filter(({ Principal }: { Principal: object }) =>
      JSON.stringify(Principal).includes(THERE),
    );
    expect(theirs.flatMap(({ Action }: { Action: string }) => Action)).toEqual([
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:GenerateDataKey*',
      'kms:ReEncrypt*',
      'kms:CreateGrant',
    ]);
    expect(theirs.at(-1).Condition).toEqual({ Bool: { 'kms:GrantIsForAWSResource': 'true' } });
  });

  it('to another region lies under a key of there', () => {
    const there = sampleTemplate('production', 'backup-eu-west-1');
    const [key] = Object.keys(there.findResources('AWS::KMS::Key'));
    const vaults = all(there, 'AWS::Backup::BackupVault');
    expect(vaults.map(({ BackupVaultName }) => BackupVaultName)).toEqual([
      'notes-production-daily-copies',
      'notes-production-monthly-copies',
    ]);
    for (const { EncryptionKeyArn } of vaults) expect(EncryptionKeyArn).toEqual({ 'Fn::GetAtt': [key, 'Arn'] });
  });
});
