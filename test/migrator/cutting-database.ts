import type { Client } from 'pg';
import type { Database, QueryResult } from '../../lambda/migrator/database';

/** When the connection breaks: before the query is sent, after its answer, or in between, while the server works on it. */
export type Cut = 'before' | 'after' | 'unanswered';

/** A connection that breaks at a chosen query, as it does when the runner's process is killed. */
export class CuttingDatabase implements Database {
  private hits = 0;

  /**
   * @param cutAt says for each query whether the connection breaks there
   * @param hit at which of the chosen queries it breaks
   */
  constructor(
    private readonly client: Client,
    private readonly cutAt: (sql: string) => Cut | undefined,
    private readonly hit = 1,
  ) {}

  async query(text: string, values?: readonly unknown[]): Promise<QueryResult> {
    const chosen = this.cutAt(text);
    const cut = chosen !== undefined && ++this.hits === this.hit ? chosen : undefined;
    if (cut === 'before') this.cut();
    const answer = this.client.query(text, values as unknown[]);
    if (cut === 'unanswered') {
      // The query must have left this process before the connection goes.
      await new Promise((resolve) => setImmediate(resolve));
      this.cut();
    }
    const result = await answer;
    if (cut === 'after') this.cut();
    if (cut !== undefined) throw new Error('the runner is dead');
    return result;
  }

  private cut(): void {
    (this.client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
}
