import {
  otherUser,
  ownerOf,
  rotate,
  type Credentials,
  type Secrets,
  type Users,
} from '../../lambda/rotate-secret/rotate';

const SECRET = 'arn:secret';
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
const FIRST: Credentials = { username: 'notes_a', password: 'first', host: 'db', port: 5432, dbname: 'notes' };

/** Secrets Manager's versions, in memory. */
class MemorySecrets implements Secrets {
  readonly versions = new Map<string, { labels: string[]; value?: Credentials }>([
    ['v0', { labels: ['AWSCURRENT'], value: FIRST }],
  ]);
  private passwords = 0;

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

describe('names', () => {
  it('come in pairs', () => {
    expect([otherUser('notes_a'), otherUser('notes_b')]).toEqual(['notes_b', 'notes_a']);
    expect([ownerOf('notes_a'), ownerOf('notes_b')]).toEqual(['notes_owner', 'notes_owner']);
  });

  it('of another form are refused', () => {
    expect(() => otherUser('postgres')).toThrow('the user "postgres" is not one of a pair');
  });
});
