/**
 * An error of a task as Step Functions sees it: `name` is what Retry and Catch match on, `message` becomes the Cause.
 * The last two members are the interpreter's.
 */
export class TaskError extends Error {
  readonly isRetryable: boolean;
  readonly isCatchable: boolean;
  constructor(error: string, cause: string) {
    super(cause.slice(0, 32_768));
    this.name = error;
    // States.ALL matches neither of these two.
    this.isRetryable = this.isCatchable = error !== 'States.DataLimitExceeded' && error !== 'States.Runtime';
  }
}
