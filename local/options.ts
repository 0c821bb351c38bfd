import type { Broken } from './broken';
import type { TheatreEvent } from './stage/events';

/** What `npm start` can be told. */
export interface PlayOptions {
  readonly yes: boolean;
  readonly broken?: Broken;
  readonly environment: string;
  readonly port?: number;
  readonly consolePort?: number;
  readonly speed: number;
  readonly rate: number;
  readonly versionTag: string;
  readonly seed: number;
  readonly verbose: boolean;
  /** Folder of a cloud assembly to use. @default - it is synthesised */
  readonly assembly?: string;
}

/** What whoever opens the theatre can say of it. */
export interface TheatreOptions {
  /** Name of an environment with strategy blue/green. @default 'production' */
  readonly environment?: string;
  /** Waits, intervals and periods are divided by it. @default 60 */
  readonly speed?: number;
  /** Port of the edge. @default 0, any free one */
  readonly edgePort?: number;
  /** Port of the console. @default 0, any free one */
  readonly consolePort?: number;
  /** Edge locations. @default 8 */
  readonly locations?: number;
  /** Longest time until a location sees a new route, in milliseconds. @default 600 */
  readonly propagationMs?: number;
  /** What steps wait for locations that they cannot see, in milliseconds; twice `propagationMs` is enough. @default 10000, as on AWS */
  readonly settleMs?: number;
  /** Seed of everything that is random. @default 1 */
  readonly seed?: number;
  /** A cloud assembly that was synthesised before. @default - it is synthesised */
  readonly assembly?: string;
  /** Keeps the database's log, so that the database can be restored to any moment. @default false */
  readonly recoverable?: boolean;
  readonly onEvent?: (event: TheatreEvent) => void;
  /** Aborting it stops the opening, and closes what is open by then. */
  readonly signal?: AbortSignal;
}
