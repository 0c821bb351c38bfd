import { mutated, readMutated } from './mutations';

describe('a mutated changelog', () => {
  it('is read, or refused with a file and a line: never a crash, never a hang', () => {
    const read = Array.from({ length: 3_000 }, (_, seed) => readMutated(seed));
    // Both must happen, or the mutations test nothing.
    expect(read.filter(Boolean).length).toBeGreaterThan(100);
    expect(read.filter((valid) => !valid).length).toBeGreaterThan(100);
  });

  it('is for MariaDB, too', () => {
    const read = Array.from({ length: 500 }, (_, seed) => readMutated(seed, 'mariadb'));
    expect(new Set(read)).toEqual(new Set([true, false]));
  });

  it('follows from its seed', () => {
    expect(mutated(42)).toEqual(mutated(42));
    expect(mutated(42)).not.toEqual(mutated(43));
  });
});
