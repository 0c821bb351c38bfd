import { createServer, request as httpRequest } from 'node:http';
import { formatRoute, type Route, seedRoute } from '../../../lambda/domain/route';
import { viewerRequestCode, viewerResponseCode } from '../../../lib/constructs/edge-function';
import type { Balancer, ForwardedRequest } from '../../../local/fleet';
import { type CachePolicy, Edge, KeyValueStore, locationOf } from '../../../local/edge';

const VIEWER_REQUEST = viewerRequestCode(['/livez', '/readyz']);
const VIEWER_RESPONSE = viewerResponseCode();
const POLICY: CachePolicy = {
  headers: ['x-greenroom-release'],
  allCookies: true,
  allQueryStrings: true,
  minTtl: 0,
  defaultTtl: 0,
  maxTtl: 86_400,
};
const ARN = 'arn:aws:cloudfront::111122223333:key-value-store/route';

/** A balancer that answers by itself what it was asked, with its color. */
class Echo {
  asked: ForwardedRequest[] = [];
  cacheControl = 'no-store';
  status = 200;
  constructor(readonly color: string) {}

  readonly forward: Balancer['forward'] = async (request, response, observer) => {
    this.asked.push(request);
    const headers = { 'x-app-color': this.color, 'cache-control': this.cacheControl, 'set-cookie2': 'a' };
    observer.start(this.status, headers);
    const body = Buffer.from(JSON.stringify({ path: request.path, headers: request.headers }));
    observer.data?.(body);
    response.writeHead(this.status, headers);
    response.end(body);
    return { status: this.status, byBalancer: false };
  };
}

describe('the edge', () => {
  const blue = new Echo('blue');
  const green = new Echo('green');
  let store: KeyValueStore;
  let edge: Edge;

  const open = (port?: number) =>
    Edge.open({
      code: VIEWER_REQUEST,
      responseCode: VIEWER_RESPONSE,
      store,
      distribution: { id: 'E1', domainName: 'd1.cloudfront.net' },
      origins: new Map([
        ['blue', blue as unknown as Balancer],
        ['green', green as unknown as Balancer],
      ]),
      defaultOrigin: 'blue',
      cachePolicy: POLICY,
      port,
    });

  beforeEach(async () => {
    blue.asked = [];
    green.asked = [];
    blue.cacheControl = green.cacheControl = 'no-store';
    blue.status = green.status = 200;
    store = new KeyValueStore({ arn: ARN, propagationMs: 0 });
    edge = await open();
  });
  afterEach(async () => {
    store.close();
    await edge.close();
  });

  const write = async (change: Partial<Route>) => {
    const route = { ...seedRoute({ release: 'r1', nonce: 'n' }), ...change };
    const { ETag } = (await store.model.DescribeKeyValueStore!({ KvsARN: ARN }, { name: 'operator' })) as {
      ETag: string;
    };
    const input = { KvsARN: ARN, Key: 'route', Value: formatRoute(route), IfMatch: ETag };
    await store.model.PutKey?.(input, { name: 'operator' });
    await new Promise((resolve) => setTimeout(resolve, 5));
  };

  test('without a route it answers 503 and asks no color', async () => {
    const response = await fetch(edge.url);

    expect(response.status).toBe(503);
    expect([...blue.asked, ...green.asked]).toEqual([]);
  });

  test('sends viewers to the live color, with the function’s headers and without those that they made up', async () => {
    await write({ live: 'green', releases: { blue: null, green: 'r7' } });

    const response = await fetch(`${edge.url}/notes?a=1&b&a=2`, {
      headers: { 'x-greenroom-release': 'forged', cookie: 'session=1; greenroom=x', 'x-own': 'kept' },
    });

    expect(response.headers.get('x-app-color')).toBe('green');
    expect(response.headers.get('via')).toContain('greenroom-edge');
    expect(green.asked).toHaveLength(1);
    expect(green.asked[0]?.path).toBe('/notes?a=1&a=2&b');
    expect(green.asked[0]?.headers).toMatchObject({
      'x-greenroom-release': 'r7',
      'x-greenroom-color': 'green',
      'x-forwarded-for': '127.0.0.1',
      'x-own': 'kept',
      cookie: 'session=1; greenroom=x',
    });
  });

  test('the function’s own answers come from the edge', async () => {
    await write({ epoch: 41 });

    const response = await fetch(`${edge.url}/.greenroom/route`);

    expect(response.status).toBe(200);
    expect(response.headers.get('x-greenroom-epoch')).toBe('41');
    expect(response.headers.get('x-cache')).toMatch(/^FunctionGeneratedResponse/);
  });

  test('what a color allows to be shared is kept for its release only', async () => {
    blue.cacheControl = green.cacheControl = 'public, max-age=60';
    await write({ live: 'blue', releases: { blue: 'r1', green: null } });
    await fetch(`${edge.url}/style.css`);
    const again = await fetch(`${edge.url}/style.css`);
    await write({ live: 'green', epoch: 2, releases: { blue: 'r1', green: 'r2' } });

    const after = await fetch(`${edge.url}/style.css`);

    expect(again.headers.get('x-cache')).toBe('Hit from cloudfront');
    expect(blue.asked).toHaveLength(1);
    expect(after.headers.get('x-app-color')).toBe('green');
  });

  test('what is private is never kept', async () => {
    blue.cacheControl = 'private, max-age=60';
    await write({ releases: { blue: 'r1', green: null } });

    await fetch(`${edge.url}/me`);
    await fetch(`${edge.url}/me`);

    expect(blue.asked).toHaveLength(2);
  });

  test('a shift gives every viewer its lot as a cookie, which neither cache nor color sees', async () => {
    blue.cacheControl = green.cacheControl = 'public, max-age=60';
    const releases = { blue: 'r1', green: 'r2' };
    const sticky = { salt: 7, seconds: 60 };
    await write({ live: 'blue', releases, shift: { to: 'green', percent: 50 }, sticky });

    const first = await fetch(`${edge.url}/a`);
    const cookie = first.headers.get('set-cookie');
    const lot = cookie?.split(';')[0] as string;
    const again = await fetch(`${edge.url}/a`, { headers: { cookie: lot } });

    expect(cookie).toMatch(/^greenroom-lot=[0-9a-f]{8}; Secure; HttpOnly; SameSite=Lax; Path=\/; Max-Age=60$/);
    expect(again.headers.get('set-cookie')).toBeNull();
    expect(again.headers.get('x-cache')).toBe('Hit from cloudfront');
    expect(again.headers.get('x-app-color')).toBe(first.headers.get('x-app-color'));
    expect([...blue.asked, ...green.asked]).toHaveLength(1);
    expect([...blue.asked, ...green.asked][0]?.headers).not.toHaveProperty('cookie');
  });

  test('an asset that the chosen color does not know comes from the other one, a page does not', async () => {
    blue.status = 404;
    await write({ live: 'blue', releases: { blue: 'r2', green: 'r1' }, standby: 'green' });

    const asset = await fetch(`${edge.url}/assets/app.1a2b.js`);
    const page = await fetch(`${edge.url}/notes/1`);

    expect(asset.status).toBe(200);
    expect(asset.headers.get('x-app-color')).toBe('green');
    expect(page.status).toBe(404);
    expect(green.asked).toHaveLength(1);
  });

  test('cookies and query are part of the cache key', async () => {
    blue.cacheControl = 'public, max-age=60';
    await write({ releases: { blue: 'r1', green: null } });
    await fetch(`${edge.url}/a?x=1`, { headers: { cookie: 'session=1' } });

    for (const [path, session] of [
      ['/a?x=1', '2'],
      ['/a?x=2', '1'],
      ['/a?x=1', '1'],
    ] as const) {
      await fetch(`${edge.url}${path}`, { headers: { cookie: `session=${session}` } });
    }

    expect(blue.asked).toHaveLength(3);
  });

  test('counts what each color served, and when it served which location first and last', async () => {
    await write({});
    const watch = edge.served.watch();
    await fetch(edge.url);
    const [first] = watch.firstServed('blue');
    await fetch(edge.url);

    expect(edge.served.totals.get('blue')).toEqual({ requests: 2, failures: 0 });
    expect(watch.firstServed('blue')).toEqual([first]);
    expect(watch.lastServed('blue')[0]).toBeGreaterThan(first as number);
    expect(watch.firstServed('green')).toEqual([]);
  });

  test('viewers with different addresses come to different locations', () => {
    const addresses = Array.from({ length: 48 }, (_, index) => `127.0.1.${index + 1}`);

    expect(new Set(addresses.map((address) => locationOf(address, 8))).size).toBe(8);
  });

  test('a port in use is one clear line', async () => {
    await expect(open(edge.port)).rejects.toThrow(/^port \d+ on 127\.0\.0\.1 cannot be used \(EADDRINUSE\); choose/);
  });

  test('closing cuts viewers that are still connected', async () => {
    await write({});
    const socketClosed = new Promise<void>((resolve) => {
      const request = httpRequest(edge.url, { agent: false, headers: { connection: 'keep-alive' } }, (response) => {
        response.resume();
        response.socket.once('close', () => resolve());
      });
      request.end();
    });
    await new Promise((resolve) => setTimeout(resolve, 50));

    await edge.close();

    await socketClosed;
    const reused = createServer();
    await new Promise<void>((resolve) => reused.listen(0, '127.0.0.1', resolve));
    reused.close();
  });
});
