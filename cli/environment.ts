import type { EnvironmentConfig, GreenroomConfig } from '../lib/config';
import { wrongUse } from './exit';
import type { LocalMode } from './local-mode';

/**
 * The environment that a command is for: the one that was named, the one that the local mode plays, or the only
 * blue/green one of the configuration.
 *
 * @throws CliError (wrong use) when it is none of the configuration's, or when there is a choice.
 */
export function chooseEnvironment(
  config: GreenroomConfig,
  wanted: string | undefined,
  local?: LocalMode,
): EnvironmentConfig {
  const names = config.environments.map(({ name }) => name).join(', ');
  if (local !== undefined && wanted !== undefined && wanted !== local.environment) {
    throw wrongUse(`the local mode plays "${local.environment}", not "${wanted}": leave --environment out`);
  }
  const name = wanted ?? local?.environment;
  if (name !== undefined) {
    const found = config.environments.find((environment) => environment.name === name);
    if (found === undefined) throw wrongUse(`environment "${name}" is not in the configuration; it has ${names}`);
    return found;
  }
  const candidates = config.environments.filter(({ strategy }) => strategy === 'blue-green');
  const only = candidates.length === 1 ? candidates[0] : undefined;
  if (only === undefined) throw wrongUse(`say which environment: --environment with one of ${names}`);
  return only;
}

/** What to do with one fleet instead, where it is not to release a version to it. */
const INSTEAD: Readonly<Record<string, string>> = {
  restore: 'nobody approves there and no edge can be shut: restore its instance in the RDS console (docs/disasters.md)',
  relocate: 'deploy it as an environment of its own in the other region',
};

/** @throws CliError (wrong use) when the environment has one fleet, so that a verb has no meaning there. */
export function requireBlueGreen({ name, strategy }: EnvironmentConfig, verb: string): void {
  if (strategy === 'blue-green') return;
  const instead = INSTEAD[verb] ?? 'release a version to it';
  throw wrongUse(`"${verb}" needs two colors, and ${name} has one fleet (strategy "${strategy}"); ${instead}`);
}
