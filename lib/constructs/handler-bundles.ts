import { buildSync } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const LAMBDA = join(ROOT, 'lambda');
const CACHE = join(ROOT, 'node_modules', '.cache', 'greenroom', 'handlers');
/** Which bundle belongs to which folder, by the hash of everything that goes into them. */
const INDEX = join(CACHE, 'index');

/** Files that a bundle needs beside it, by folder: what esbuild cannot put into JavaScript. */
const FILES_BESIDE: Record<string, string[]> = {
  // PostgreSQL's own parser, compiled to WebAssembly; it is looked for beside the JavaScript.
  'plan-migrations': ['node_modules/libpg-query/wasm/libpg-query.wasm'],
};

let bundles: Map<string, string> | undefined;

/**
 * The directory that holds the bundle of `lambda/<folder>/handler.ts`: `index.js`, SDK included, and what must lie beside
 * it. All folders are bundled in one run of esbuild a process, since they share most of their modules: a run each would
 * cost seconds of synthesis.
 *
 * @throws Error when the folder has no handler.
 */
export function bundleDirectory(folder: string): string {
  bundles ??= bundlesOf(hashOfSources());
  const directory = bundles.get(folder);
  if (directory === undefined) throw new Error(`lambda/${folder}/handler.ts does not exist`);
  return directory;
}

/** Bundles that an earlier process has made of the very same sources; bundling anew costs seconds of every synthesis. */
function bundlesOf(sources: string): Map<string, string> {
  const index = join(INDEX, `${sources}.json`);
  const known = existsSync(index) && new Map<string, string>(JSON.parse(readFileSync(index, 'utf8')));
  if (known && [...known.values()].every((directory) => existsSync(directory))) return known;
  const made = bundleAll();
  // Somebody saved a file meanwhile: nobody knows which of both went in.
  if (hashOfSources() !== sources) return made;
  mkdirSync(INDEX, { recursive: true });
  const draft = `${index}.${process.pid}`;
  writeFileSync(draft, JSON.stringify([...made]));
  renameSync(draft, index);
  return made;
}

/** Of what decides the content of the bundles: our sources, the packages that are installed, and how this file bundles. */
export function hashOfSources(): string {
  const sources = readdirSync(LAMBDA, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(LAMBDA, name))
    .filter((path) => /\.(ts|js|json)$/.test(path));
  const hash = createHash('sha256');
  for (const path of [...sources, __filename, join(ROOT, 'package-lock.json'), join(ROOT, 'tsconfig.json')]) {
    hash.update(path).update('\0').update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex').slice(0, 32);
}

function bundleAll(): Map<string, string> {
  const folders = readdirSync(LAMBDA).filter((folder) => existsSync(join(LAMBDA, folder, 'handler.ts')));
  const built = buildSync({
    absWorkingDir: ROOT,
    entryPoints: folders.map((folder) => join(LAMBDA, folder, 'handler.ts')),
    outbase: LAMBDA,
    outdir: 'out',
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    alias: {
      '@aws-sdk/credential-provider-node': join(LAMBDA, 'aws', 'credentials.ts'),
      'iconv-lite': join(LAMBDA, 'migrator', 'mysql', 'encodings.ts'),
    },
    external: ['pg-native'],
    legalComments: 'none',
    logLevel: 'error',
  });
  refuseForeignSources(Object.keys(built.metafile.inputs));
  return new Map(
    built.outputFiles.map((file) => {
      const folder = basename(dirname(file.path));
      return [folder, store(file.contents, FILES_BESIDE[folder] ?? [])];
    }),
  );
}

/** A handler is made of `lambda` and packages alone: what it imported from elsewhere would not be in the hash of its sources. */
function refuseForeignSources(inputs: string[]): void {
  const foreign = inputs.filter((path) => {
    const absolute = resolve(ROOT, path);
    return !absolute.startsWith(LAMBDA + sep) && !absolute.startsWith(join(ROOT, 'node_modules') + sep);
  });
  if (foreign.length > 0)
    throw new Error(`a handler imports ${foreign.join(', ')}: handlers import only from lambda and from packages`);
}

/** Writes a bundle under the hash of its content, so that processes which synthesise at once never disturb each other. */
function store(code: Uint8Array, beside: string[]): string {
  const files = beside.map((path) => ({ name: basename(path), bytes: readFileSync(join(ROOT, path)) }));
  const hash = createHash('sha256').update(code);
  for (const file of files) hash.update(file.bytes);
  return storeOnce(hash.digest('hex'), (draft) => {
    writeFileSync(join(draft, 'index.js'), code);
    for (const file of files) writeFileSync(join(draft, file.name), file.bytes);
  });
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
