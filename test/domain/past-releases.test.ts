import { missedBy, type PastRelease, releaseAt, releasesSince } from '../../lambda/domain/past-releases';

const at = (hour: string) => `2026-11-21T${hour}`;

/** `2@10 released`: hours of one day; of a release, unless it says otherwise. */
function past(text: string): PastRelease {
  const [, version, hour, outcome, kind = 'release'] = /^(\S+)@(\d+) (\S+)(?: (\S+))?$/.exec(text) as string[];
  return { id: text, kind, version: version as string, outcome, startedAt: '', endedAt: at(hour as string) };
}

describe('whose changelog the data of a moment has', () => {
  it.each<[string, string[], string | undefined]>([
    ['the newest that was released by then', ['1@09 released', '2@11 released', '3@13 released'], '2@11 released'],
    ['none that failed', ['1@09 released', '2@11 failed'], '1@09 released'],
    ['no revert, which leaves the schema as it is', ['2@09 released', '1@10 released revert'], '2@09 released'],
    [
      'after a restore the restored one',
      ['1@08 released', '2@09 released', '1@10 restored restore'],
      '1@10 restored restore',
    ],
    ['nobody before the first', ['1@13 released'], undefined],
  ])('%s', (_what, known, expected) => {
    expect(releaseAt(known.map(past), at('12'))?.id).toBe(expected);
  });
});

it('what a restore loses began or ended since, and wrote: no reverts, no restores', () => {
  const known = ['1@09 released', '2@11 released', '1@12 released revert', '1@13 restored restore', '3@14 failed'];
  const running = { ...past('4@15 released'), endedAt: undefined };

  const lost = releasesSince([...known.map(past), running], at('10'));
  expect(lost.map(({ version }) => version)).toEqual(['4', '3', '2']);
});

describe('changesets that the live version needs and the data of ten o’clock does not have', () => {
  /** Each applied one changeset, unless it is over by then. */
  const missed = (live: string, known: string[]) => {
    const records = known.map(past);
    const since = records.filter(({ endedAt = '' }) => endedAt > at('10'));
    return missedBy(live, records, new Map(since.map(({ id }) => [id, 1])));
  };

  it.each<[string, string, string[], number]>([
    ['its own', '2', ['1@09 released', '2@11 released'], 1],
    ['none when it is of before', '1', ['1@09 released', '2@11 released'], 0],
    ['those of a release between, too', '3', ['1@09 released', '2@11 released', '3@12 released'], 2],
    ['those of a release that failed after it had migrated', '2', ['1@09 released', '2@11 failed', '2@12 released'], 2],
    ['those of a migration before it', '2', ['1@09 released', '2@11 migrated migration', '2@12 released'], 2],
    ['none that came after it', '2', ['2@09 released', '2@11 migrated migration'], 0],
    ['none after a revert to it, cold ones too', '1', ['1@09 released', '2@11 released', '1@12 released revert'], 0],
    ['none of what it was released again for', '1', ['1@09 released', '2@11 released', '1@12 released'], 0],
    [
      'those that a restore took away and a release applied again',
      '2',
      ['1@08 released', '2@09 released', '1@10 restored restore', '2@12 released'],
      1,
    ],
    ['its own, though a restore came after it', '2', ['2@11 released', '2@12 restored restore'], 1],
    ['nothing that is known of one from before all records', '1', ['2@11 failed'], 0],
  ])('%s', (_what, live, known, expected) => {
    expect(missed(live, known)).toBe(expected);
  });
});
