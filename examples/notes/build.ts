// Bundles the application into one file. The Dockerfile runs it with Node's own type stripping (`node build.ts`), the
// local mode calls `bundle`: so what the local mode runs is what the image holds.
import { build } from 'esbuild';
import { join } from 'node:path';

/** Faults that a broken build can be given; see src/faults.ts. */
export const FAULTS = ['none', 'health', 'smoke', 'errors-after-cutover'] as const;
export type Fault = (typeof FAULTS)[number];

export interface BuildOptions {
  /** Folder of the application: where `src/main.ts` lies. */
  readonly source: string;
  /** `v1.1.0` or `1.1.0`; it becomes a constant of the bundle. */
  readonly version: string;
  /** @default 'none' */
  readonly fault?: Fault;
}

/**
 * Builds the application in memory.
 *
 * @returns the text of `server.js`, which needs nothing but Node.js.
 * @throws Error when version or fault are unknown to the application.
 */
export async function bundle(options: BuildOptions): Promise<string> {
  const version = options.version.replace(/^v/, '');
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version)) {
    throw new Error(`APP_VERSION "${options.version}" is no semantic version; give one like 1.1.0`);
  }
  const fault = options.fault ?? 'none';
  if (!FAULTS.includes(fault)) throw new Error(`FAULT "${fault}" is unknown; choose one of ${FAULTS.join(', ')}`);
  const result = await build({
    absWorkingDir: options.source,
    entryPoints: ['src/main.ts'],
    outfile: join(options.source, 'dist/server.js'),
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // Optional native binding of pg, which the application does not use.
    external: ['pg-native'],
    define: { APP_VERSION: JSON.stringify(`v${version}`), APP_FAULT: JSON.stringify(fault) },
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}

/** `APP_VERSION=1.1.0 FAULT=none node build.ts` writes dist/server.js. */
async function main(): Promise<void> {
  const { mkdirSync, writeFileSync } = await import('node:fs');
  const source = process.cwd();
  const text = await bundle({
    source,
    version: process.env.APP_VERSION ?? '1.1.0',
    fault: (process.env.FAULT || 'none') as Fault,
  });
  mkdirSync(join(source, 'dist'), { recursive: true });
  writeFileSync(join(source, 'dist', 'server.js'), text);
}

if (process.argv[1]?.endsWith('build.ts')) {
  main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
