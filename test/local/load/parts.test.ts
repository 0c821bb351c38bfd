import fc from 'fast-check';
import { choices } from '../../../local/load/choices';
import { type Content, Journal } from '../../../local/load/journal';
import { WRITING } from '../../../local/load/messages';

const FIRST: Content = { title: 'a', body: 'first' };
const SECOND: Content = { title: 'a', body: 'second' };

describe('choices', () => {
  const take = (seed: number, count: number): unknown[] => {
    const order = choices(seed, 10);
    return Array.from({ length: count }, () => order.next().value);
  };

  test('the same seed gives the same order, another seed another', () => {
    expect(take(3, 100)).toEqual(take(3, 100));
    expect(take(3, 100)).not.toEqual(take(4, 100));
  });

  test('of any seed at least 40 % create or edit', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const kinds = (take(seed, 5000) as { kind: (typeof WRITING)[number] }[]).map((choice) => choice.kind);
        return kinds.filter((kind) => WRITING.includes(kind)).length >= 2000;
      }),
      { numRuns: 20 },
    );
  });
});

describe('the journal judges a note by its last acknowledged write', () => {
  const after = (write: (journal: Journal) => void): ((found: Content | undefined) => string) => {
    const journal = new Journal();
    journal.created('1', FIRST);
    write(journal);
    return (found) => journal.judge(journal.all()[0] as never, found);
  };
  const edit = (journal: Journal, end: 'acknowledge' | 'doubt' | 'refuse', state: Content | 'deleted'): void => {
    const entry = journal.pick(0);
    if (!entry) throw new Error('no note to write');
    journal.begin(entry);
    if (end === 'refuse') journal.refuse(entry);
    else journal[end](entry, state);
  };

  test.each([
    ['created', () => {}, 'verified', 'different', 'missing'],
    ['edited', (j: Journal) => edit(j, 'acknowledge', SECOND), 'different', 'verified', 'missing'],
    ['an edit refused', (j: Journal) => edit(j, 'refuse', SECOND), 'verified', 'different', 'missing'],
    ['an edit in doubt', (j: Journal) => edit(j, 'doubt', SECOND), 'verified', 'verified', 'missing'],
    ['deleted', (j: Journal) => edit(j, 'acknowledge', 'deleted'), 'different', 'different', 'verified'],
    ['a deletion in doubt', (j: Journal) => edit(j, 'doubt', 'deleted'), 'verified', 'different', 'verified'],
  ] as const)('%s', (_name, write, first, second, gone) => {
    const judge = after(write);
    expect([judge(FIRST), judge(SECOND), judge(undefined)]).toEqual([first, second, gone]);
  });

  test('only free notes are picked: not one being written, in doubt or deleted', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('create', 'begin', 'acknowledge', 'doubt', 'delete'), { maxLength: 60 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (steps, at) => {
          const journal = new Journal();
          const closed = new Set<string>();
          const busy = new Set<string>();
          steps.forEach((step, index) => {
            if (step === 'create') return journal.created(String(index), FIRST);
            const entry = journal.pick(at);
            if (!entry) return;
            journal.begin(entry);
            if (step === 'begin') busy.add(entry.id);
            if (step === 'acknowledge') journal.acknowledge(entry, SECOND);
            if (step === 'doubt') journal.doubt(entry, SECOND);
            if (step === 'delete') journal.acknowledge(entry, 'deleted');
            if (step === 'doubt' || step === 'delete') closed.add(entry.id);
          });
          const picked = journal.pick(at);
          return picked === undefined || (!closed.has(picked.id) && !busy.has(picked.id));
        },
      ),
    );
  });
});
