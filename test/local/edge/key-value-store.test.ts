import fc from 'fast-check';
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

  // oxlint-disable-next-line typescript/no-explicit-any -- answers of several operations
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

  test('no location goes back to an older value, however fast the writes follow each other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 2, maxLength: 6 }),
        fc.integer(),
        async (pauses, seed) => {
          store.close();
          store = new KeyValueStore({ arn: ARN, locations: 8, propagationMs: 600, seed });
          const newest = Array(8).fill(0) as number[];
          const advance = (ms: number): void => {
            for (let step = 0; step < ms; step += 7) {
              jest.advanceTimersByTime(7);
              seen().forEach((value, location) => {
                expect(Number(value ?? 0)).toBeGreaterThanOrEqual(newest[location] as number);
                newest[location] = Number(value ?? 0);
              });
            }
          };

          for (const [index, pause] of pauses.entries()) {
            await put(String(index + 1));
            advance(pause);
          }
          advance(601);

          expect(newest).toEqual(Array(8).fill(pauses.length));
        },
      ),
      { numRuns: 30 },
    );
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
