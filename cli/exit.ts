/** Exit codes of the command line; docs/cli.md explains them. */
export const EXIT = {
  /** Done as asked; for a release that was followed: it was released. */
  ok: 0,
  /** It could not be done. */
  error: 1,
  /** The command line itself is wrong, or nobody could be asked. Nothing was done. */
  usage: 2,
  /** The release that was followed ended otherwise than released. */
  notReleased: 3,
  /** Following was broken off with Ctrl-C; the release goes on. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An error that is told in its own words, without a stack trace: what happened, to what, and what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    message: string,
    readonly exitCode: ExitCode = EXIT.error,
    options?: {
      readonly cause?: unknown;
      /** Whether it may be gone a moment later: throttling, a broken connection, a fault of AWS. */
      readonly transient?: boolean;
    },
  ) {
    super(message, { cause: options?.cause });
    this.transient = options?.transient ?? false;
  }

  readonly transient: boolean;
}

/** The command line is wrong: says what was given and what is allowed. */
export function wrongUse(message: string): CliError {
  return new CliError(message, EXIT.usage);
}
