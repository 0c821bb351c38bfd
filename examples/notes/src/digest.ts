import type { Pool } from 'pg';
import { VERSION } from './constants';
import { describeError, log } from './log';
import type { Settings } from './settings';

/** The edge tells it with every request of a viewer: `<live color> <epoch>`. Viewers cannot set it themselves. */
export const LIVE_HEADER = 'x-greenroom-live';

/**
 * Work in the background that only the live color does: it counts the notes from time to time.
 *
 * Both colors run all the time, and a task's variables never change, so that a task has to be told. Whoever is asked
 * something by a viewer reads the header and writes a newer epoch into the one row of `greenroom_live`; whoever is about
 * to work reads that row. The idle color, which nobody asks anything, learns it from the row all the same.
 */
export class Digest {
  private known = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly settings: Pick<Settings, 'color' | 'live' | 'digestSeconds'>,
  ) {}

  start(): void {
    const run = (): void => void this.work().catch((error: unknown) => log('error', 'no digest', describeError(error)));
    this.timer = setInterval(run, Math.min(60, this.settings.digestSeconds) * 1000);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** What a request tells of who is live. An older epoch, from an edge that lags behind, changes nothing. */
  learn(header: string | string[] | undefined): void {
    const [, color, digits] = /^(blue|green) (\d{1,15})$/.exec(String(header)) ?? [];
    const epoch = Number(digits);
    if (color === undefined || epoch <= this.known) return;
    this.known = epoch;
    const written = this.pool.query(
      `INSERT INTO greenroom_live (color, epoch) VALUES ($1, $2)
       ON CONFLICT (only_row) DO UPDATE SET color = $1, epoch = $2 WHERE greenroom_live.epoch < $2`,
      [color, epoch],
    );
    written.catch((error: unknown) => {
      // The next request tells it again.
      this.known = 0;
      log('error', 'who is live could not be written', describeError(error));
    });
  }

  /** Writes a digest if this color is live and none was written lately. @returns whether it did */
  async work(): Promise<boolean> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const worked = (await this.mayWork(client)) && (await this.write(client));
      await client.query('COMMIT');
      if (worked) log('info', 'digest written');
      return worked;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }

  /** Holds the row until the work is done: a color that becomes live meanwhile waits that long before it begins. */
  private async mayWork(client: Pick<Pool, 'query'>): Promise<boolean> {
    if (this.settings.live === 'always') return true;
    const { rows } = await client.query<{ color: string }>('SELECT color FROM greenroom_live FOR SHARE');
    return rows[0]?.color === this.settings.color;
  }

  /** One at a time, whichever task of the color comes first. */
  private async write(client: Pick<Pool, 'query'>): Promise<boolean> {
    await client.query('LOCK TABLE note_digests IN SHARE ROW EXCLUSIVE MODE');
    const { rowCount } = await client.query(
      `INSERT INTO note_digests (notes, color, version)
       SELECT (SELECT count(*) FROM notes), $1, $2
       WHERE NOT EXISTS (SELECT FROM note_digests WHERE at > now() - make_interval(secs => $3))`,
      [this.settings.color, VERSION, this.settings.digestSeconds],
    );
    return rowCount === 1;
  }
}
