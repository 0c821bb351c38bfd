// One file for jest: starting one costs more than these tests.
import './cache-user.cases';
import { type Administrator, signIn, type Stage } from '../../lambda/rotate-secret/administrator';
import { isMendUsers, mendUsers } from '../../lambda/rotate-secret/mend';
import {
  otherUser,
  rotate,
  userPrefix,
  type Credentials,
  type Secrets,
  type Users,
} from '../../lambda/rotate-secret/rotate';

const SECRET = 'arn:secret';
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
const WHERE = { host: 'db', port: 5432, dbname: 'notes' };
const FIRST: Credentials = { role: 'application', username: 'notes_a', password: 'first', ...WHERE };
const ADMINISTRATOR: Credentials = { role: 'administrator', username: 'admin', password: 'first', ...WHERE };

/** Secrets Manager's versions, in memory. */
class MemorySecrets implements Secrets {
  readonly versions: Map<string, { labels: string[]; value?: Credentials }>;
  private passwords = 0;

  constructor(first = FIRST) {
    this.versions = new Map([['v0', { labels: ['AWSCURRENT'], value: first }]]);
  }

  begin(version: string): void {
    this.versions.set(version, { labels: ['AWSPENDING'] });
  }

  async labels(_: string, version: string) {
    return this.versions.get(version)?.labels ?? [];
  }

  async current() {
    return [...this.versions.values()].find(({ labels }) => labels.includes('AWSCURRENT'))!.value!;
  }

  async pending(_: string, version: string) {
    return this.versions.get(version)?.value;
  }

  async put(_: string, version: string, value: Credentials) {
    this.versions.get(version)!.value = value;
  }

  async makeCurrent(_: string, version: string) {
    for (const each of this.versions.values()) each.labels = each.labels.filter((label) => label !== 'AWSCURRENT');
    this.versions.get(version)!.labels = ['AWSCURRENT', 'AWSPENDING'];
  }

  async randomPassword() {
    return `random-${++this.passwords}`;
  }
}

/** Users by name with their passwords. */
class MemoryUsers implements Users {
  readonly passwords: Record<string, string> = {};

  async prepare({ username, password }: Credentials) {
    this.passwords[username] = password;
  }

  async prepareAdministrator({ username, password }: Credentials) {
    this.passwords[username] = password;
  }

  async test({ username, password }: Credentials) {
    if (this.passwords[username] !== password) throw new Error('password authentication failed');
  }
}

async function run(secrets: MemorySecrets, users: MemoryUsers, version: string, times = 1) {
  secrets.begin(version);
  for (const Step of STEPS) {
    for (let i = 0; i < times; i++)
      await rotate({ SecretId: SECRET, ClientRequestToken: version, Step }, secrets, users);
  }
}

describe('a rotation', () => {
  it.each([1, 2])('changes to the other user and leaves the first one alone (each step %d times)', async (times) => {
    const secrets = new MemorySecrets();
    const users = new MemoryUsers();
    users.passwords.notes_a = 'first';

    await run(secrets, users, 'v1', times);

    expect(await secrets.current()).toEqual({ ...FIRST, username: 'notes_b', password: 'random-1' });
    expect(users.passwords).toEqual({ notes_a: 'first', notes_b: 'random-1' });
  });

  it('comes back to the first user, with a new password, the second time', async () => {
    const secrets = new MemorySecrets();
    const users = new MemoryUsers();

    await run(secrets, users, 'v1');
    await run(secrets, users, 'v2');

    expect(await secrets.current()).toMatchObject({ username: 'notes_a', password: 'random-2' });
    expect(users.passwords).toEqual({ notes_a: 'random-2', notes_b: 'random-1' });
  });

  it("changes the administrator's password and not its name, for there is one administrator", async () => {
    const secrets = new MemorySecrets(ADMINISTRATOR);
    const users = new MemoryUsers();

    await run(secrets, users, 'v1');

    expect(await secrets.current()).toEqual({ ...ADMINISTRATOR, password: 'random-1' });
    expect(users.passwords).toEqual({ admin: 'random-1' });
  });

  it('leaves the secret as it was when the user cannot sign in', async () => {
    const secrets = new MemorySecrets();
    const users = new MemoryUsers();
    users.test = async () => Promise.reject(new Error('no route to host'));

    await expect(run(secrets, users, 'v1')).rejects.toThrow('no route to host');

    expect(await secrets.current()).toEqual(FIRST);
  });

  it('refuses a version that is not being rotated to', async () => {
    const event = { SecretId: SECRET, ClientRequestToken: 'v9', Step: 'createSecret' } as const;
    await expect(rotate(event, new MemorySecrets(), new MemoryUsers())).rejects.toThrow('version v9 of the secret');
  });

  it('refuses a step out of order', async () => {
    const secrets = new MemorySecrets();
    secrets.begin('v1');
    const event = { SecretId: SECRET, ClientRequestToken: 'v1', Step: 'setSecret' } as const;
    await expect(rotate(event, secrets, new MemoryUsers())).rejects.toThrow('createSecret comes first');
  });
});

describe('the administrator signs in', () => {
  const refused = (code: string) => Object.assign(new Error('password authentication failed'), { code });
  const as = (password: string): Administrator => ({ username: 'admin', password });

  /** Signs in to a database that takes one password. @returns with which, whether it is overdue, and what was tried */
  async function attempt(takes: string, versions: Partial<Record<Stage, string>>, code = '28P01') {
    const tried: string[] = [];
    const secret = async (stage: Stage) => {
      const password = versions[stage];
      return password === undefined ? undefined : as(password);
    };
    const open = async ({ password }: Administrator) => {
      tried.push(password);
      if (password !== takes) throw refused(code);
      return password;
    };
    return { ...(await signIn('db.test', secret, open)), tried };
  }

  it.each<[string, string, Partial<Record<Stage, string>>, object]>([
    ['with the current version', 'now', { AWSCURRENT: 'now', AWSPENDING: 'next' }, { tried: ['now'] }],
    [
      'with the pending one, while its own rotation is under way',
      'next',
      { AWSCURRENT: 'now', AWSPENDING: 'next', AWSPREVIOUS: 'before' },
      { tried: ['now', 'next'] },
    ],
    [
      'with the one before, where the database was restored before the last rotation, which is overdue then',
      'before',
      { AWSCURRENT: 'now', AWSPREVIOUS: 'before' },
      { tried: ['now', 'before'], overdue: as('now') },
    ],
  ])('%s', async (_when, takes, versions, expected) => {
    expect(await attempt(takes, versions)).toEqual({ connection: takes, ...expected });
    expect(await attempt(takes, versions, 'ER_ACCESS_DENIED_ERROR')).toMatchObject({ connection: takes });
  });

  it('with the current one, read anew, when its rotation came to its end in between', async () => {
    const asked: Stage[] = [];
    const secret = async (stage: Stage) => {
      asked.push(stage);
      if (stage === 'AWSCURRENT') return as(asked.length === 1 ? 'before' : 'now');
      return stage === 'AWSPREVIOUS' ? as('before') : undefined;
    };
    const open = async ({ password }: Administrator) => (password === 'now' ? 'in' : Promise.reject(refused('28000')));

    expect(await signIn('db.test', secret, open)).toEqual({ connection: 'in' });
  });

  it('with none of them: the error says what to do, and no password', async () => {
    const attempted = attempt('other', { AWSCURRENT: 'now', AWSPREVIOUS: 'before' });

    await expect(attempted).rejects.toThrow(
      /^db\.test takes none of .* of admin .*asked for again.*modify-db-instance/,
    );
    await expect(attempted).rejects.not.toThrow(/now|before/);
  });

  it('once, where nobody answers', async () => {
    const open = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
    const secret = async () => as('now');

    await expect(signIn('db.test', secret, open)).rejects.toThrow('connect ECONNREFUSED');
  });
});

describe('names', () => {
  it('come in pairs', () => {
    expect([otherUser('notes_a'), otherUser('notes_b')]).toEqual(['notes_b', 'notes_a']);
    expect(userPrefix('notes', 'application')).toBe('notes');
    expect(userPrefix('notes', 'verifier')).toBe('notes_verifier');
  });

  it('of another form are refused', () => {
    expect(() => otherUser('postgres')).toThrow('the user "postgres" is not one of a pair');
  });
});

describe('the users of a restored database', () => {
  const version = (username: string, password: string): Credentials => ({ ...FIRST, username, password });
  const store = {
    labeled: async (secret: string, stage: Stage) => {
      if (stage === 'AWSCURRENT') return version(`${secret}_b`, 'now');
      return secret === 'new' || stage === 'AWSPENDING' ? undefined : version(`${secret}_a`, 'before');
    },
  };

  it('are those that a running task may hold, made on the restored instance', async () => {
    const users = new MemoryUsers();
    const places: string[] = [];
    users.test = async ({ host, port }) => void places.push(`${host}:${port}`);

    const event = { mendUsersOf: { host: 'restored' } };
    const mended = await mendUsers(event, ['app', 'new'], store, users);

    expect(mended).toEqual({ users: ['app_a', 'app_b', 'new_b'] });
    expect(users.passwords).toEqual({ app_a: 'before', app_b: 'now', new_b: 'now' });
    expect(new Set(places)).toEqual(new Set(['restored:5432']));
  });

  it('are those of a rotation under way, too: it made its user in the database that this one replaces', async () => {
    const users = new MemoryUsers();
    const labeled = async (secret: string, stage: Stage) =>
      stage === 'AWSPENDING' ? version('app_a', 'coming') : store.labeled(secret, stage);

    await mendUsers({ mendUsersOf: { host: 'restored' } }, ['app'], { labeled }, users);

    expect(users.passwords).toEqual({ app_a: 'coming', app_b: 'now' });
  });

  it('are asked for by an event that no rotation has', () => {
    expect(isMendUsers({ mendUsersOf: { host: 'restored' } })).toBe(true);
    expect(isMendUsers({ SecretId: SECRET, ClientRequestToken: 'v1', Step: 'setSecret' })).toBe(false);
  });
});
