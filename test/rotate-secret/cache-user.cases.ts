import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { type CacheCredentials, CacheUser } from '../../lambda/rotate-cache-secret/cache-user';
import { takeStep } from '../../lambda/rotate-secret/steps';

const SECRET = 'arn:secret';
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
const USER = 'notes-production-cache';

/** ElastiCache's user: a change counts after two looks, and another one is refused until then. */
class MemoryCache {
  passwords = ['first'];
  private looksLeft = 0;

  constructor() {
    jest.spyOn(ElastiCacheClient.prototype, 'send').mockImplementation((async ({ constructor, input }: Asked) => {
      expect(input.UserId).toBe(USER);
      if (constructor.name === 'DescribeUsersCommand') {
        const Status = this.looksLeft-- > 0 ? 'modifying' : 'active';
        return { Users: [{ Status, Authentication: { PasswordCount: this.passwords.length } }] };
      }
      if (this.looksLeft > 0) throw new Error('InvalidUserState');
      this.looksLeft = 2;
      this.passwords = input.Passwords as string[];
      return {};
    }) as never);
  }

  stuck(): void {
    this.looksLeft = Infinity;
  }
}

interface Asked {
  readonly constructor: { readonly name: string };
  readonly input: { readonly UserId?: string; readonly Passwords?: string[] };
}

/** Secrets Manager's versions, in memory. */
function secretStore() {
  const versions = new Map<string, { labels: string[]; value?: CacheCredentials }>([
    ['v0', { labels: ['AWSCURRENT'], value: { username: USER, password: 'first' } }],
  ]);
  const current = () => [...versions.values()].find(({ labels }) => labels.includes('AWSCURRENT'));
  let made = 0;
  return {
    begin: (version: string) => void versions.set(version, { labels: ['AWSPENDING'] }),
    labels: async (_: string, version: string) => versions.get(version)?.labels ?? [],
    current: async () => current()!.value!,
    pending: async (_: string, version: string) => versions.get(version)?.value,
    put: async (_: string, version: string, value: CacheCredentials) => void (versions.get(version)!.value = value),
    makeCurrent: async (_: string, version: string) => {
      current()!.labels = [];
      versions.get(version)!.labels = ['AWSCURRENT'];
    },
    randomPassword: async () => `random-${++made}`,
  };
}

async function rotate(store: ReturnType<typeof secretStore>, version: string, times = 1): Promise<void> {
  store.begin(version);
  for (const Step of STEPS) {
    for (let i = 0; i < times; i += 1) {
      await takeStep({ SecretId: SECRET, ClientRequestToken: version, Step }, store, new CacheUser(0));
    }
  }
}

afterEach(() => jest.restoreAllMocks());

describe('the password of the cache', () => {
  it.each([1, 2])('is let in beside the one before, which running tasks hold (each step %d times)', async (times) => {
    const cache = new MemoryCache();
    const store = secretStore();

    await rotate(store, 'v1', times);

    expect(await store.current()).toEqual({ username: USER, password: 'random-1' });
    expect(cache.passwords).toEqual(['random-1', 'first']);
  });

  it('works until the rotation after the next', async () => {
    const cache = new MemoryCache();
    const store = secretStore();

    await rotate(store, 'v1');
    await rotate(store, 'v2');

    expect(cache.passwords).toEqual(['random-2', 'random-1']);
  });

  it('stays what it was when ElastiCache does not come to an end with the change', async () => {
    const cache = new MemoryCache();
    const store = secretStore();
    cache.stuck();

    await expect(rotate(store, 'v1')).rejects.toThrow(
      `the user ${USER} of the cache is "modifying", not active; rotate again`,
    );

    expect(await store.current()).toMatchObject({ password: 'first' });
  });

  it('is not taken for good when the user does not have both', async () => {
    const cache = new MemoryCache();
    const store = secretStore();
    store.begin('v1');
    const step = (Step: (typeof STEPS)[number]) =>
      takeStep({ SecretId: SECRET, ClientRequestToken: 'v1', Step }, store, new CacheUser(0));
    await step('createSecret');
    await step('setSecret');
    cache.passwords = ['random-1'];

    await expect(step('testSecret')).rejects.toThrow(`the user ${USER} of the cache has 1 passwords, not two`);
  });
});
