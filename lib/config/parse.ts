import { check } from './checks';
import { withDefaults } from './defaults';
import { ConfigError } from './errors';
import type { GreenroomConfig } from './model';
import { problemsOf } from './problems';
import { schema } from './schema';

/**
 * Checks options of unknown form and fills in the defaults.
 *
 * @param now decides which waivers and freeze windows are over
 * @throws ConfigError with every mistake that was found
 */
export function parseConfig(options: unknown, now: Date): GreenroomConfig {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw new ConfigError(problemsOf(parsed.error, options));
  const config = withDefaults(parsed.data);
  const { errors, warnings } = check(config, now);
  if (errors.length > 0) throw new ConfigError(errors);
  return { ...config, warnings };
}
