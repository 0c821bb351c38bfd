import type { Problem } from './model';

/** The configuration cannot be used; the message has one line for each mistake. */
export class ConfigError extends Error {
  /** @param file that it was read from: each line begins with it. @default - it was given as a value */
  constructor(
    readonly problems: readonly Problem[],
    file?: string,
  ) {
    super(problems.map(({ path, message }) => [file, path, message].filter(Boolean).join(': ')).join('\n'));
    this.name = 'ConfigError';
  }
}
