import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announce } from '../../local/stage/announcement';
import { cloudWith, greenroom, PLACES, RELEASE, STATUS } from './world';

describe('the local mode', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'greenroom-cli-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const runs = {
    endpoint: 'http://127.0.0.1:1234',
    region: 'eu-central-1',
    account: '111122223333',
    environment: 'production',
    url: 'http://127.0.0.1:4321',
  };
  const local = (content: unknown, ...args: string[]) => {
    const localFile = join(folder, 'local.json');
    writeFileSync(localFile, typeof content === 'string' ? content : JSON.stringify(content));
    const cloud = cloudWith({ status: STATUS });
    return { cloud, ran: greenroom([...args, '--local'], { cloud, world: { localFile } }) };
  };

  test('gives endpoint, region, credentials and the environment', async () => {
    const { cloud, ran } = local(runs, 'status');

    expect((await ran).code).toBe(0);
    expect(cloud.options).toEqual({
      prefix: 'notes-production',
      endpoint: runs.endpoint,
      region: runs.region,
      credentials: { accessKeyId: 'operator', secretAccessKey: 'local' },
    });
  });

  test('shows previews where it serves viewers, not where AWS would', async () => {
    const { out } = await local(runs, 'preview', RELEASE).ran;

    expect(out[0]).toMatch(/^http:\/\/127\.0\.0\.1:4321\/\.greenroom\/preview/);
    expect(out[0]).not.toContain(PLACES.url);
  });

  test.each<[string, unknown, string[], number, RegExp]>([
    ['is unreadable', '{', ['status'], 1, /start it again/],
    ['says too little', { ...runs, endpoint: undefined }, ['status'], 1, /no "endpoint"/],
    ['plays another environment', runs, ['status', '-e', 'dev'], 2, /plays "production", not "dev"/],
  ])('that %s is told in one line', async (_what, content, args, exit, message) => {
    const { code, err } = await local(content, ...args).ran;

    expect([code, err.length]).toEqual([exit, 1]);
    expect(err[0]).toMatch(message);
  });

  test('of several the newest is told, and when it ends, an older one that still runs', () => {
    const file = join(folder, 'announced', 'local.json');
    const told = () => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as typeof runs).url : undefined);
    const [older, newer] = ['http://older', 'http://newer'].map((url) => announce({ ...runs, url }, file));

    const urls = [told()];
    newer?.();
    urls.push(told());
    older?.();

    expect([...urls, told()]).toEqual(['http://newer', 'http://older', undefined]);
  });

  test('that was killed is not told of again', () => {
    const file = join(folder, 'local.json');
    const { pid } = spawnSync('true');
    writeFileSync(file, JSON.stringify({ ...runs, pid }));

    announce(runs, file)();

    expect(existsSync(file)).toBe(false);
  });

  test('that does not run is told in one line', async () => {
    const { code, err } = await greenroom(['status', '--local']);

    expect([code, err.length]).toEqual([1, 1]);
    expect(err[0]).toContain('npm start');
  });
});
