import type { Route } from '../../lambda/domain/route';
import type { FleetEvent } from '../fleet';
import type { LoadStats, Tick } from '../load';

/** What happens in the theatre, for whoever shows or checks it. */
export type TheatreEvent =
  /** A part is open; `ms` since the theatre began to open. */
  | { readonly type: 'part'; readonly name: string; readonly ms: number }
  | {
      readonly type: 'state';
      /** Release id = execution name. */
      readonly release: string;
      readonly state: string;
      readonly what: 'entered' | 'succeeded' | 'failed' | 'retry';
      readonly error?: string;
      readonly cause?: string;
      readonly ms: number;
    }
  | ({ readonly type: 'fleet' } & FleetEvent)
  /** A route was written. */
  | { readonly type: 'route'; readonly route: Route }
  /** An edge location begins to see a route. */
  | { readonly type: 'arrival'; readonly location: number; readonly route: Route }
  | { readonly type: 'notification'; readonly id: string; readonly subject: string }
  | { readonly type: 'load'; readonly tick: Tick; readonly stats: LoadStats }
  /** A line that a function, the edge or the load wrote. */
  | { readonly type: 'log'; readonly source: string; readonly line: string }
  /** Something that should not happen: a call without permission, a schedule that failed. */
  | { readonly type: 'problem'; readonly source: string; readonly message: string };
