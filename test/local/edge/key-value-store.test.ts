import { KeyValueStore } from '../../../local/edge';
import type { Operation } from '../../../local/cloud/model';

const ARN = 'arn:aws:cloudfront::111122223333:key-value-store/route';

describe('the KeyValueStore', () => {
  let store: KeyValueStore;
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
    store = new KeyValueStore({ arn: ARN, locations: 8, propagationMs: 600, seed: 7 });
  });
  afterEach(() => {
    store.close();
    jest.useRealTimers();
  });

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers of several operations
  const call = (operation: string, input: object = {}): Promise<any> =>
    (store.model[operation] as Operation)({ KvsARN: ARN, ...input }, { name: 'operator' });
  const put = async (value: string, key = 'route') => {
    const { ETag } = await call('DescribeKeyValueStore');
    return call('PutKey', { Key: key, Value: value, IfMatch: ETag });
  };
  const seen = () => Array.from({ length: 8 }, (_, location) => store.at(location).get('route'));

  test('of two writers with the same ETag one wins', async () => {
    const { ETag } = await call('DescribeKeyValueStore');

    const results = await Promise.allSettled([
      call('PutKey', { Key: 'route', Value: 'mine', IfMatch: ETag }),
      call('PutKey', { Key: 'route', Value: 'yours', IfMatch: ETag }),
    ]);

    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
    expect(results[1]).toMatchObject({ reason: { name: 'ConflictException' } });
    expect((await call('GetKey', { Key: 'route' })).Value).toBe('mine');
  });

  test('the ETag is the whole store’s: a write of another key makes it stale', async () => {
    const { ETag } = await call('DescribeKeyValueStore');
    await put('x', 'other');

    await expect(call('PutKey', { Key: 'route', Value: 'v', IfMatch: ETag })).rejects.toMatchObject({
      name: 'ConflictException',
    });
  });

  test('each location sees a write in its own time, and all of them in the end', async () => {
    await put('one');
    const moments = new Map<number, number>();
    store.on('arrival', ({ location }) => moments.set(location, Date.now()));

    expect(seen().every((value) => value === undefined)).toBe(true);
    jest.advanceTimersByTime(600);

    expect(seen()).toEqual(Array(8).fill('one'));
    expect(new Set(moments.values()).size).toBeGreaterThan(4);
  });

  test('no location goes back to an older value', async () => {
    await put('1');
    jest.advanceTimersByTime(100);
    await put('2');
    jest.advanceTimersByTime(50);
    await put('3');
    const newest = Array(8).fill(0) as number[];

    for (let ms = 0; ms < 700; ms += 1) {
      jest.advanceTimersByTime(1);
      seen().forEach((value, location) => {
        expect(Number(value ?? 0)).toBeGreaterThanOrEqual(newest[location] as number);
        newest[location] = Number(value ?? 0);
      });
    }

    expect(newest).toEqual(Array(8).fill(3));
  });

  test.each([
    ['a value above 1 KB', { Puts: [{ Key: 'k', Value: 'x'.repeat(1025) }] }],
    ['a key above 512 bytes', { Puts: [{ Key: 'k'.repeat(513), Value: '' }] }],
    ['more than 50 keys', { Puts: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' })) }],
  ])('%s is refused, and nothing of the update is done', async (_what, update) => {
    const { ETag } = await call('DescribeKeyValueStore');
    const withGood = { Puts: [{ Key: 'good', Value: 'v' }, ...update.Puts] };

    await expect(call('UpdateKeys', { ...withGood, IfMatch: ETag })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    expect(store.latest('good')).toBeUndefined();
  });

  test('a missing key is a ResourceNotFoundException', async () => {
    await expect(call('GetKey', { Key: 'route' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
