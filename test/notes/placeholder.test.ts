import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPlaceholder } from '../../local/images';
import { App } from './sample';

const outdir = mkdtempSync(join(tmpdir(), 'greenroom-placeholder-'));
let app: App;

beforeAll(async () => {
  app = await App.start(buildPlaceholder({ outdir }), {});
});
afterAll(async () => {
  await app?.stop();
  rmSync(outdir, { recursive: true, force: true });
});

test.each([
  ['GET', '/livez', 200],
  ['GET', '/readyz?x', 200],
  ['GET', '/', 503],
  ['POST', '/api/notes', 503],
])('%s %s answers %i, with version and color', async (method, path, status) => {
  const response = await app.fetch(path, { method });
  expect(response.status).toBe(status);
  expect(response.headers.get('x-app-version')).toBe('placeholder');
  expect(response.headers.get('x-app-color')).toBe('green');
  if (status === 503) {
    expect(response.headers.get('retry-after')).toBe('60');
    expect(await response.text()).toContain('Nothing released yet');
  }
});

test('ends with 0 on SIGTERM', async () => {
  app.kill('SIGTERM');
  expect(await app.exit).toBe(0);
});
