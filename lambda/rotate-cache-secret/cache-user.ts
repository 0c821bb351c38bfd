import { DescribeUsersCommand, ElastiCacheClient, ModifyUserCommand } from '@aws-sdk/client-elasticache';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rotation } from '../rotate-secret/steps';

/** What the secret of the cache holds. */
export interface CacheCredentials {
  /** What tasks sign in as; ElastiCache knows the user by this id, too. */
  readonly username: string;
  readonly password: string;
}

/** ElastiCache needs seconds to bring a user's change to all nodes; Secrets Manager comes again when it takes longer. */
const LOOKS = 20;

/**
 * The user of the cache. ElastiCache keeps two passwords a user, made for this: the next one is let in beside the current
 * one, so that running tasks keep working until the rotation after this. One user does what the database needs two for.
 *
 * The function has no way into the network and signs in nowhere: ElastiCache says itself when the passwords count.
 */
export class CacheUser implements Rotation<CacheCredentials> {
  private readonly client = new ElastiCacheClient({});

  /** @param pause milliseconds between two looks at a change that is under way */
  constructor(private readonly pause = 2_000) {}

  next(current: CacheCredentials, password: string): CacheCredentials {
    return { ...current, password };
  }

  async prepare({ username, password }: CacheCredentials, current: CacheCredentials): Promise<void> {
    // While a user is being changed ElastiCache refuses another change.
    await this.settled(username);
    await this.client.send(new ModifyUserCommand({ UserId: username, Passwords: [password, current.password] }));
  }

  async test({ username }: CacheCredentials): Promise<void> {
    const passwords = await this.settled(username);
    if (passwords !== 2) throw new Error(`the user ${username} of the cache has ${passwords} passwords, not two`);
  }

  /** Waits until no change of the user is under way. @returns how many passwords it has */
  private async settled(username: string): Promise<number> {
    for (let look = 1; ; look += 1) {
      const { Users = [] } = await this.client.send(new DescribeUsersCommand({ UserId: username }));
      const { Status: status, Authentication: authentication } = Users[0] ?? {};
      if (status === 'active') return authentication?.PasswordCount ?? 0;
      if (look === LOOKS) throw new Error(`the user ${username} of the cache is "${status}", not active; rotate again`);
      await sleep(this.pause);
    }
  }
}
