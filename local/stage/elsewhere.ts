import type { Theatre } from '../theatre';
import type { TheatreEvent } from './events';

/** Aborted once something happens: the terminal need not ask any more what somebody has decided at the console or with the command line. */
export function happensElsewhere(theatre: Theatre, matches: (event: TheatreEvent) => boolean): AbortSignal {
  const controller = new AbortController();
  const stop = theatre.listen((event) => {
    if (!matches(event)) return;
    stop();
    controller.abort();
  });
  return controller.signal;
}

/** The approval of a release is decided, or void. */
export function approvalEnds(release: string): (event: TheatreEvent) => boolean {
  return (event) =>
    event.type === 'state' &&
    event.release === release &&
    event.state === 'AwaitApproval' &&
    (event.what === 'succeeded' || event.what === 'failed');
}
