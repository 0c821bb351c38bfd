import {
  changelogAt,
  dueSince,
  type Expected,
  failedJob,
  overdue,
  type PastRelease,
} from '../../lambda/domain/backups';
import { isNearQuota, type KnownSnapshot, snapshotsToDelete, spareCopies } from '../../lambda/domain/snapshot-care';
import { copyName } from '../../lambda/domain/snapshot-name';
import type { Outcome } from '../../lambda/domain/errors';

const day = (text: string) => new Date(`${text}T09:00:00Z`);
const NOW = day('2026-06-15');

describe('what is overdue', () => {
  const daily: Expected = {
    what: 'no daily backup',
    newest: undefined,
    since: day('2026-01-01'),
    due: day('2026-06-14'),
  };

  it.each<[string, Partial<Expected>, string[]]>([
    ['what happened in time', { newest: day('2026-06-15') }, []],
    [
      'what happened too long ago',
      { newest: day('2026-06-13') },
      ['no daily backup since 2026-06-14T09:00:00.000Z: the last one is of 2026-06-13T09:00:00.000Z'],
    ],
    ['what never happened', {}, ['no daily backup since 2026-06-14T09:00:00.000Z: none is known']],
    ['what is expected only since today', { since: day('2026-06-15') }, []],
    ['what nobody asks for today', { due: undefined }, []],
  ])('%s', (_, given, sentences) => {
    expect(overdue([{ ...daily, ...given }])).toEqual(sentences);
  });

  it.each([
    ['daily', '2026-06-15', '2026-06-13T19:00:00.000Z'],
    ['monthly', '2026-06-15', '2026-06-01T00:00:00.000Z'],
    ['monthly', '2026-06-03', undefined],
    ['monthly', '2026-07-31', undefined],
  ] as const)('a %s backup on %s is due since %s', (rule, now, since) => {
    expect(dueSince(rule, day(now))?.toISOString()).toBe(since);
  });
});

describe('the changelog that a database had', () => {
  const release = (id: string, outcome: Outcome, endedAt: string, more: object = {}): PastRelease => ({
    id,
    kind: 'release',
    changelog: { key: `changelogs/${id}`, sha256: id },
    outcome,
    endedAt: `${endedAt}T00:00:00Z`,
    ...more,
  });

  it.each<[string, PastRelease[], string | undefined, boolean | undefined]>([
    [
      'is that of the last release before',
      [release('b', 'released', '2026-06-10'), release('a', 'released', '2026-06-01')],
      'b',
      true,
    ],
    [
      'is not that of a later one',
      [release('b', 'released', '2026-06-20'), release('a', 'released', '2026-06-01')],
      'a',
      true,
    ],
    [
      'is not that of one that failed',
      [release('b', 'failed', '2026-06-10'), release('a', 'migrated', '2026-06-01')],
      'a',
      true,
    ],
    [
      'need not be whole after a rollback',
      [release('b', 'migrated', '2026-06-10', { rollback: { count: 1 } })],
      'b',
      false,
    ],
    [
      'is not that of a revert, which has none and leaves the schema as it is',
      [
        release('c', 'released', '2026-06-12', { kind: 'revert', changelog: { key: '', sha256: '' } }),
        release('b', 'released', '2026-06-10'),
      ],
      'b',
      true,
    ],
    ['need not be whole after a restore', [release('b', 'restored', '2026-06-10')], 'b', false],
    ['is unknown before the first release', [release('b', 'released', '2026-06-20')], undefined, undefined],
  ])('%s', (_, releases, expected, complete) => {
    const found = changelogAt(releases, NOW);
    expect(found?.release).toBe(expected);
    expect(found?.complete).toBe(complete);
  });
});

it.each([
  [
    'Backup Job State Change',
    { backupJobId: '1', state: 'EXPIRED', backupVaultName: 'daily' },
    'the backup 1 into daily is EXPIRED: AWS Backup gives no reason',
  ],
  [
    'Copy Job State Change',
    { copyJobId: '2', state: 'FAILED', destinationBackupVaultArn: 'arn', statusMessage: 'Access denied' },
    'the copy of a backup 2 into arn is FAILED: Access denied',
  ],
])('a bad end of a job is told in words: %s', (type, detail, message) => {
  expect(failedJob({ 'detail-type': type, detail }).message).toBe(message);
});

describe('snapshots before migrations', () => {
  const old = day('2026-01-01');
  const snapshot = (release: string, more: Partial<KnownSnapshot> = {}): KnownSnapshot => ({
    id: `greenroom-${release}`,
    status: 'available',
    createdAt: old,
    release,
    ...more,
  });
  const outcomes: Readonly<Record<string, Outcome>> = {
    good: 'released',
    bad: 'failed',
    back: 'reverted',
    no: 'rejected',
  };
  const deleted = (snapshots: KnownSnapshot[], atLeast = 0) =>
    snapshotsToDelete(snapshots, { days: 90, atLeast }, (release) => outcomes[release], NOW);

  it.each<[string, KnownSnapshot, boolean]>([
    ['of a good release that is long over goes', snapshot('good'), true],
    ['of a rejected release that is long over goes', snapshot('no'), true],
    ['of a failed release stays', snapshot('bad'), false],
    ['of a reverted release stays', snapshot('back'), false],
    ['of a release that the ledger does not know stays', snapshot('unknown'), false],
    ['that is young stays', snapshot('good', { createdAt: day('2026-06-01') }), false],
    ['that is being made stays', snapshot('good', { status: 'creating' }), false],
    ['without our tag stays', snapshot('good', { release: undefined }), false],
    [
      'of a person, with a tag that RDS copied from the instance, stays',
      snapshot('good', { id: 'before-holidays' }),
      false,
    ],
  ])('one %s', (_, given, goes) => {
    expect(deleted([given])).toEqual(goes ? [given.id] : []);
  });

  it('are never fewer than the least', () => {
    const newer = snapshot('no', { createdAt: day('2026-02-01') });
    expect(deleted([snapshot('good'), newer], 1)).toEqual(['greenroom-good']);
    expect(deleted([snapshot('good'), newer], 2)).toEqual([]);
  });

  it('are left alone by whoever looks for copies', () => {
    expect(spareCopies([snapshot('good')], NOW)).toEqual([]);
  });

  it('are counted against the quota of the account', () => {
    expect([79, 80, 100].map((used) => isNearQuota(used, 100))).toEqual([false, true, true]);
  });
});

describe('copies out of another region', () => {
  const original = 'arn:aws:rds:eu-west-1:111122223333:snapshot:awsbackup:copyjob-1';
  const copy: KnownSnapshot = {
    id: copyName(original),
    status: 'available',
    createdAt: day('2026-06-07'),
    release: 'restore-1',
    copyOf: original,
  };

  it.each<[string, Partial<KnownSnapshot>, { id: string; original?: string }[]]>([
    ['of a week ago may go, as long as the original is there', {}, [{ id: copy.id, original }]],
    ['that a second restore may still want stays', { createdAt: day('2026-06-09') }, []],
    ['that is being made stays', { status: 'creating' }, []],
    ['that failed holds nothing, and may go at once', { status: 'failed', createdAt: NOW }, [{ id: copy.id }]],
    ['without our tag stays', { release: undefined }, []],
    ['of something else than its name says stays', { copyOf: `${original}0` }, []],
    ['that RDS does not call a copy stays', { copyOf: undefined }, []],
  ])('one %s', (_, more, expected) => {
    expect(spareCopies([{ ...copy, ...more }], NOW)).toEqual(expected);
  });
});
