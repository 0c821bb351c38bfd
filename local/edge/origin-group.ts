import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';

/**
 * Stands before the viewer's response while the first origin of a group answers: an answer with a status of the
 * failover criteria is swallowed, any other one goes through as it comes.
 */
export class FirstTry extends Writable {
  statusCode = 200;
  headersSent = false;
  /** Whether the second origin has to be asked. */
  failed = false;

  constructor(
    private readonly response: ServerResponse,
    private readonly failoverStatuses: readonly number[],
  ) {
    super();
    // The viewer went away.
    response.once('close', () => this.destroy());
  }

  writeHead(status: number, ...rest: unknown[]): this {
    this.statusCode = status;
    this.headersSent = true;
    this.failed = this.failoverStatuses.includes(status);
    if (!this.failed) (this.response.writeHead as (...all: unknown[]) => unknown)(status, ...rest);
    return this;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.failed || this.response.write(chunk)) return done();
    this.response.once('drain', done);
  }

  override _final(done: () => void): void {
    if (!this.failed) this.response.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.failed && this.headersSent && !this.writableFinished) this.response.destroy();
    done(error);
  }

  /** What a balancer takes for the viewer's response. */
  get stand(): ServerResponse {
    return this as unknown as ServerResponse;
  }
}
