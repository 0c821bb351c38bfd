import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import { buildImage } from '../../../local/images';
import { type Load, startLoad } from '../../../local/load';
import { App, databaseEnvironment, EXPAND_1_1, freePort, TABLE_1_0 } from '../../notes/sample';
import { TestPostgres } from '../../support/postgres';

const outdir = mkdtempSync(join(tmpdir(), 'greenroom-load-'));
let postgres: TestPostgres;
let client: Client;
let app: App;
const loads: Load[] = [];

beforeAll(async () => {
  postgres = await TestPostgres.start();
  const database = await postgres.database();
  client = await postgres.connect(database);
  await client.query(TABLE_1_0);
  await client.query(EXPAND_1_1);
  app = await App.start(await buildImage({ version: 'v1.1.0', outdir }), databaseEnvironment(database));
});

afterAll(async () => {
  await Promise.all(loads.map((load) => load.close()));
  await app?.stop();
  await postgres?.close();
  rmSync(outdir, { recursive: true, force: true });
});

test('load on the real application: all is served, and a write that the database lost is found', async () => {
  const load = await startLoad({ url: app.url, rate: 400, seed: 5 });
  loads.push(load);
  while (load.stats().requests < 300) await wait(50);
  const report = await load.stop();
  expect(report).toMatchObject({ failed: 0, failures: [], byVersion: { 'v1.1.0': report.requests } });
  expect(report.byColor.green.requests).toBe(report.requests);
  for (const { requests } of Object.values(report.byKind)) expect(requests).toBeGreaterThan(0);

  const before = await load.verify();
  expect(before).toMatchObject({ verified: before.notes, missing: 0, different: 0, samples: [] });

  await client.query('DELETE FROM notes WHERE id = (SELECT max(id) FROM notes)');
  await client.query(`UPDATE notes SET body = 'lost' WHERE id = (SELECT max(id) FROM notes)`);
  const after = await load.verify();
  expect(after).toMatchObject({ notes: before.notes, verified: before.notes - 2, missing: 1, different: 1 });
});

test('an edge that nobody answers at: every request fails, with the reason', async () => {
  const load = await startLoad({ url: `http://127.0.0.1:${await freePort()}`, rate: 200 });
  loads.push(load);
  while (load.stats().requests === 0) await wait(50);
  const report = await load.stop();
  expect(report.failed).toBe(report.requests);
  expect(report.failures[0]).toMatchObject({ status: null, message: expect.stringContaining('ECONNREFUSED') });
});

test('what cannot start says why', async () => {
  await expect(startLoad({ url: 'no url' })).rejects.toThrow(/Invalid URL/);
});
