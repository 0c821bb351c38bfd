import { signIn, type Stage } from '../../../lambda/rotate-secret/administrator';
import type { SecretVersions } from '../../../lambda/rotate-secret/mend';
import {
  type Credentials,
  type Role,
  ROLES,
  rotate,
  type Secrets,
  type Users,
} from '../../../lambda/rotate-secret/rotate';
import type { FakeInstance, FakeInstances } from './instances';

interface Version {
  readonly id: string;
  labels: Stage[];
  value?: Credentials;
}

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

/** The secrets of a database's users, by role, as Secrets Manager keeps them. */
export class FakeSecrets implements Secrets, SecretVersions {
  private readonly versions: ReadonlyMap<string, Version[]>;
  private made = 0;

  constructor(host: string) {
    const first = (role: Role): Credentials => ({
      role,
      username: role === 'administrator' ? 'greenroom_admin' : `${role}_a`,
      password: 'today',
      host,
      port: 5432,
      dbname: 'notes',
    });
    this.versions = new Map(ROLES.map((role) => [role, [{ id: 'v0', labels: ['AWSCURRENT'], value: first(role) }]]));
  }

  /** What has a label; undefined when nothing has, or no value yet. */
  value(role: string, stage: Stage): Credentials | undefined {
    return this.of(role).find(({ labels }) => labels.includes(stage))?.value;
  }

  /** Of the users of a database that everybody signs in to. */
  passwords(): Record<string, string> {
    const current = ROLES.map((role) => this.value(role, 'AWSCURRENT') as Credentials);
    return Object.fromEntries(current.map(({ username, password }) => [username, password]));
  }

  async labeled(role: string, stage: Stage) {
    return this.value(role, stage);
  }

  async labels(role: string, version: string) {
    return this.of(role).find(({ id }) => id === version)?.labels ?? [];
  }

  async current(role: string) {
    return this.value(role, 'AWSCURRENT') as Credentials;
  }

  async pending(role: string, version: string) {
    return this.of(role).find(({ id }) => id === version)?.value;
  }

  async put(role: string, version: string, value: Credentials) {
    this.of(role).find(({ id }) => id === version)!.value = value;
  }

  async makeCurrent(role: string, version: string) {
    for (const each of this.of(role)) {
      if (each.id === version) each.labels = ['AWSCURRENT', 'AWSPENDING'];
      else each.labels = each.labels.includes('AWSCURRENT') ? ['AWSPREVIOUS'] : [];
    }
  }

  async randomPassword() {
    return `random-${++this.made}`;
  }

  /** Begins a rotation, as Secrets Manager does. @returns its steps; each that failed is asked for again from the first */
  begin(role: Role, users: Users): { to(step: (typeof STEPS)[number]): Promise<void> } {
    const id = `v${this.of(role).length}`;
    for (const each of this.of(role)) each.labels = each.labels.filter((label) => label !== 'AWSPENDING');
    this.of(role).push({ id, labels: ['AWSPENDING'] });
    return {
      to: async (last) => {
        for (const Step of STEPS.slice(0, STEPS.indexOf(last) + 1)) {
          await rotate({ SecretId: role, ClientRequestToken: id, Step }, this, users);
        }
      },
    };
  }

  private of(role: string): Version[] {
    return this.versions.get(role)!;
  }
}

/** The users of whichever instance answers at a host. */
export class FakeUsers implements Users {
  constructor(
    private readonly instances: FakeInstances,
    private readonly secrets: FakeSecrets,
  ) {}

  async prepare({ host, username, password }: Credentials): Promise<void> {
    (await this.administer(host)).users[username] = password;
  }

  async prepareAdministrator(credentials: Credentials): Promise<void> {
    const works = await this.test(credentials).then(
      () => true,
      () => false,
    );
    if (!works) (await this.administer(credentials.host)).users[credentials.username] = credentials.password;
  }

  async test({ host, username, password }: Credentials): Promise<void> {
    this.connect(host, username, password);
  }

  /** @throws Error as a driver does, when nobody answers there, or refuses the password */
  connect(host: string, username: string, password: string): FakeInstance {
    const found = this.instances.at(host);
    if (found === undefined) throw Object.assign(new Error(`connect ECONNREFUSED ${host}`), { code: 'ECONNREFUSED' });
    if (found.users[username] === password) return found;
    throw Object.assign(new Error(`password authentication failed for user "${username}"`), { code: '28P01' });
  }

  private async administer(host: string): Promise<FakeInstance> {
    const { connection, overdue } = await signIn(
      host,
      (stage) => this.secrets.labeled('administrator', stage),
      async ({ username, password }) => this.connect(host, username, password),
    );
    if (overdue) connection.users[overdue.username] = overdue.password;
    return connection;
  }
}
