import type { Problem } from './model';

/** The configuration cannot be used; the message has one line for each mistake. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
    this.name = 'ConfigError';
  }
}
