import { platform } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { LoadGenerator } from '../../../local/load/generator';
import type { LoadOptions, LoadReport, Tick } from '../../../local/load/messages';
import { FakeNotes } from './fake-notes';

let fake: FakeNotes;
let url: string;
let load: LoadGenerator | undefined;

beforeEach(async () => {
  fake = new FakeNotes();
  url = await fake.listen();
});
afterEach(async () => {
  await load?.close();
  fake.close();
});

/** Load until the fake has seen so many requests. */
async function run(requests: number, options: Partial<LoadOptions> = {}): Promise<LoadReport> {
  load = await LoadGenerator.start({ url, rate: 2000, ...options });
  while (fake.requests < requests) await wait(5);
  return load.stop();
}

test('counts what was served, and verifies every note', async () => {
  const report = await run(1000);
  expect(report.requests).toBe(fake.requests);
  expect(report.byColor.blue.requests).toBe(report.requests);
  expect(report.byVersion).toEqual({ 'v1.0.0': report.requests });
  expect(report.failed).toBe(0);
  expect(report.writing / report.requests).toBeGreaterThan(0.4);
  expect(report.byColor.blue.latency.p99).toBeGreaterThanOrEqual(report.byColor.blue.latency.p50);

  const verification = await load?.verify();
  expect(verification).toMatchObject({ missing: 0, different: 0, unreadable: 0, unknown: 0, samples: [] });
  expect(verification?.verified).toBe(verification?.notes);
  expect(verification?.acknowledged).toBeGreaterThanOrEqual(report.writing);
  // Its own requests are counted apart.
  expect(fake.requests).toBe(report.requests + (verification?.reads ?? 0));
});

test('notices a lost note, a lost edit and a deleted note that came back', async () => {
  await run(600, { seed: 7 });
  const [gone, changed] = [...fake.notes.values()];
  const deleted = fake.deleted[0];
  if (!gone || !changed || !deleted) throw new Error('the load did not write and delete enough');
  fake.notes.delete(gone.id);
  fake.notes.set(changed.id, { ...changed, body: 'an older edit' });
  fake.notes.set(deleted, { id: deleted, title: 'back', body: 'again' });

  const verification = await load?.verify();
  expect(verification).toMatchObject({ missing: 1, different: 2 });
  expect(verification?.verified).toBe((verification?.notes ?? 0) - 3);
  expect([...(verification?.samples ?? [])].sort()).toEqual(
    [
      `note ${gone.id} is gone`,
      `note ${changed.id} reads "an older edit" instead of "${changed.body}"`,
      `note ${deleted} is there, though its deletion was acknowledged`,
    ].sort(),
  );
});

test('notices while running when a note lacks its last acknowledged edit', async () => {
  load = await LoadGenerator.start({ url, rate: 2000 });
  while (fake.requests < 200) await wait(5);
  await load.pause();
  for (const note of fake.notes.values()) fake.notes.set(note.id, { ...note, body: 'stale' });
  load.resume();
  while (fake.requests < 300) await wait(5);
  const report = await load.stop();
  expect(report.failures.map((failure) => failure.message)).toContain('a note without its last acknowledged edit');
});

test('a failed request is counted with its reason, and never sent again', async () => {
  const planted = { error: 0, reset: 0 };
  fake.mishap = (number) => {
    if (number % 20 === 0) {
      planted.error += 1;
      return 'error';
    }
    if (number % 20 !== 10) return undefined;
    planted.reset += 1;
    return 'reset';
  };
  const report = await run(400);
  expect(fake.requests).toBe(report.requests);
  expect(report.byColor.blue.failed).toBe(planted.error);
  expect(report.byColor.none).toMatchObject({ requests: planted.reset, failed: planted.reset });
  expect(report.failures).toHaveLength(20);
  expect(report.failures).toContainEqual(
    expect.objectContaining({
      status: 500,
      color: 'blue',
      message: expect.stringMatching(/^500 instead of .*planted/),
    }),
  );
  expect(report.failures).toContainEqual(
    expect.objectContaining({
      status: null,
      color: 'none',
      message: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/),
    }),
  );
});

test.each(['error', 'error-after-doing'] as const)(
  'a write that ends in doubt (%s) is no lost write',
  async (mishap) => {
    fake.mishap = (number, method) => (method !== 'GET' && number % 5 === 0 ? mishap : undefined);
    const report = await run(500);
    const verification = await load?.verify();
    expect(report.failed).toBeGreaterThan(0);
    expect(verification).toMatchObject({ unknown: report.failed, missing: 0, different: 0, unreadable: 0 });
  },
);

test('no answer in time is a failure', async () => {
  fake.mishap = (number) => (number === 50 ? 'silence' : undefined);
  const report = await run(100, { timeoutMs: 150 });
  expect(report.failed).toBe(1);
  expect(report.failures[0]).toMatchObject({ status: null, message: expect.stringContaining('timeout') });
});

test('a slow application gets fewer requests, not more at once', async () => {
  fake.delayMs = 40;
  const report = await run(120, { rate: 5000, inFlight: 6 });
  expect(report.failed).toBe(0);
  expect(fake.mostUnderWay).toBe(6);
});

test('each viewer has a user agent and, where the system allows it, an address of its own', async () => {
  const report = await run(600, { viewers: 12 });
  expect(fake.agents.size).toBe(12);
  expect(fake.addresses.size).toBe(report.ownAddresses ? 12 : 1);
  if (platform() === 'linux') expect(report.ownAddresses).toBe(true);
});

test('pause waits for what is under way and begins nothing more', async () => {
  fake.delayMs = 20;
  load = await LoadGenerator.start({ url, rate: 1000 });
  while (fake.requests < 20) await wait(5);
  await load.pause();
  const { requests } = load.stats();
  expect(fake.underWay).toBe(0);
  await wait(50);
  expect(fake.requests).toBe(requests);
  load.resume();
  while (fake.requests < requests + 20) await wait(5);
});

test('ticks add up to what was counted', async () => {
  const ticks: Tick[] = [];
  load = await LoadGenerator.start({ url, rate: 300 }, (tick) => ticks.push(tick));
  while (ticks.length < 2) await wait(20);
  const { requests } = load.stats();
  expect(ticks.map((tick) => tick.second)).toEqual([1, 2]);
  const told = ticks.reduce((sum, tick) => sum + tick.blue + tick.green + tick.none, 0);
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThanOrEqual(requests);
});
