import { parseConfig, polls, releasePolicy, type EnvironmentOptions } from '../../lib/config';
import { judgeScan } from '../../lambda/domain/scan';
import { options, TODAY } from '../stacks/base-stacks';

function configOf(environment: Partial<EnvironmentOptions>) {
  const config = parseConfig(options({ environments: [{ name: 'test', ...environment }] }), TODAY);
  return { config, environment: config.environments[0]! };
}

describe('durations as numbers of polls', () => {
  it.each([
    ['10m', '15s', 40],
    ['10m', '1m', 10],
    ['70s', '30s', 3],
    ['1m', '5m', 1],
  ] as const)('%s, looked at every %s, are %d', (scanTimeout, pollInterval, expected) => {
    const { environment } = configOf({ scan: { timeout: scanTimeout }, pollInterval });
    expect(polls(environment.scan.timeout, environment)).toBe(expected);
  });
});

describe('the policy of a release', () => {
  it('has what the handlers need, and no duration', () => {
    const { config, environment } = configOf({
      pollInterval: '30s',
      traffic: [{ percent: 10, hold: '2m' }, { percent: 100 }],
      bake: '0s',
      healthyTimeout: '5m',
      snapshotTimeout: '10m',
      revertWindow: '90s',
      smoke: [{ path: '/', contains: 'Shop' }],
    });
    expect(releasePolicy(config, environment)).toEqual({
      application: 'shop',
      environment: 'test',
      repository: 'shop/test',
      containerName: 'app',
      provenance: { required: false, repository: 'acme/shop', repositoryId: '42', branches: ['main'] },
      concurrency: 'queue',
      scan: { failOn: 'HIGH', waivers: [], warnDays: 14, checks: 20 },
      freeze: [],
      size: { min: 1, max: 4, targetCpuPercent: 60 },
      healthyChecks: 10,
      smoke: [{ path: '/', contains: 'Shop' }],
      approval: { required: false, approvers: 1, allowRequester: false, acceptClaims: false },
      traffic: [
        { percent: 10, checks: 4 },
        { percent: 100, checks: 0 },
      ],
      alarms: [],
      bakeChecks: 0,
      revertWindowMinutes: 2,
      snapshotBeforeMigration: false,
      snapshotChecks: 20,
      requireRollback: false,
    });
  });

  it('lets a waiver count through its last day', () => {
    const waivers = [{ cve: 'CVE-2026-12345', reason: 'not reached', expires: '2026-12-24' }];
    const { config, environment } = configOf({ scan: { waivers } });
    const policy = releasePolicy(config, environment);
    const report = { status: 'COMPLETE', findings: [{ id: 'CVE-2026-12345', severity: 'CRITICAL' }] };
    const verdict = (now: string) => judgeScan(report, 'HIGH', policy.scan.waivers, new Date(now)).kind;

    expect(verdict('2026-12-24T23:59:59Z')).toBe('passed');
    expect(verdict('2026-12-25T00:00:00Z')).toBe('findings');
  });
});

describe('alarms of the user’s own', () => {
  const ARN = 'arn:aws:cloudwatch:eu-central-1:111122223333:alarm:orders a minute';

  it('are named, whether given by name or by ARN', () => {
    const { config, environment } = configOf({ alarms: { own: ['checkout', ARN] } });
    expect(releasePolicy(config, environment).alarms).toEqual(['checkout', 'orders a minute']);
  });

  it('are of the environment’s account and region', () => {
    const place = { account: '111122223333', region: 'eu-west-1' };
    expect(() => configOf({ ...place, alarms: { own: [ARN] } })).toThrow(
      'environments[0].alarms.own[0]: got "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:orders a minute"; allowed: an alarm in the environment\'s account and region',
    );
    expect(() => configOf({ ...place, region: 'eu-central-1', alarms: { own: [ARN] } })).not.toThrow();
  });
});
