import { policy } from '../aws/settings';
import type { UpdateOptions } from '../migrator/runner';

/** What Lambda tells of the time that is left; the task of a migration does the same. */
export interface Invocation {
  getRemainingTimeInMillis?(): number;
}

/** Left over at the end for taking a changeset back, freeing the locks and answering. */
const RESERVE_MS = 20_000;
/** Without a context (a test, a command line) this is the time for one invocation. */
const STANDARD_TIME_MS = 60_000;

/** How an invocation changes the schema: in whose name, and for how long. Asked for first, since the time runs. */
export function schemaChange(release: { readonly id: string }, invocation?: Invocation): UpdateOptions {
  const timeMs = invocation?.getRemainingTimeInMillis?.() ?? STANDARD_TIME_MS;
  const { application, environment } = policy();
  return {
    contexts: [environment],
    holder: `${application}-${environment} ${release.id}`,
    budgetMs: Math.max(1_000, timeMs - RESERVE_MS),
    lockWaitMs: 60_000,
    onProgress: (message) => console.log(message),
  };
}
