import fc from 'fast-check';
import { finishTurn, MAX_WAITING, NO_TURN, requestTurn, type Turn, type WaitingClaim } from '../../lambda/domain/turns';

const claim = (release: string, kind: 'release' | 'revert' = 'release'): WaitingClaim => ({
  release,
  execution: `execution:${release}`,
  kind,
  startedAt: '2026-11-21T08:00:00.000Z',
  token: `token:${release}`,
});
const held = requestTurn(NO_TURN, claim('a'), 'queue', false).turn;

describe('asking for the turn', () => {
  test('a free turn is granted at once, with the next number', () => {
    const { turn, granted } = requestTurn(NO_TURN, claim('a'), 'queue', false);

    expect(granted?.release).toBe('a');
    expect(turn).toMatchObject({ number: 1, holder: { release: 'a' }, waiting: [] });
  });

  test('while it is held, later ones queue in the order they arrived', () => {
    const second = requestTurn(held, claim('b'), 'queue', true).turn;
    const third = requestTurn(second, claim('c'), 'queue', true);

    expect(third.granted).toBeNull();
    expect(third.turn.waiting.map(({ release }) => release)).toEqual(['b', 'c']);
  });

  test('a newer one supersedes those that wait, never the holder', () => {
    const second = requestTurn(held, claim('b'), 'supersede', true).turn;
    const third = requestTurn(second, claim('c'), 'supersede', true);

    expect(third.turn.untold.map(({ claim: refused, error }) => [refused.release, error])).toEqual([
      ['b', 'Superseded'],
    ]);
    expect(third.turn).toMatchObject({ holder: { release: 'a' }, waiting: [{ release: 'c' }] });
  });

  test('an environment that rejects refuses at once', () => {
    const { turn } = requestTurn(held, claim('b'), 'reject', true);

    expect(turn.untold.map(({ claim: { release } }) => release)).toEqual(['b']);
    expect(turn.waiting).toEqual([]);
  });

  test('a release waits behind a dead holder, too: its recovery has to take its traces back first', () => {
    const { granted, turn } = requestTurn(held, claim('b'), 'reject', false);

    expect(granted).toBeNull();
    expect(turn).toMatchObject({ holder: { release: 'a' }, waiting: [{ release: 'b' }] });
    expect(finishTurn(turn, 'a').granted?.release).toBe('b');
  });

  test('a claim that is repeated keeps its place, and supersedes nobody who began later', () => {
    const at = (release: string, minute: number) => ({
      ...claim(release),
      startedAt: `2026-11-21T08:0${minute}:00.000Z`,
    });
    const queued = requestTurn(held, at('c', 2), 'queue', true).turn;
    const waiting = requestTurn(held, at('c', 2), 'supersede', true).turn;

    expect(requestTurn(queued, at('b', 1), 'queue', true).turn.waiting.map(({ release }) => release)).toEqual([
      'b',
      'c',
    ]);
    expect(requestTurn(waiting, at('b', 1), 'supersede', true).turn).toMatchObject({
      waiting: [{ release: 'c' }],
      untold: [{ claim: { release: 'b' }, error: 'Superseded' }],
    });
  });

  test('a revert deposes the holder and passes the queue', () => {
    const queued = requestTurn(held, claim('b'), 'queue', true).turn;
    const { granted, turn } = requestTurn(queued, claim('r', 'revert'), 'queue', true);

    expect(granted?.release).toBe('r');
    expect(turn.untold).toMatchObject([{ claim: { release: 'a' }, error: 'RevertedMeanwhile' }]);
    expect(turn).toMatchObject({ number: 2, holder: { release: 'r' }, waiting: [{ release: 'b' }] });
  });

  test('the holder asking again gets its own number again', () => {
    const { granted, turn } = requestTurn(held, { ...claim('a'), token: 'renewed' }, 'queue', true);

    expect(granted?.token).toBe('renewed');
    expect(turn.number).toBe(held.number);
  });

  test('no more wait than fit into one item', () => {
    let turn = held;
    for (let index = 0; index < MAX_WAITING; index++) turn = requestTurn(turn, claim(`w${index}`), 'queue', true).turn;

    const { untold } = requestTurn(turn, claim('late'), 'queue', true).turn;

    expect(untold[0]?.reason).toContain(`${MAX_WAITING} releases wait already`);
  });
});

describe('giving the turn up', () => {
  test('the next in the queue is granted it', () => {
    const queued = requestTurn(held, claim('b'), 'queue', true).turn;
    const { granted, turn } = finishTurn(queued, 'a');

    expect(granted?.release).toBe('b');
    expect(turn).toMatchObject({ number: 2, holder: { release: 'b' }, waiting: [] });
  });

  test('somebody who only waits leaves the queue', () => {
    const queued = requestTurn(held, claim('b'), 'queue', true).turn;

    expect(finishTurn(queued, 'b').turn).toMatchObject({ holder: { release: 'a' }, waiting: [] });
  });
});

test('in any order of events the turn has one holder, its number only grows, and nobody is in it twice', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const events = fc.oneof(
    fc.record({ ask: names, kind: fc.constantFrom('release' as const, 'revert' as const), runs: fc.boolean() }),
    fc.record({ finish: names }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('queue' as const, 'supersede' as const, 'reject' as const),
      fc.array(events, { maxLength: 40 }),
      (policy, sequence) => {
        let turn: Turn = NO_TURN;
        for (const event of sequence) {
          const { turn: next, granted } =
            'ask' in event
              ? requestTurn(turn, claim(event.ask, event.kind), policy, event.runs)
              : finishTurn(turn, event.finish);
          const present = [next.holder, ...next.waiting].filter((each) => each !== null).map(({ release }) => release);
          expect(new Set(present).size).toBe(present.length);
          expect(next.number).toBeGreaterThanOrEqual(turn.number);
          expect(next.revision).toBe(turn.revision + 1);
          if (granted) expect(next.holder?.release).toBe(granted.release);
          if (next.holder?.release !== turn.holder?.release && next.holder) expect(next.number).toBe(turn.number + 1);
          // Nobody waits in front of a turn that is free.
          if (next.holder === null) expect(next.waiting).toEqual([]);
          turn = next;
        }
      },
    ),
  );
});
