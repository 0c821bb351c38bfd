import { seedRoute } from '../../../lambda/domain/route';
import { messageOf, table } from '../../../local/view/format';
import { Narrator } from '../../../local/view/narrator';
import { Screen } from '../../../local/view/screen';

/** An output that keeps what was written. */
function output(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 40, write: (text: string) => void written.push(text), written };
}

const state = (name: string, what: 'entered' | 'succeeded' | 'failed', error?: string, cause?: string) =>
  ({ type: 'state', release: 'v1', state: name, what, error, cause, ms: 0 }) as const;

describe('the narrator', () => {
  const tell = (...events: Parameters<Narrator['tell']>[0][]): string => {
    const out = output(false);
    const narrator = new Narrator(new Screen(out), false);
    for (const event of events) narrator.tell(event);
    narrator.finish();
    return out.written.join('');
  };

  test('says a step once, however often it was polled', () => {
    const text = tell(
      state('Bake', 'entered'),
      state('Bake', 'succeeded'),
      state('WaitBake', 'entered'),
      state('Bake', 'entered'),
      state('Bake', 'succeeded'),
      state('CompleteRelease', 'entered'),
    );

    expect(text.match(/✓ Bake/g)).toHaveLength(1);
    expect(text).toMatch(/✓ CompleteRelease/);
    expect(text).not.toMatch(/WaitBake/);
  });

  test('says steps that only some configurations have', () => {
    const route = { ...seedRoute({ release: 'r', nonce: 'n' }), maintenance: 'read-only' as const };

    const text = tell(state('BeginReadOnly', 'entered'), { type: 'route', route }, state('EndReadOnly', 'entered'));

    expect(text).toMatch(/blue is live, maintenance is read-only/);
    expect(text).toMatch(/✓ BeginReadOnly/);
    expect(text).toMatch(/✓ EndReadOnly/);
  });

  test('says why a step failed, in the words of the error', () => {
    const cause = JSON.stringify({ errorType: 'ScanFindings', errorMessage: '1 finding' });

    const text = tell(state('CheckImage', 'entered'), state('CheckImage', 'failed', 'ScanFindings', cause));

    expect(text).toMatch(/✗ CheckImage .* ScanFindings: 1 finding\n/);
  });

  test('says of what another release is at only that, with its id', () => {
    const out = output(false);
    const narrator = new Narrator(new Screen(out), false);
    const theirs = (event: ReturnType<typeof state>) => narrator.tell({ ...event, release: 'v2' });
    narrator.begin('v1');

    narrator.tell(state('AwaitApproval', 'entered'));
    for (const what of ['entered', 'succeeded', 'entered'] as const) theirs(state('AwaitTurn', what));
    theirs(state('CheckImage', 'failed', 'ScanFindings', '1 finding'));
    narrator.finish();

    const lines = out.written.join('').split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/ s {4}v2: AwaitTurn$/),
      expect.stringMatching(/ s {4}v2: ✗ CheckImage {2}ScanFindings: 1 finding$/),
      expect.stringMatching(/ s {2}✓ AwaitApproval +\d/),
      '',
    ]);
  });

  test('tells what a route means', () => {
    const route = { ...seedRoute({ release: 'r', nonce: 'n' }), shift: { to: 'green' as const, percent: 25 } };

    expect(tell({ type: 'route', route })).toMatch(/route 1: blue is live, 25 % of the viewers get green/);
  });
});

describe('the screen', () => {
  afterEach(() => jest.useRealTimers());

  test('elsewhere than on a terminal it writes lines and nothing else', () => {
    const out = output(false);
    const screen = new Screen(out);

    screen.show(() => ['status']);
    screen.print('a line');
    screen.close();

    expect(out.written.join('')).toBe('a line\n');
  });

  test('on a terminal a long line goes on below its text, and an address stays whole', () => {
    const out = output(true);
    const address = `http://127.0.0.1:8080/${'x'.repeat(40)}`;

    new Screen(out).print(`  1.0 s  see v1.1.0 before anybody else does: ${address} or not`, 11);

    expect(out.written.join('').split('\n')).toEqual([
      '  1.0 s  see v1.1.0 before anybody else',
      '           does:',
      address,
      '           or not',
      '',
    ]);
  });

  test('on a terminal the status stays below the lines and never wraps', () => {
    jest.useFakeTimers();
    const out = output(true);
    const screen = new Screen(out);

    screen.show(() => ['x'.repeat(100)]);
    jest.advanceTimersByTime(200);
    screen.print('a line');
    screen.close();

    const text = out.written.join('');
    expect(text).toContain('a line\n');
    expect(Math.max(...text.split(/\n|\x1b\[[0-9]+[A-Z]/).map((line) => line.length))).toBeLessThan(40);
    expect(text.endsWith('\x1b[1F\x1b[0J')).toBe(true);
  });

  test('a window that is made narrower keeps nothing of the status that it broke', () => {
    jest.useFakeTimers();
    const out = output(true);
    const screen = new Screen(out);
    screen.show(() => ['x'.repeat(30), 'y']);
    jest.advanceTimersByTime(200);

    out.columns = 20;
    screen.print('a line');
    screen.close();

    expect(out.written.join('')).toContain('\x1b[3F\x1b[0Ja line\n');
  });

  test('is quiet while somebody is asked, and what is printed all the same stands above the question', async () => {
    jest.useFakeTimers();
    const out = output(true);
    const screen = new Screen(out);
    screen.show(() => ['status']);
    jest.advanceTimersByTime(200);

    const ask = async () => {
      out.written.length = 0;
      jest.advanceTimersByTime(1000);
      expect(out.written).toEqual([]);

      screen.print('meanwhile');
      expect(out.written.join('')).toBe('\r\x1b[0Jmeanwhile\napprove? ');
    };
    await screen.pause(ask, () => out.write('approve? '));
    screen.close();
  });
});

test.each([
  ['{"errorType":"A","errorMessage":"b"}', 'b'],
  ['plain', 'plain'],
  [undefined, ''],
])('the message of the cause %j is "%s"', (cause, message) => {
  expect(messageOf(cause)).toBe(message);
});

test('tables are aligned', () => {
  expect(
    table([
      ['a', '1'],
      ['long', '22'],
    ]),
  ).toEqual(['a      1', 'long  22']);
});
