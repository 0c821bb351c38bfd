import { Template } from 'aws-cdk-lib/assertions';
import { all } from './base-stacks';
import { machineDefinition, sampleStacks } from './synthesised';
import { templateOf, wholeApp } from './whole-app';

// No command of ours and no update of a stack deletes production's data: each way there needs two acts.

const production = sampleStacks('production');
const templates = production.map((stack) => Template.fromStack(stack));

/** What holds data, or is needed to read it. The key of previews is neither: it signs links that end with their release. */
const DATA = {
  'AWS::RDS::DBInstance': /./,
  'AWS::RDS::DBParameterGroup': /./,
  'AWS::Backup::BackupVault': /./,
  'AWS::SecretsManager::Secret': /-database/,
  'AWS::KMS::Key': /./,
  'AWS::DynamoDB::Table': /./,
};

it.each(Object.entries(DATA))('%s is left behind by a stack that is deleted, or that replaces it', (type, name) => {
  const found = templates
    .flatMap((template) => Object.values(template.findResources(type)))
    .filter(({ Properties }) => name.test(String(Properties.Name)));
  expect(found.length).toBeGreaterThan(0);
  for (const { DeletionPolicy, UpdateReplacePolicy } of found) {
    expect(DeletionPolicy).toMatch(/^Retain/);
    expect(UpdateReplacePolicy ?? 'Retain').toBe('Retain');
  }
});

it('a stack of production refuses to be deleted', () => {
  expect(production.length).toBeGreaterThan(5);
  for (const stack of production)
    expect([stack.stackName, stack.terminationProtection]).toEqual([stack.stackName, true]);
});

it('the instance and the ledger refuse to be deleted', () => {
  const protectedOnes = ['AWS::RDS::DBInstance', 'AWS::DynamoDB::Table'].map((type) =>
    templates.flatMap((template) => all(template, type)),
  );
  for (const { DeletionProtection, DeletionProtectionEnabled } of protectedOnes.flat()) {
    expect(DeletionProtection ?? DeletionProtectionEnabled).toBe(true);
  }
});

it('every vault is locked, and refuses to have recovery points deleted', () => {
  const vaults = templates.flatMap((template) => all(template, 'AWS::Backup::BackupVault'));
  expect(vaults).toHaveLength(5);
  for (const { LockConfiguration, AccessPolicy } of vaults) {
    expect(LockConfiguration.MinRetentionDays).toBeGreaterThanOrEqual(35);
    expect(AccessPolicy.Statement).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Action: expect.arrayContaining(['backup:DeleteRecoveryPoint']) }),
    );
  }
});

it('no role may delete data or what keeps it, but for snapshots of releases', () => {
  const forbidden =
    /^(rds:(Delete(?!DBSnapshot$)|.*Promote)|backup:(Delete|Update|Put(?!RestoreValidationResult$))|kms:(Disable|ScheduleKeyDeletion)|dynamodb:DeleteTable|secretsmanager:DeleteSecret|cloudformation:(Delete|Update)|\*)/;
  const statements = templates
    .flatMap((template) => [...all(template, 'AWS::IAM::Role'), ...all(template, 'AWS::IAM::Policy')])
    .flatMap(({ Policies = [], PolicyDocument }) => [
      ...Policies.map((each: { PolicyDocument: unknown }) => each.PolicyDocument),
      PolicyDocument,
    ])
    .flatMap((document) => document?.Statement ?? []);
  expect(statements.length).toBeGreaterThan(100);
  const actions = statements.flatMap(({ Effect, Action }) => (Effect === 'Allow' ? [Action].flat() : []));
  expect(actions.filter((action: string) => forbidden.test(action))).toEqual([]);
  const deleting = statements.filter(({ Action }) => [Action].flat().includes('rds:DeleteDBSnapshot'));
  expect(deleting).toHaveLength(1);
  expect(JSON.stringify(deleting[0].Resource)).toContain(':snapshot:greenroom-*');
  expect(deleting[0].Condition).toEqual({ StringLike: { 'aws:ResourceTag/greenroom:release': '?*' } });
});

it('the wipe of a database exists where it was asked for, after the image is judged and before anything is planned', () => {
  const names = templates
    .flatMap((template) => all(template, 'AWS::Lambda::Function'))
    .map(({ FunctionName }) => FunctionName);
  expect(names.filter((name) => /wipe/.test(String(name)))).toEqual([]);

  const app = wholeApp({ environments: [{ name: 'dev', strategy: 'rolling', wipeDatabase: true }] });
  const { States } = machineDefinition(templateOf(app, 'shop-dev-release'));
  const before = Object.entries(States).filter(([, { Next, Default, Choices = [] }]) =>
    [Next, Default, ...Choices.map((choice) => choice.Next)].includes('WipeDatabase'),
  );
  expect(before.map(([name]) => name)).toEqual([expect.stringMatching(/^CheckImage/)]);
  expect(States.WipeDatabase?.Next).toBe('FindRunning');
});
