import { buildSync } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { madeOf, storeOnce } from './bundle-cache';

const ROOT = join(__dirname, '..', '..');
const LAMBDA = join(ROOT, 'lambda');
/** Files that a bundle needs beside it, by folder: what esbuild cannot put into JavaScript. */
const FILES_BESIDE: Record<string, string[]> = {
  // PostgreSQL's own parser, compiled to WebAssembly; it is looked for beside the JavaScript.
  'plan-migrations': ['node_modules/libpg-query/wasm/libpg-query.wasm'],
};

let bundles: Readonly<Record<string, string>> | undefined;

/**
 * The directory that holds the bundle of `lambda/<folder>/handler.ts`: `index.js`, SDK included, and what must lie beside
 * it. All folders are bundled in one run of esbuild a process, since they share most of their modules: a run each would
 * cost seconds of synthesis.
 *
 * @throws Error when the folder has no handler.
 */
export function bundleDirectory(folder: string): string {
  bundles ??= madeOf(__filename, bundleAll);
  const directory = bundles[folder];
  if (directory === undefined) throw new Error(`lambda/${folder}/handler.ts does not exist`);
  return directory;
}

function bundleAll(): Record<string, string> {
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
  return Object.fromEntries(
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
