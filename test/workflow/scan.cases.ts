import { createHash } from 'node:crypto';
import { digestOf, World } from './cloud/world';

let world: World;
beforeEach(() => (world = new World()));
afterEach(() => world.close());

type Answers = Record<string, (input: { imageId?: { imageDigest: string }; nextToken?: string }) => Promise<object>>;
const answers = () => world.door.operations as Answers;
const page = (status: string, imageScanFindings: object, nextToken?: string) => ({
  imageScanStatus: { status },
  imageScanFindings,
  nextToken,
});
const basic = (name: string, severity: string) => ({
  name,
  severity,
  attributes: [
    { key: 'package_name', value: 'openssl' },
    { key: 'package_version', value: '3.0.1' },
  ],
});
const enhanced = (vulnerabilityId: string, severity: string) => ({
  severity,
  packageVulnerabilityDetails: { vulnerabilityId, vulnerablePackages: [{ name: 'zlib', version: '1.2' }] },
});
const finds = (...pages: object[]) => {
  answers().DescribeImageScanFindings = async ({ nextToken }) => pages[Number(nextToken ?? 0)] as object;
};
const record = () => world.record('v1.0.0');
const event = (name: string) => world.ledger.read('events#v1.0.0', `event#${name}`);
const release = async () => {
  world.release('v1.0.0');
  await world.rest(3_600_000);
};
const waiver = (cve: string, expires: string) => ({ cve, reason: 'not reached', expires });
const waive = (...waivers: ReturnType<typeof waiver>[]) => {
  world.policy = { ...world.policy, scan: { ...world.policy.scan, waivers, warnDays: 14 } };
};

test('findings of every page count, basic ones', async () => {
  finds(
    page(
      'COMPLETE',
      { findings: [basic('CVE-2026-0001', 'LOW')], findingSeverityCounts: { LOW: 1, CRITICAL: 1 } },
      '1',
    ),
    page('COMPLETE', { findings: [basic('CVE-2026-0002', 'CRITICAL')] }),
  );
  await release();

  expect(record()).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(
      /ScanFindings: v1\.0\.0 has 1 finding\(s\) at or above HIGH: CVE-2026-0002 \(CRITICAL\)/,
    ),
  });
});

test('findings of every page count, enhanced ones', async () => {
  finds(
    page('ACTIVE', { enhancedFindings: [enhanced('CVE-2026-0001', 'MEDIUM')] }, '1'),
    page('ACTIVE', { enhancedFindings: [enhanced('CVE-2026-0002', 'HIGH')] }),
  );
  await release();

  expect(record()).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('CVE-2026-0002 (HIGH)') });
});

test('the whole report is kept, and the ledger names it with its summary', async () => {
  finds(page('COMPLETE', { findings: [basic('CVE-2026-0001', 'LOW')], findingSeverityCounts: { LOW: 1 } }));
  world.release('v1.0.0');
  await world.until('v1.0.0', 'AwaitApproval');

  const { counts, waived, report } = event('CheckImage') as {
    counts: object;
    waived: [];
    report: { key: string; sha256: string };
  };
  expect([counts, waived]).toEqual([{ LOW: 1 }, []]);
  const text = world.objects.get(report.key) as string;
  expect(createHash('sha256').update(text).digest('hex')).toBe(report.sha256);
  expect(JSON.parse(text)).toMatchObject({
    digest: digestOf('v1.0.0'),
    report: { findings: [{ id: 'CVE-2026-0001', severity: 'LOW', package: 'openssl', version: '3.0.1' }] },
  });
});

test('a release that findings stop keeps its report too', async () => {
  finds(page('COMPLETE', { findings: [basic('CVE-2026-0002', 'CRITICAL')], findingSeverityCounts: { CRITICAL: 1 } }));
  await release();

  const { report } = event('ScanFindings') as { report: { key: string } };
  expect(world.objects.get(report.key)).toContain('CVE-2026-0002');
});

test('a step that is repeated does not change the report that the ledger names', async () => {
  world.interfere({
    matches: ({ handler, operation }) => handler === 'check-image' && operation === 'Put',
    fault: 'lost',
  });
  finds(page('COMPLETE', { findings: [], findingSeverityCounts: {} }));
  world.release('v1.0.0');
  await world.until('v1.0.0', 'AwaitApproval');

  const { report } = event('CheckImage') as { report: { key: string; sha256: string } };
  const text = world.objects.get(report.key) as string;
  expect(createHash('sha256').update(text).digest('hex')).toBe(report.sha256);
});

describe('what is missing never counts as clean', () => {
  test.each<[string, object[]]>([
    ['no counts', [page('COMPLETE', {})]],
    ['counts ahead of the list', [page('COMPLETE', { findings: [], findingSeverityCounts: { CRITICAL: 2 } })]],
    ['a scan that goes on', [page('IN_PROGRESS', {})]],
    ['an image that is not supported', [page('UNSUPPORTED_IMAGE', {})]],
    ['a scan whose findings are gone', [page('FINDINGS_UNAVAILABLE', {})]],
    ['a status that nobody knows', [page('NEW_STATUS', { findings: [], findingSeverityCounts: {} })]],
  ])('%s', async (_what, pages) => {
    finds(...pages);
    await release();

    expect(record()).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('ScanUnavailable') });
  });

  test('no scan at all', async () => {
    answers().DescribeImageScanFindings = () =>
      Promise.reject(Object.assign(new Error('no scan'), { name: 'ScanNotFoundException' }));
    await release();

    expect(record()).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('ScanUnavailable') });
  });

  test('a scan that comes in time lets the release go on', async () => {
    const pages = [page('IN_PROGRESS', {}), page('COMPLETE', { findings: [], findingSeverityCounts: {} })];
    answers().DescribeImageScanFindings = async () => (pages.length > 1 ? pages.shift() : pages[0]) as object;
    world.release('v1.0.0');
    await world.until('v1.0.0', 'AwaitApproval');

    expect(event('CheckImage')).toMatchObject({ counts: {} });
  });
});

describe('a waiver', () => {
  beforeEach(() =>
    finds(page('COMPLETE', { findings: [basic('CVE-2026-0002', 'CRITICAL')], findingSeverityCounts: { CRITICAL: 1 } })),
  );

  test('lets its finding through, which is recorded', async () => {
    waive(waiver('CVE-2026-0002', '2027-03-01T00:00:00.000Z'));
    world.release('v1.0.0');
    await world.until('v1.0.0', 'AwaitApproval');

    expect(event('CheckImage')).toMatchObject({ waived: ['CVE-2026-0002'], expiring: [] });
    expect(world.notifications.map(({ id }) => id)).not.toContain('v1.0.0:waivers');
  });

  test('that ends soon warns, in the record and to people', async () => {
    waive(waiver('CVE-2026-0002', '2026-11-25T00:00:00.000Z'), waiver('CVE-2026-0009', '2026-11-25T00:00:00.000Z'));
    world.release('v1.0.0');
    await world.until('v1.0.0', 'AwaitApproval');

    const expiring = [{ cve: 'CVE-2026-0002', expires: '2026-11-25T00:00:00.000Z', days: 4 }];
    expect(event('CheckImage')).toMatchObject({ expiring });
    expect(world.notifications.find(({ id }) => id === 'v1.0.0:waivers')).toMatchObject({ waivers: expiring });
  });

  test('that ended is named where it would have been needed', async () => {
    waive(waiver('CVE-2026-0002', '2026-11-20T00:00:00.000Z'));
    await release();

    expect(record()?.reason).toContain('CVE-2026-0002 (CRITICAL, its waiver ended on 2026-11-20)');
  });
});

describe('an image index', () => {
  const entry = (digest: string, architecture: string, annotations = {}) => ({
    digest,
    platform: { os: architecture === 'unknown' ? 'unknown' : 'linux', architecture },
    annotations,
  });
  const attestation = entry('sha256:attestation', 'unknown', { 'vnd.docker.reference.type': 'attestation-manifest' });
  const holds = (...manifests: object[]) => {
    answers().BatchGetImage = async () => ({ images: [{ imageManifest: JSON.stringify({ manifests }) }] });
  };

  test('is resolved to the image of the platform: that is scanned and runs', async () => {
    holds(entry('sha256:arm', 'arm64'), entry('sha256:amd', 'amd64'), attestation);
    const scanned: (string | undefined)[] = [];
    answers().DescribeImageScanFindings = async ({ imageId }) => {
      scanned.push(imageId?.imageDigest);
      return page('COMPLETE', { findings: [], findingSeverityCounts: {} });
    };
    world.release('v1.0.0');
    await world.until('v1.0.0', 'AwaitApproval');

    expect(scanned).toEqual(['sha256:amd']);
    expect(world.ledger.read('release#v1.0.0', 'record')).toMatchObject({ digest: 'sha256:amd' });
    expect(world.fleets.image('green')).toContain('@sha256:amd');
  });

  test.each<[string, object[], RegExp]>([
    [
      'without the platform',
      [entry('sha256:arm', 'arm64'), attestation],
      /has 0 images for linux\/amd64 \(linux\/arm64\)/,
    ],
    ['with two for it', [entry('sha256:1', 'amd64'), entry('sha256:2', 'amd64')], /has 2 images for linux\/amd64/],
    ['with nothing but attestations', [attestation], /none at all/],
  ])('%s is refused before any work', async (_what, manifests, message) => {
    holds(...manifests);
    await release();

    expect(record()).toMatchObject({ outcome: 'failed', reason: expect.stringMatching(message) });
  });
});
