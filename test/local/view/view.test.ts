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

  test('is quiet while somebody is asked', async () => {
    jest.useFakeTimers();
    const out = output(true);
    const screen = new Screen(out);
    screen.show(() => ['status']);
    jest.advanceTimersByTime(200);

    await screen.pause(async () => {
      out.written.length = 0;
      jest.advanceTimersByTime(1000);
      expect(out.written).toEqual([]);
    });
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
