import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as rds from 'aws-cdk-lib/aws-rds';
import fc from 'fast-check';
import { ConfigError, parseConfig, type BackupOptions, type GreenroomConfig } from '../../lib/config';
import { DatabaseBackup } from '../../lib/constructs/database-backup';
import { BackupCopyStack } from '../../lib/stacks/backup-copy';
import { options, TODAY } from './base-stacks';
import { temporaryFolder } from './folder';

const HERE = { account: '111111111111', region: 'eu-central-1' };
const fewDays = fc.integer({ min: 1, max: 60 });
const manyDays = fc.oneof(fewDays, fc.constantFrom(1096, 2000, 36_499), fc.constantFrom(1096, 36_499));
const retention = fc.record({ dailyDays: fewDays, monthlyDays: manyDays }, { requiredKeys: [] });
const place = fc.constantFrom({ region: 'eu-west-1' }, { region: 'us-east-1' }, { account: '222222222222' });
const copy = fc.tuple(place, retention).map((parts) => Object.assign({}, ...parts));
const lock = fc.constantFrom(
  {},
  { lock: 'none' },
  { lock: 'governance' },
  { lock: 'governance', lockChangeableForDays: 3 },
  { lock: 'compliance' },
  { lock: 'compliance', lockChangeableForDays: 3 },
);
const reach = fc.record({ pointInTimeDays: fc.constantFrom(1, 7, 35) }, { requiredKeys: [] });
const backupOptions: fc.Arbitrary<BackupOptions> = fc
  .tuple(retention, lock, reach, fc.record({ copies: fc.array(copy, { maxLength: 2 }) }))
  .map((parts) => Object.assign({}, ...parts));

/** What the configuration comes to; undefined when it is refused. */
function accepted(backup: BackupOptions, name: string): GreenroomConfig | undefined {
  try {
    return parseConfig(options({ environments: [{ name, ...HERE, database: { backup } }] }), TODAY);
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

interface Job {
  readonly vault: string;
  readonly days: number | undefined;
}
interface Limits {
  readonly MinRetentionDays: number;
  readonly MaxRetentionDays: number;
  readonly ChangeableForDays?: number;
}

/** Everything that the plan will ask of vaults, and the vaults that there are, by ARN as far as it is known. */
function deployed(config: GreenroomConfig) {
  const environment = config.environments[0]!;
  const app = new App({ outdir: temporaryFolder(), analyticsReporting: false });
  const stack = new Stack(app, 'database', { env: HERE });
  const instance = rds.DatabaseInstance.fromDatabaseInstanceAttributes(stack, 'Instance', {
    instanceIdentifier: 'shop',
    instanceEndpointAddress: 'shop.example.com',
    port: 5432,
    securityGroups: [],
  });
  const { backup } = environment.database;
  new DatabaseBackup(stack, 'Backup', { name: 'shop-x', instance, encryptionKey: new kms.Key(stack, 'Key'), backup });
  const vaults = new Map<string, Limits | undefined>();
  const add = (template: Template, region: string, account: string) => {
    for (const [id, { Properties }] of Object.entries(template.findResources('AWS::Backup::BackupVault'))) {
      vaults.set(id, Properties.LockConfiguration);
      const name = String(Properties.BackupVaultName).replace(`shop-${environment.name}`, 'shop-x');
      vaults.set(`${region}:${account}:backup-vault:${name}`, Properties.LockConfiguration);
    }
  };
  const copies = backup.copies.map(
    (target, index) => new BackupCopyStack(app, `copy${index}`, { config, environment, copy: target }),
  );
  const template = Template.fromStack(stack);
  add(template, HERE.region, HERE.account);
  for (const there of copies) add(Template.fromStack(there), there.region, there.account);
  const [plan] = Object.values(template.findResources('AWS::Backup::BackupPlan'));
  const jobs: Job[] = [];
  for (const rule of plan!.Properties.BackupPlan.BackupPlanRule) {
    jobs.push({ vault: rule.TargetBackupVault['Fn::GetAtt'][0], days: rule.Lifecycle?.DeleteAfterDays });
    for (const action of rule.CopyActions ?? []) {
      const arn = action.DestinationBackupVaultArn['Fn::Join'][1]
        .join('')
        .replace(/^arn:\[object Object\]:backup:/, '');
      jobs.push({ vault: arn, days: action.Lifecycle?.DeleteAfterDays });
    }
  }
  return { jobs, vaults, backup };
}

describe('retention, lock and copies', () => {
  // In production most of what is drawn is refused; enough has to come through.
  it.each([
    ['dev', 25],
    ['production', 70],
  ])('of %s agree, whatever the configuration says', (name, numRuns) => {
    let seen = 0;
    fc.assert(
      fc.property(backupOptions, (given) => {
        const config = accepted(given, name);
        if (config === undefined) return;
        seen++;
        const { jobs, vaults, backup } = deployed(config);
        expect(jobs).toHaveLength(3 + 2 * backup.copies.length);
        for (const { vault, days: kept } of jobs) {
          // A job into a vault that does not exist fails, and one without an end lives for ever.
          expect([...vaults.keys()]).toContain(vault);
          expect(kept).toBeGreaterThan(0);
          const limits = vaults.get(vault);
          expect(limits === undefined).toBe(backup.lock === 'none');
          if (limits === undefined) continue;
          expect(limits.MinRetentionDays).toBeLessThanOrEqual(kept as number);
          expect(limits.MaxRetentionDays).toBeGreaterThanOrEqual(kept as number);
          expect(limits.MaxRetentionDays).toBeLessThanOrEqual(36_500);
          // Compliance mode is what the configuration has asked for in words, or not there.
          expect(limits.ChangeableForDays).toBe(backup.lockChangeableForDays);
        }
        if (name === 'production') {
          expect(jobs.filter(({ days: kept }) => (kept as number) >= 1096)).not.toHaveLength(0);
        }
      }),
      { seed: 6, numRuns },
    );
    expect(seen).toBeGreaterThan(8);
  });
});
