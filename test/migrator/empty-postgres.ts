import type { Client, ClientConfig } from 'pg';
import { TestPostgres } from '../support/postgres';

/** The server of all cases on PostgreSQL: each start costs more than most of them. */
export let postgres: TestPostgres;
/** Its database, and a connection of the database's owner. Both are empty before each case. */
export let config: ClientConfig;
export let client: Client;
/** A session that looks on. */
export let watcher: Client;

beforeAll(async () => {
  postgres = await TestPostgres.start();
  config = await postgres.database();
  client = await postgres.connect(config);
  watcher = await postgres.connect(config);
}, 30_000);
afterAll(() => postgres?.close());
beforeEach(() => postgres.reset(client));
