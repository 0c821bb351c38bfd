import { seededRandom } from '../../../local/seeded-random';

/** The same things in an order that a seed decides. */
export function inOrderOf<T>(seed: number, things: readonly T[]): T[] {
  const next = seededRandom(seed);
  const shuffled = [...things];
  for (let index = shuffled.length - 1; index > 0; index--) {
    const other = Math.floor(next() * (index + 1));
    [shuffled[index], shuffled[other]] = [shuffled[other]!, shuffled[index]!];
  }
  return shuffled;
}
