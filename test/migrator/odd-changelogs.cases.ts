import { oddChangelogs, readOdd, type OddChangelog, withoutStatements } from './odd-changelogs';

/** What we make of a changelog: its changesets, or the message with file and line. */
function ours(changelog: OddChangelog): string[][] | string {
  try {
    return readOdd(changelog);
  } catch (error) {
    return (error as Error).message;
  }
}

describe('2,000 changelogs at the edges of the grammar', () => {
  const changelogs = oddChangelogs();

  it('are read as Liquibase reads them', () => {
    const read = changelogs.filter(
      ({ recorded, refused, split }) => typeof recorded !== 'number' && !refused && !split,
    );

    const made = read.map((changelog) => ({ ...changelog, recorded: ours(changelog) }));

    expect(read.length).toBeGreaterThan(1_000);
    expect(made).toEqual(read);
  });

  it('are split otherwise only where Liquibase’s splitting is not the server’s', () => {
    const split = changelogs.filter((changelog) => changelog.split);
    const recorded = split.map((changelog) => (changelog.recorded as string[][]).map(withoutStatements));

    const made = split.map((changelog) => (ours(changelog) as string[][]).map(withoutStatements));

    expect(split.length).toBeLessThan(120);
    expect(made).toEqual(recorded);
  });

  it('are refused at the line where Liquibase refuses them', () => {
    const wrong = changelogs.filter(({ recorded }) => typeof recorded === 'number');

    const missed = wrong.filter((changelog) => {
      const message = ours(changelog);
      const line = changelog.recorded === 0 ? /:\d+: / : new RegExp(`:${String(changelog.recorded)}: `);
      return typeof message !== 'string' || !line.test(message);
    });

    expect(wrong.length).toBeGreaterThan(100);
    expect(missed).toEqual([]);
  });

  it('are refused with file and line where Liquibase would drop something in silence', () => {
    const refused = changelogs.filter((changelog) => changelog.refused);

    const missed = refused.filter((changelog) => !/^[^ ]+:\d+: /.test(String(ours(changelog))));

    expect(refused.length).toBeGreaterThan(100);
    expect(missed).toEqual([]);
  });
});
