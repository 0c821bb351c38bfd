import { EDGE_NAMES } from '../../lambda/domain/route';
import { serving } from '../../local/stage/probe';
import type { Theatre } from '../../local/theatre';
import { CTRL_C, hasTerminals, Person } from './person';
import { openStage } from './stage';

const LONG = 120_000;
const ID = /^(v\d+\.\d+\.\d+-\w+)$/m;

/** One shell, one theatre: `npm run test:terminal`. */
(hasTerminals() ? describe : describe.skip)('the command line, in a real terminal', () => {
  let stage: Awaited<ReturnType<typeof openStage>>;
  let theatre: Theatre;
  let ann: Person;
  /** The release of v1.0.0, and of v1.1.0. */
  let first: string;
  let second: string;

  beforeAll(async () => {
    stage = await openStage();
    ({ theatre } = stage);
    ann = await Person.sitDown();
  }, LONG);
  afterAll(async () => {
    await ann?.leave();
    await stage?.close();
  }, LONG);

  test(
    'what is mistyped is told with what was meant, and does nothing',
    async () => {
      expect((await ann.run('greenroom relase v1.0.0')).join()).toMatch(
        /unknown command 'relase'.*Did you mean release\?/,
      );
      expect(await ann.exitCode()).toBe(2);
      expect((await ann.run('greenroom release 1.0 --local')).join()).toContain('tag of the form vX.Y.Z');
      expect(await ann.exitCode()).toBe(2);
      expect(await ann.run('greenroom status --local')).toEqual([
        'notes in production',
        '  live  nothing  no version has been released yet',
      ]);
    },
    LONG,
  );

  test(
    'a question is answered with no, or broken off, and nothing is done',
    async () => {
      ann.type('greenroom release v1.0.0 --local --by ann');
      await ann.reads('Release v1.0.0 of notes in production? [y/N]');
      expect((await ann.run('n')).join()).toBe('greenroom: nothing was done');
      expect(await ann.exitCode()).toBe(1);

      ann.type('greenroom release v1.0.0 --local --by ann');
      await ann.reads('[y/N]');
      ann.press(CTRL_C);
      expect((await ann.done()).at(-1)).toBe('greenroom: nothing was done');
      expect(await ann.run('greenroom history --local --json')).toEqual(['[]']);
    },
    LONG,
  );

  test(
    'a release is followed live; Ctrl-C leaves it going on',
    async () => {
      ann.type('greenroom release v1.0.0 --local --by ann');
      await ann.reads('[y/N]');
      ann.type('y');
      [, first = ''] = await ann.reads(ID);
      await ann.reads(/AwaitApproval +waits for approval/);
      await ann.reads(`see it: greenroom preview ${first} --local\ndecide: greenroom approve ${first} --local (or`);
      await ann.reads(/^… \d+ s since AwaitApproval$/m);
      ann.press(CTRL_C);

      const said = await ann.done();
      expect(said.at(-1)).toBe(`${first} goes on; follow it again with: greenroom watch ${first} --local`);
      // The line that showed the time has gone from the screen.
      expect(said.join()).not.toContain('since AwaitApproval');
      expect(await ann.exitCode()).toBe(130);
      expect((await theatre.ledger.record(first))?.outcome).toBeUndefined();
    },
    LONG,
  );

  test(
    'whoever asked for it may not approve it; somebody else approves it, once',
    async () => {
      const approve = (who: string) => ann.run(`greenroom approve ${first} --local --yes --by ${who}`);

      expect((await approve('ann')).join()).toMatch(
        /greenroom: \S+ann asked for v1\.0\.0-\w+ and may not approve it; somebody else/,
      );
      expect(await ann.exitCode()).toBe(1);
      expect(await approve('quinn')).toEqual([`${first} approved`]);
      expect((await approve('zoe')).join()).toMatch(/had been approved by \S*quinn already/);
      expect((await ann.run(`greenroom watch ${first} --local`)).at(-1)).toMatch(`${first} released`);
      expect(await ann.exitCode()).toBe(0);
      expect(await serving(theatre.url, 5)).toEqual(['v1.0.0']);
    },
    LONG,
  );

  test(
    'the next version is seen before anybody else sees it',
    async () => {
      const said = await ann.run('greenroom release v1.1.0 --local --by ann --yes --until-approval');
      second = ID.exec(said.join('\n'))?.[1] ?? '';
      expect(await ann.exitCode()).toBe(0);

      const [link = ''] = await ann.run(`greenroom preview ${second} --local`);
      const { hash, origin } = new URL(link);
      const seen = await fetch(origin, { headers: { [EDGE_NAMES.previewHeader]: hash.slice(1) } });

      expect(seen.headers.get('x-app-version')).toBe('v1.1.0');
      expect(await serving(theatre.url, 5)).toEqual(['v1.0.0']);
      expect((await ann.run('greenroom status --local')).join('\n')).toMatch(
        /preview +open +greenroom preview v1\.1\.0-/,
      );
    },
    LONG,
  );

  test(
    'it is approved, and has all viewers',
    async () => {
      ann.type(`greenroom approve ${second} --local --by quinn`);
      await ann.reads(`Approve ${second} of notes in production? [y/N]`);
      expect(await ann.run('yes')).toEqual([`${second} approved`]);
      const followed = (await ann.run(`greenroom watch ${second} --local`)).join('\n');

      expect(followed).toMatch(/ShiftTraffic +blue has 100 % of the viewers/);
      expect(await ann.exitCode()).toBe(0);
      expect((await ann.run('greenroom status --local')).join('\n')).toMatch(/blue +100 % +v1\.1\.0/);
      expect(await serving(theatre.url, 5)).toEqual(['v1.1.0']);
    },
    LONG,
  );

  test(
    'viewers are sent back after a look at what is live, and new releases are held until resumed',
    async () => {
      ann.type('greenroom revert --local --by ann --reason "prices are wrong"');
      await ann.reads(/Live is v1\.1\.0, green is warm\.\nSend traffic of notes in production back\? \[y\/N\]/);
      const said = await ann.run('y');

      expect(said[0]).toBe('v1.0.0 on green has all viewers again');
      expect(await ann.exitCode()).toBe(0);
      expect(await serving(theatre.url, 5)).toEqual(['v1.0.0']);
      expect((await ann.run('greenroom status --local')).join('\n')).toMatch(
        /HELD by \S*ann since .*: prices are wrong/,
      );
      ann.type('greenroom resume --local --by ann');
      await ann.reads('[y/N]');
      await ann.run('y');
      expect(await ann.exitCode()).toBe(0);
      expect((await ann.run('greenroom status --local')).join('\n')).not.toContain('HELD');
    },
    LONG,
  );

  test(
    'data goes through a pipe, alone and whole',
    async () => {
      const counted = `greenroom history --local --json 2>/dev/null | node -e 'let t="";process.stdin.on("data",(d)=>t+=d).on("end",()=>console.log(JSON.parse(t).length))'`;

      expect(await ann.run(counted)).toEqual(['3']);
      expect(await ann.run('greenroom history --local --json | head -1; echo ${PIPESTATUS[0]}')).toEqual(['[', '0']);
      expect((await ann.run('greenroom resume --local </dev/null')).join()).toContain('add --yes. Nothing was done');
      expect(await ann.exitCode()).toBe(2);
    },
    LONG,
  );

  test(
    'a narrow window is not filled with the line that tells the time',
    async () => {
      const bob = await Person.sitDown({ columns: 40, rows: 12 });
      try {
        const said = await bob.run('greenroom release v1.1.0 --local --by bob --yes --until-approval');
        const [release = ''] = ID.exec(said.join('\n')) ?? [];
        bob.type(`greenroom watch ${release} --local`);
        await bob.reads(/^… \d+ s since AwaitApproval$/m);
        await bob.reads(/^… [2-9] s since AwaitApproval$/m);
        const shown = bob.screen.filter((line) => line.startsWith('…'));
        bob.press(CTRL_C);
        await bob.done();
        await bob.run(`greenroom cancel ${release} --local --yes --by bob --reason "it was a look only"`);

        expect(shown).toHaveLength(1);
        expect((await bob.run(`greenroom watch ${release} --local`)).at(-1)).toContain(`${release} canceled`);
        expect(await bob.exitCode()).toBe(3);
      } finally {
        await bob.leave();
      }
    },
    LONG,
  );

  test(
    'the help and the status are there at once',
    async () => {
      const figures: string[] = [];
      for (const command of ['greenroom --help', 'greenroom status --local']) {
        const times: number[] = [];
        for (let round = 0; round < 9; round += 1) {
          const began = performance.now();
          await ann.run(`${command} >/dev/null`);
          times.push(performance.now() - began);
        }
        times.sort((one, other) => one - other);
        figures.push(`${command}: median ${times[4]?.toFixed(0)} ms, longest ${times[8]?.toFixed(0)} ms`);
        expect(await ann.exitCode()).toBe(0);
      }
      // Goals: 300 ms and 500 ms. Told and not asserted: other work on the machine counts in.
      process.stdout.write(`${figures.join('\n')}\n`);
    },
    LONG,
  );
});
