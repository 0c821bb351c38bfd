import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const LAMBDA = join(ROOT, 'lambda');
const CACHE = join(ROOT, 'node_modules', '.cache', 'greenroom', 'bundles');
/** Which directories were made of which sources, by who made them. */
const INDEX = join(CACHE, 'index');

/**
 * Directories by name that an earlier process has made of the very same sources, or `make` makes now: bundling anew costs
 * seconds of every synthesis.
 *
 * @param maker file of the code that makes them, which decides their content, too
 */
export function madeOf(maker: string, make: () => Record<string, string>): Record<string, string> {
  const sources = hashOfSources(maker);
  const index = join(INDEX, `${basename(maker, '.ts')}-${sources}.json`);
  const known = existsSync(index) && (JSON.parse(readFileSync(index, 'utf8')) as Record<string, string>);
  if (known && Object.values(known).every((directory) => existsSync(directory))) return known;
  const made = make();
  // Somebody saved a file meanwhile: nobody knows which of both went in.
  if (hashOfSources(maker) !== sources) return made;
  mkdirSync(INDEX, { recursive: true });
  const draft = `${index}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(made));
  renameSync(draft, index);
  return made;
}

/** Fills a directory of the cache unless it is there; processes that do it at once never disturb each other. */
export function storeOnce(hash: string, fill: (draft: string) => void): string {
  const directory = join(CACHE, hash.slice(0, 32));
  if (existsSync(directory)) return directory;
  const draft = `${directory}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  fill(draft);
  try {
    renameSync(draft, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
  }
  return directory;
}

/** Of what decides the content of bundles: our sources, the packages that are installed, and how they are made. */
function hashOfSources(maker: string): string {
  const sources = readdirSync(LAMBDA, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(LAMBDA, name))
    .filter((path) => /\.(ts|js|json)$/.test(path));
  const hash = createHash('sha256');
  for (const path of [...sources, maker, __filename, join(ROOT, 'package-lock.json'), join(ROOT, 'tsconfig.json')]) {
    hash.update(path).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex').slice(0, 32);
}
