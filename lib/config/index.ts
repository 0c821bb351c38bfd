import type { GreenroomConfig } from './model';
import type { GreenroomOptions } from './options';
import { parseConfig } from './parse';

export type * from './model';
export type * from './options';
export { ConfigError } from './errors';
export { configFile, loadConfig } from './load';
export { formatDuration, parseDuration } from './duration';
export { parseConfig } from './parse';
export { migrationTaskInterval, migrationTaskPolls, polls, releasePolicy, repositoryName } from './policy';

/**
 * Checks a configuration and fills in its defaults.
 *
 * @example export default defineConfig({ application: { name: 'notes' }, ... });
 * @throws ConfigError with one line for each mistake: where, what was given, what is allowed
 */
export function defineConfig(options: GreenroomOptions): GreenroomConfig {
  return parseConfig(options, new Date());
}
