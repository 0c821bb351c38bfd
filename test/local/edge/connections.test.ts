import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatRoute, type Route, seedRoute } from '../../../lambda/domain/route';
import { viewerRequestCode } from '../../../lib/constructs/edge-function';
import { Edge, KeyValueStore } from '../../../local/edge';
import { StandInFleet } from '../../../local/edge/campaign/stand-in';

const ARN = 'arn:aws:cloudfront::111122223333:key-value-store/route';
const BEFORE: Partial<Route> = { live: 'blue', releases: { blue: 'r1', green: 'r2' } };
const AFTER: Partial<Route> = { live: 'green', releases: { blue: 'r1', green: 'r2' }, standby: 'blue' };
/** Longer than the download of the stand-in takes, in the tests that let it end. */
const DRAIN_MS = 3_000;

let fleets: { blue: StandInFleet; green: StandInFleet };
let store: KeyValueStore;
let edge: Edge;

async function open(drainMs: number): Promise<void> {
  fleets = { blue: new StandInFleet('blue', drainMs), green: new StandInFleet('green', drainMs) };
  store = new KeyValueStore({ arn: ARN, propagationMs: 0 });
  edge = await Edge.open({
    code: viewerRequestCode([]),
    store,
    distribution: { id: 'E1', domainName: 'd1.cloudfront.net' },
    origins: new Map([
      ['blue', fleets.blue.balancer],
      ['green', fleets.green.balancer],
    ]),
    defaultOrigin: 'blue',
    cachePolicy: { headers: [], allCookies: true, allQueryStrings: true, minTtl: 0, defaultTtl: 0, maxTtl: 60 },
  });
  await Promise.all([fleets.blue.deploy('r1'), fleets.green.deploy('r2')]);
  await write(BEFORE);
}

afterEach(async () => {
  store.close();
  await edge.close();
  await Promise.all([fleets.blue.close(), fleets.green.close()]);
});

async function write(change: Partial<Route>): Promise<void> {
  const operator = { name: 'operator' };
  const { ETag } = (await store.model.DescribeKeyValueStore!({ KvsARN: ARN }, operator)) as { ETag: string };
  const Value = formatRoute({ ...seedRoute({ release: 'r1', nonce: 'n' }), ...change });
  await store.model.PutKey?.({ KvsARN: ARN, Key: 'route', Value, IfMatch: ETag }, operator);
  await sleep(10);
}

interface Talk {
  readonly release: string;
  readonly socket: Duplex;
  ask(text: string): Promise<string>;
}

/** Opens a WebSocket, but for the frames. The first that it hears is the release that answers. */
async function talk(path = '/socket'): Promise<Talk> {
  const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' };
  const request = httpRequest(`${edge.url}${path}`, { headers, agent: false });
  request.end();
  const [, socket, head] = (await once(request, 'upgrade')) as [unknown, Duplex, Buffer];
  const first = head.length > 0 ? head : ((await once(socket, 'data'))[0] as Buffer);
  const ask = async (text: string) => {
    socket.write(text);
    return String((await once(socket, 'data'))[0]);
  };
  return { release: first.toString().trim(), socket, ask };
}

/** Begins a download; the promise tells how it ended. */
function download(): { begun: Promise<string>; bytes: Promise<number> } {
  const response = fetch(`${edge.url}/slow`);
  const whole = response.then(async (answer) => (await answer.arrayBuffer()).byteLength);
  whole.catch(() => undefined);
  return { begun: response.then((answer) => answer.headers.get('x-app-release') as string), bytes: whole };
}

test('a WebSocket stays with its color through the cutover; new ones go to the new color', async () => {
  await open(DRAIN_MS);
  const old = await talk();
  await write(AFTER);
  const fresh = await talk();

  expect([old.release, fresh.release]).toEqual(['r1', 'r2']);
  expect(await old.ask('still there?')).toBe('still there?');
  old.socket.destroy();
  fresh.socket.destroy();
});

test('retirement leaves a WebSocket the time of the draining, then it is closed', async () => {
  await open(400);
  const old = await talk();
  const closed = once(old.socket, 'close');
  await write(AFTER);
  const retired = fleets.blue.scaleIn();

  expect(await old.ask('while it drains')).toBe('while it drains');
  await Promise.all([closed, retired]);
});

test('a WebSocket that the viewer closes holds no task back', async () => {
  await open(60_000);
  const old = await talk();
  old.socket.destroy();

  await fleets.blue.scaleIn();
});

test('a slow download that began before the cutover comes to its end, also while its fleet is retired', async () => {
  await open(DRAIN_MS);
  const { begun, bytes } = download();
  expect(await begun).toBe('r1');
  await write(AFTER);
  await fleets.blue.scaleIn();

  expect(await bytes).toBe(20 * 16_384);
});

test('one that takes longer than the draining is cut, and seen as cut', async () => {
  await open(200);
  const { begun, bytes } = download();
  await begun;
  await fleets.blue.scaleIn();

  await expect(bytes).rejects.toThrow();
});

test.each([
  ['a preview that is not valid', { 'x-greenroom-preview': 'f'.repeat(64) }, '/socket', 403],
  ['a path that is the edge’s own', {}, '/.greenroom/origins/green', 404],
])('an upgrade with %s is refused', async (_what, more, path, status) => {
  await open(DRAIN_MS);
  const headers = { connection: 'Upgrade', upgrade: 'websocket', ...more };
  const request = httpRequest(`${edge.url}${path}`, { headers, agent: false });
  request.end();
  const [response] = await once(request, 'response');

  expect(response.statusCode).toBe(status);
  response.resume();
});

test('an upgrade to a color without tasks is refused', async () => {
  await open(DRAIN_MS);
  await fleets.blue.scaleIn();
  const request = httpRequest(`${edge.url}/`, {
    headers: { connection: 'Upgrade', upgrade: 'websocket' },
    agent: false,
  });
  request.end();
  const [response] = await once(request, 'response');

  expect(response.statusCode).toBe(503);
  response.resume();
});
