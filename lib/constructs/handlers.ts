import { buildSync } from 'esbuild';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const LAMBDA = join(ROOT, 'lambda');
const CACHE = join(ROOT, 'node_modules', '.cache', 'greenroom', 'handlers');

/** Files that a bundle needs beside it, by folder: what esbuild cannot put into JavaScript. */
const FILES_BESIDE: Record<string, string[]> = {
  // PostgreSQL's own parser, compiled to WebAssembly; it is looked for beside the JavaScript.
  'plan-migrations': ['node_modules/libpg-query/wasm/libpg-query.wasm'],
};

let bundles: Map<string, string> | undefined;

/**
 * The bundled code of `lambda/<folder>/handler.ts`, SDK included, as `index.handler`. All folders are bundled in one
 * run of esbuild a process, since they share most of their modules: a run each would cost seconds of synthesis.
 *
 * @throws Error when the folder has no handler.
 */
export function handlerCode(folder: string): Code {
  return Code.fromAsset(bundleDirectory(folder));
}

/** The directory that holds the bundle of a folder. */
export function bundleDirectory(folder: string): string {
  bundles ??= bundleAll();
  const directory = bundles.get(folder);
  if (directory === undefined) throw new Error(`lambda/${folder}/handler.ts does not exist`);
  return directory;
}

function bundleAll(): Map<string, string> {
  const folders = readdirSync(LAMBDA).filter((folder) => existsSync(join(LAMBDA, folder, 'handler.ts')));
  const built = buildSync({
    absWorkingDir: ROOT,
    entryPoints: folders.map((folder) => join(LAMBDA, folder, 'handler.ts')),
    outbase: LAMBDA,
    outdir: 'out',
    write: false,
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
  return new Map(
    built.outputFiles.map((file) => {
      const folder = basename(dirname(file.path));
      return [folder, store(file.contents, FILES_BESIDE[folder] ?? [])];
    }),
  );
}

/** Writes a bundle under the hash of its content, so that processes which synthesise at once never disturb each other. */
function store(code: Uint8Array, beside: string[]): string {
  const files = beside.map((path) => ({ name: basename(path), bytes: readFileSync(join(ROOT, path)) }));
  const hash = createHash('sha256').update(code);
  for (const file of files) hash.update(file.bytes);
  const directory = join(CACHE, hash.digest('hex').slice(0, 32));
  if (existsSync(directory)) return directory;
  const draft = `${directory}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, 'index.js'), code);
  for (const file of files) writeFileSync(join(draft, file.name), file.bytes);
  try {
    renameSync(draft, directory);
  } catch (error) {
    if (!existsSync(directory)) throw error;
  }
  return directory;
}
