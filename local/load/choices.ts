import { seededRandom } from '../seeded-random';
import type { Kind } from './messages';

/** How often viewers do what, in percent: 44 create or edit. */
const MIX: readonly (readonly [Kind, number])[] = [
  ['list-page', 10],
  ['list', 12],
  ['read-page', 6],
  ['read', 27],
  ['create-page', 4],
  ['create', 18],
  ['edit-page', 4],
  ['edit', 18],
  ['delete', 1],
];

/** What is done next, and by whom. */
export interface Choice {
  readonly kind: Kind;
  /** 0 to viewers - 1. */
  readonly viewer: number;
  /** 0 (inclusive) to 1: which of the notes, where the action needs one. */
  readonly note: number;
}

/** The endless order of actions of a seed. */
export function* choices(seed: number, viewers: number): Generator<Choice, never> {
  const random = seededRandom(seed);
  for (;;) {
    yield { kind: pickKind(random() * 100), viewer: Math.floor(random() * viewers), note: random() };
  }
}

function pickKind(percent: number): Kind {
  let sum = 0;
  for (const [kind, share] of MIX) {
    sum += share;
    if (percent < sum) return kind;
  }
  return 'list';
}
