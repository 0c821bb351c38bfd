import type { PersonOptions, RepositoryOptions } from './options/access';
import type { CacheOptions, DatabaseOptions } from './options/data';
import type { EnvironmentOptions } from './options/environment';
import type { ContainerOptions } from './options/fleet';

// Options by topic.
export type * from './options/environment'; // an environment, and how its releases go
export type * from './options/release'; // approval, traffic, scan, freeze, smoke checks
export type * from './options/fleet'; // container, size, alarms
export type * from './options/data'; // database, backups, cache, migrations
export type * from './options/edge'; // domain, firewall, console
export type * from './options/access'; // who people are, and which repository releases
export type { DurationText } from './duration';

/** What a user writes in `greenroom.config.ts`. Every option that has a default may be left out. */
export interface GreenroomOptions {
  readonly application: ApplicationOptions;
  readonly repository: RepositoryOptions;
  readonly container: ContainerOptions;
  readonly database: DatabaseOptions;
  /**
   * A cache that both colors share: Valkey on ElastiCache. Every environment has one then, unless it says otherwise.
   * @default - there is none, but in environments that ask for one
   */
  readonly cache?: CacheOptions;
  /**
   * Who has which names, so that nobody approves under one name what was asked for under another. Once anybody is
   * listed, whoever is not listed may neither approve nor have a release approved, where `approval.allowRequester` is
   * off: an unknown name could be anybody's.
   * @default [] - names are compared as they are, with a warning
   */
  readonly people?: readonly PersonOptions[];
  /** At least one; the names are unique. */
  readonly environments: readonly EnvironmentOptions[];
}

export interface ApplicationOptions {
  /**
   * First part of every physical name: lower-case letters, digits and single hyphens, starting with a letter.
   * Application and environment name have at most 25 characters together, since a load balancer's name has 32.
   */
  readonly name: string;
}
