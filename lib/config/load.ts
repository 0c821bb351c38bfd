import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { ConfigError } from './errors';
import type { GreenroomConfig } from './model';

const ROOT = join(__dirname, '..', '..');
const DEFAULT_FILE = 'greenroom.config.ts';

/** Name of the configuration file, without its folders. */
export function configFile(file = process.env.GREENROOM_CONFIG ?? DEFAULT_FILE): string {
  return basename(file);
}

/**
 * Reads the configuration file: `greenroom.config.ts`, or the one that the environment variable `GREENROOM_CONFIG`
 * names. It is read when asked for, not when imported, so that the caller can catch what is wrong with it.
 *
 * @throws ConfigError when the options are wrong, and when there is no such file, it cannot be run, or it exports none;
 * each line of its message begins with the file
 */
export function loadConfig(file = process.env.GREENROOM_CONFIG): GreenroomConfig {
  const name = configFile(file);
  const path = file === undefined ? join(ROOT, DEFAULT_FILE) : resolve(file);
  if (!existsSync(path)) {
    const whose = file === undefined ? 'it describes the application' : 'the variable GREENROOM_CONFIG names it';
    throw new ConfigError([{ path: '', message: `${path} does not exist; ${whose}` }], name);
  }
  const config = run(path, name);
  if (isConfig(config)) return config;
  const message = 'its default export is not what defineConfig returns: write "export default defineConfig({ … })"';
  throw new ConfigError([{ path: '', message }], name);
}

/** @returns what the file exports as its default. @throws ConfigError with whatever running it threw, in a line */
function run(path: string, name: string): unknown {
  try {
    return (createRequire(__filename)(path) as { readonly default?: unknown } | undefined)?.default;
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(error.problems, name);
    throw new ConfigError([{ path: '', message: `cannot be run: ${reasonOf(error, path)}` }], name);
  }
}

/** What was thrown, in one line, and where in the file. */
function reasonOf(error: unknown, path: string): string {
  const { message = String(error), stack } = (error ?? {}) as Partial<Error>;
  const lines = message.split('\n');
  // esbuild counts its errors first; of Node's "Cannot find module" the rest is who required it.
  const [first = ''] = /^Transform failed/.test(lines[0] ?? '') ? lines.slice(1) : lines;
  const place = stack?.split(`${path}:`)[1]?.split(/\D/)[0];
  const said = first.replace(`${path}:`, 'line ');
  return place === undefined || first.includes(path) ? said : `${said} (line ${place})`;
}

function isConfig(value: unknown): value is GreenroomConfig {
  const { environments, warnings } = (value ?? {}) as Partial<GreenroomConfig>;
  return Array.isArray(environments) && Array.isArray(warnings);
}
