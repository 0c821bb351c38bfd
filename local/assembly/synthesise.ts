import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

export interface SynthesiseOptions {
  /** Which environment of `greenroom.config.ts`: passed on as the context value `environment`. */
  readonly environment: string;
  /** Where the cloud assembly is written; it must be empty or not exist. */
  readonly outdir: string;
  /** @default 'bin/app.ts' */
  readonly app?: string;
  /** More context values. @default - none */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Folder for CDK's temporary files, which it leaves behind when it is stopped. @default - the system's */
  readonly tmpdir?: string;
  /** Aborting it stops the synthesis. */
  readonly signal?: AbortSignal;
}

/** The repository: where `bin/app.ts`, `node_modules` and `greenroom.config.ts` are. */
const ROOT = resolve(__dirname, '..', '..');

/**
 * Runs the CDK app with tsx in a child process, as the CLI would. CDK's own validation is left out: it takes seconds,
 * and is a step of `npm test`. @throws Error with the app's own error output
 */
export async function synthesise(options: SynthesiseOptions): Promise<void> {
  const app = options.app ?? join('bin', 'app.ts');
  const tsx = join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs');
  const child = spawn(process.execPath, [tsx, app], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: options.signal,
    env: {
      ...process.env,
      ...(options.tmpdir && { TMPDIR: options.tmpdir }),
      CDK_OUTDIR: resolve(options.outdir),
      CDK_CONTEXT_JSON: JSON.stringify({
        // Assets are read where they are, instead of as copies.
        'aws:cdk:disable-asset-staging': true,
        ...options.context,
        environment: options.environment,
      }),
      CDK_VALIDATION: 'false',
    },
  });
  let written = '';
  const keep = (chunk: Buffer) => (written = (written + chunk.toString()).slice(-4000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  });
  if (code === 0) return;
  const said = written.trim();
  // What is wrong with the configuration stands there in plain lines; a fault of the app has a stack trace.
  const plain = said !== '' && !/^ {4}at /m.test(said);
  throw new Error(plain ? said : `synthesis of ${options.environment} by ${app} failed (exit ${code}):\n${said}`);
}
