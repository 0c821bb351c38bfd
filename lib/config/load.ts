import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { GreenroomConfig } from './model';

const ROOT = join(__dirname, '..', '..');

/**
 * Reads the configuration file: `greenroom.config.ts`, or the one that the environment variable `GREENROOM_CONFIG`
 * names. It is read when asked for, not when imported, so that the caller can catch what is wrong with it.
 *
 * @throws ConfigError when the options are wrong
 */
export function loadConfig(file = process.env.GREENROOM_CONFIG): GreenroomConfig {
  const path = file === undefined ? join(ROOT, 'greenroom.config.ts') : resolve(file);
  const { default: config } = createRequire(__filename)(path) as { default: GreenroomConfig };
  return config;
}
