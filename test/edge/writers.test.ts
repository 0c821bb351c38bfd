import dns from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { confirmAtEdge } from '../../lambda/aws/edge';
import { changeRoute, readRoute, requireRoute } from '../../lambda/aws/route-store';
import { ReleaseError } from '../../lambda/domain/errors';
import * as domain from '../../lambda/domain/route';
import { AwsError, type Call, type Door, type Fault, OPERATOR, startDoor } from '../../local/cloud';
import { KeyValueStore } from '../../local/edge';

// The real writers and the real SDK client, against the local cloud's HTTP door. Nothing really waits.
const mockWaits: number[] = [];
jest.mock('node:timers/promises', () => ({
  ...jest.requireActual('node:timers/promises'),
  setTimeout: async (ms: number) => void mockWaits.push(ms),
}));

const ARN = 'arn:aws:cloudfront::111122223333:key-value-store/route';
const lookup = dns.lookup;

let store: KeyValueStore;
let door: Door;
let calls: Call[];
/** Asked before each call; what it does happens before the call. */
let before: (operation: string) => Promise<Fault | undefined> | Fault | undefined;
let writes: domain.Route[];

const models = {
  'cloudfront-keyvaluestore': Object.fromEntries(
    ['DescribeKeyValueStore', 'GetKey', 'PutKey'].map((operation) => [
      operation,
      async (input: object) => store.model[operation]?.(input, OPERATOR) as Promise<object>,
    ]),
  ),
};

beforeAll(async () => {
  // The KeyValueStore client puts the account id in front of the endpoint's host.
  (dns as { lookup: unknown }).lookup = (host: string, ...rest: unknown[]) =>
    (lookup as (...all: unknown[]) => void)(host.endsWith('.localhost') ? '127.0.0.1' : host, ...rest);
  door = await startDoor({
    models: models as never,
    principals: new Map([['operator', OPERATOR]]),
    allows: () => ({ allowed: true, reason: '' }) as never,
    account: '111122223333',
    region: 'eu-central-1',
    onCall: (call) => calls.push(call),
    faults: ({ operation }) => before(operation) as Fault | undefined,
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: door.url.replace('127.0.0.1', 'localhost'),
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'operator',
    AWS_SECRET_ACCESS_KEY: 'local',
    ROUTE_STORE_ARN: ARN,
  });
});
afterAll(async () => {
  await door.close();
  (dns as { lookup: unknown }).lookup = lookup;
});
beforeEach(() => {
  store = new KeyValueStore({ arn: ARN, locations: 1, propagationMs: 0 });
  writes = [];
  store.on('write', ({ puts }) => writes.push(domain.parseRoute(puts[0]?.value as string)));
  calls = [];
  mockWaits.length = 0;
  before = () => undefined;
});
afterEach(() => store.close());

const writer = (release: string, act: string) => ({ release, nonce: `${release}:${act}` });
const claim = (release: string) =>
  changeRoute(domain.claimIdle(release), writer(release, 'claim'), {
    from: domain.seedRoute(writer(release, 'claim')),
  });
const shift = (release: string, percent: number) =>
  changeRoute(domain.shiftTo(release, percent), writer(release, `shift:${percent}`));
const made = (operation: string): number => calls.filter((call) => call.operation === operation).length;

/** Writes past the writers, as somebody else does. */
async function writtenByOthers(change: domain.RouteChange, nonce = 'theirs'): Promise<void> {
  const { ETag } = (await store.model.DescribeKeyValueStore!({ KvsARN: ARN }, OPERATOR)) as { ETag: string };
  const route = domain.moveRoute(domain.parseRoute(store.latest('route') as string), change, {
    release: 'other',
    nonce,
  });
  const Value = domain.formatRoute(route);
  await store.model.PutKey?.({ KvsARN: ARN, Key: 'route', Value, IfMatch: ETag }, OPERATOR);
}

describe('the first route of an environment', () => {
  test('is none until a release claims a color', async () => {
    expect(await readRoute()).toBeNull();
    await expect(requireRoute()).rejects.toThrow(expect.objectContaining({ name: 'RouteConflict' }));
    await expect(shift('r1', 100)).rejects.toThrow('release a version first');
    expect(writes).toEqual([]);
  });

  test('is written once, however often its release asks', async () => {
    const first = await claim('r1');

    expect(await claim('r1')).toEqual(first);
    expect(first).toMatchObject({ epoch: 2, live: 'blue', releases: { blue: null, green: 'r1' } });
    expect(writes).toHaveLength(1);
  });

  test('is not written twice when two releases come at once: the second finds the first', async () => {
    const both = await Promise.all([claim('r1'), claim('r2')]);

    expect(both.map(({ epoch }) => epoch).sort()).toEqual([2, 3]);
    expect(writes.map(({ epoch }) => epoch)).toEqual([2, 3]);
  });

  test('is signed with SigV4A, the only signature that the data plane takes', async () => {
    const signatures: string[] = [];
    const server = createServer((request, response) => {
      signatures.push(request.headers.authorization ?? '');
      response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = process.env.AWS_ENDPOINT_URL;
    process.env.AWS_ENDPOINT_URL = `http://localhost:${(server.address() as AddressInfo).port}`;
    try {
      await jest.isolateModulesAsync(async () => {
        const fresh = jest.requireActual('../../lambda/aws/route-store') as { readRoute: typeof readRoute };
        await expect(fresh.readRoute()).rejects.toThrow(expect.objectContaining({ name: 'AccessDeniedException' }));
      });
    } finally {
      process.env.AWS_ENDPOINT_URL = endpoint;
      server.closeAllConnections();
      server.close();
    }
    expect(signatures).toEqual([expect.stringMatching(/^AWS4-ECDSA-P256-SHA256 Credential=operator\//)]);
  });
});

describe('compare-and-set', () => {
  beforeEach(() => claim('r1').then(() => void calls.splice(0)));

  test('of five writers at once, each write has an epoch of its own and none is lost', async () => {
    const all = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((name) => changeRoute(domain.setMaintenance('off'), writer(name, 'w'))),
    );

    expect(all.map(({ epoch }) => epoch).sort()).toEqual([3, 4, 5, 6, 7]);
    expect(writes.map(({ epoch }) => epoch)).toEqual([2, 3, 4, 5, 6, 7]);
  });

  test('a write in between costs a round, and the change is made to what is there by then', async () => {
    let others = 1;
    const route = await changeRoute(domain.shiftTo('r1', 100), writer('r1', 'shift:100'), {
      guard: async () => {
        if (others-- > 0) await writtenByOthers(domain.setMaintenance('read-only'));
      },
    });

    expect(route).toMatchObject({ epoch: 4, live: 'green', maintenance: 'read-only' });
    expect(made('PutKey')).toBe(2);
  });

  test('when somebody else moved the route so that the change is not allowed any more, it is a RouteConflict', async () => {
    const moving = changeRoute(domain.shiftTo('r1', 100), writer('r1', 'shift:100'), {
      guard: () => writtenByOthers(domain.withdraw('r1')),
    });

    await expect(moving).rejects.toThrow(expect.objectContaining({ name: 'RouteConflict' }));
    expect(await requireRoute()).toMatchObject({ live: 'blue', releases: { green: null } });
  });

  test('a guard that throws prevents the write', async () => {
    const guard = () => Promise.reject(new ReleaseError('TrafficGuard', 'green has no healthy target'));
    const moving = changeRoute(domain.shiftTo('r1', 100), writer('r1', 'shift:100'), { guard });

    await expect(moving).rejects.toThrow(expect.objectContaining({ name: 'TrafficGuard' }));
    expect(made('PutKey')).toBe(0);
  });

  test('a write whose answer was lost is recognised as one’s own and not done again', async () => {
    let lost = 1;
    before = (operation) => (operation === 'PutKey' && lost-- > 0 ? 'lost-answer' : undefined);

    expect(await shift('r1', 100)).toMatchObject({ epoch: 3, live: 'green' });
    expect(writes.map(({ epoch }) => epoch)).toEqual([2, 3]);
  });

  test.each(['throttle', 'error'] as const)('a %s is got over by the SDK', async (fault) => {
    let times = 2;
    before = (operation) => (operation === 'PutKey' && times-- > 0 ? fault : undefined);

    expect(await shift('r1', 100)).toMatchObject({ epoch: 3 });
    expect(writes).toHaveLength(2);
  });

  test('being denied is told at once', async () => {
    before = () => 'denied';

    await expect(shift('r1', 100)).rejects.toThrow(expect.objectContaining({ name: 'AccessDeniedException' }));
  });

  test.each(['ConflictException', 'ValidationException'])('a stale ETag may be told as %s', async (name) => {
    const put = store.model.PutKey;
    let stale = 1;
    (store.model as Record<string, unknown>).PutKey = async (input: object) => {
      if (stale-- > 0) throw new AwsError(name, 'the ETag does not match', name === 'ConflictException' ? 409 : 400);
      return put?.(input as never, OPERATOR);
    };

    expect(await shift('r1', 100)).toMatchObject({ epoch: 3 });
  });

  test('pauses grow and are drawn at random; after eight rounds it is Transient, for the state machine to repeat', async () => {
    const random = jest.spyOn(Math, 'random');
    let round = 0;
    const moving = changeRoute(domain.shiftTo('r1', 100), writer('r1', 'shift:100'), {
      guard: () => writtenByOthers(domain.setMaintenance('off'), `theirs-${round++}`),
    });

    await expect(moving).rejects.toThrow(expect.objectContaining({ name: 'Transient' }));
    const drawn = random.mock.results.map(({ value }) => value as number);
    random.mockRestore();
    expect(mockWaits).toHaveLength(8);
    mockWaits.forEach((wait, each) => {
      expect(wait).toBeLessThan(50 * 2 ** each);
      // Each pause is a fraction, drawn at random, of twice the bound before.
      expect(drawn).toContainEqual(expect.closeTo(wait / (50 * 2 ** each), 9));
    });
  });

  test('what is no route is not written over', async () => {
    const { ETag } = (await store.model.DescribeKeyValueStore!({ KvsARN: ARN }, OPERATOR)) as { ETag: string };
    store.removeAllListeners('write');
    await store.model.PutKey?.({ KvsARN: ARN, Key: 'route', Value: '{"v":2}', IfMatch: ETag }, OPERATOR);

    await expect(shift('r1', 100)).rejects.toThrow('not one of schema 1');
    expect(store.latest('route')).toBe('{"v":2}');
  });
});

describe('confirmation at the edge', () => {
  /** An edge that answers with these epochs, the last one again and again; `null` is an answer of 503. */
  async function edgeThatAnswers(
    epochs: (number | null)[],
    run: (asked: () => number) => Promise<void>,
  ): Promise<void> {
    let asked = 0;
    const server = createServer((request, response) => {
      const epoch = epochs[Math.min(asked++, epochs.length - 1)];
      if (request.url !== domain.EDGE_NAMES.probePath || epoch === null) response.writeHead(503).end();
      else response.writeHead(200, { [domain.EDGE_NAMES.epochHeader]: String(epoch) }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env.EDGE_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await run(() => asked);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  test.each<[string, (number | null)[], number]>([
    ['five observations in a row', [7], 5],
    ['a newer epoch', [9], 5],
    ['old ones first', [6, 6, 7], 7],
    ['an old one in between begins the count again', [7, 7, 7, 6, 7], 9],
    ['so does an answer that is none', [7, 7, 7, 7, null, 7], 10],
  ])('takes %s', async (_what, epochs, requests) => {
    await edgeThatAnswers(epochs, async (asked) => {
      await confirmAtEdge(7);

      expect(asked()).toBe(requests);
      expect(mockWaits.at(-1)).toBe(1_000);
    });
  });

  test('an edge that does not follow is Transient, with epoch and time', async () => {
    const clock = jest.spyOn(Date, 'now');
    let now = 0;
    clock.mockImplementation(() => (now += 1_000));
    try {
      await edgeThatAnswers([6], async () => {
        await expect(confirmAtEdge(7)).rejects.toThrow('the edge does not serve route epoch 7 after 39 s');
      });
    } finally {
      clock.mockRestore();
    }
  });
});
