import type { Client } from 'pg';
import type { Database, QueryResult, TextQuery } from '../../lambda/migrator/database';
import { MysqlDatabase } from '../../lambda/migrator/mysql/connection';

/** When the connection breaks: before the query is sent, after its answer, or in between, while the server works on it. */
export type Cut = 'before' | 'after' | 'unanswered';

/** A connection that breaks at a chosen query, as it does when the runner's process is killed. */
export class CuttingDatabase implements Database {
  private hits = 0;
  private dead = false;

  /**
   * @param cutAt says for each query whether the connection breaks there
   * @param hit at which of the chosen queries it breaks
   */
  constructor(
    private readonly client: Client | MysqlDatabase,
    private readonly cutAt: (sql: string) => Cut | undefined,
    private readonly hit = 1,
  ) {}

  get engine() {
    return this.client instanceof MysqlDatabase ? this.client.engine : undefined;
  }

  async query(text: string | TextQuery, values?: readonly unknown[]): Promise<QueryResult> {
    if (this.dead) throw new Error('the runner is dead');
    const chosen = this.cutAt(typeof text === 'string' ? text : text.text);
    const cut = chosen !== undefined && ++this.hits === this.hit ? chosen : undefined;
    if (cut === 'before') this.cut();
    const answer = (this.client as Database).query(text, values);
    if (cut === undefined) return answer;
    answer.catch(() => undefined);
    if (cut === 'after') await answer;
    // The query must have left this process before the connection goes.
    else await new Promise((resolve) => setImmediate(resolve));
    this.cut();
    throw new Error('the runner is dead');
  }

  private cut(): void {
    this.dead = true;
    if (this.client instanceof MysqlDatabase) this.client.destroy();
    else (this.client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
}
