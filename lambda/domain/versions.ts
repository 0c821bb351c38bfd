/**
 * Compares version tags `vX.Y.Z` as Semantic Versioning does: by their numbers, and a pre-release comes before its
 * release. @returns below zero when `a` is the older one, 0 when neither is.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let index = 0; index < 3; index++) {
    const difference = (left.numbers[index] ?? 0) - (right.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.suffix === right.suffix) return 0;
  if (left.suffix === '' || right.suffix === '') return left.suffix === '' ? 1 : -1;
  return compareSuffixes(left.suffix.split('.'), right.suffix.split('.'));
}

/** The highest of some versions; undefined when there is none. */
export function highestVersion(versions: readonly string[]): string | undefined {
  return [...versions].sort(compareVersions).at(-1);
}

function parts(version: string): { numbers: number[]; suffix: string } {
  const [core = '', ...suffix] = version.replace(/^v/, '').split('-');
  return { numbers: core.split('.').map(Number), suffix: suffix.join('-') };
}

/** Numbers by value and before words, words by their characters, fewer parts before more. */
function compareSuffixes(left: readonly string[], right: readonly string[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [one, other] = [left[index], right[index]];
    if (one === other) continue;
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1;
    const numbers = [/^\d+$/.test(one), /^\d+$/.test(other)];
    if (numbers[0] && numbers[1]) return Number(one) - Number(other) || 0;
    if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
    return one < other ? -1 : 1;
  }
  return 0;
}
