import { outcomeOf } from '../domain/errors';
import type { ReleaseEnd, ReleaseState } from '../domain/release';
import { isRunning } from './executions';
import { addEvent, endRecord, listRecords, readRecord } from './ledger';
import { tellEnd } from './tell-end';
import { leaveTurn } from './turns';

/** The three who call: the state machine's Catch, the event rule on an execution's end, and the scheduled sweep. */
export type RecoverEvent =
  | Pick<ReleaseState, 'execution' | 'error'>
  | { readonly detail: { readonly name: string; readonly executionArn: string; readonly status: string } }
  | { readonly sweep: true };

/** The sweep looks at this many of the newest releases. */
const SWEEP_RELEASES = 50;

/**
 * Brings a release to its end: traffic and fleet first, by `withdraw`, then the turn, the ledger and people. Repeating
 * it is harmless: `withdraw` acts only while the release's traces are there, and the first end recorded stays.
 */
export async function recoverFrom(
  event: RecoverEvent,
  withdraw: (release: string) => Promise<void>,
): Promise<ReleaseEnd | { readonly swept: number }> {
  if ('sweep' in event) return { swept: await sweep(withdraw) };
  if ('detail' in event) {
    const { name, status } = event.detail;
    return recover(name, { outcome: 'failed', reason: `its execution ended as ${status}` }, withdraw);
  }
  const error = event.error ?? { Error: 'Unknown', Cause: 'no error was passed on' };
  const end = { outcome: outcomeOf(error.Error), reason: `${error.Error}: ${messageOf(error.Cause)}` };
  return recover(event.execution.name, end, withdraw);
}

async function recover(
  release: string,
  found: ReleaseEnd,
  withdraw: (release: string) => Promise<void>,
): Promise<ReleaseEnd> {
  const known = await readRecord(release);
  // Nothing was begun for a release that the ledger does not know: it was refused before it was opened.
  if (known === undefined) return found;
  const end = known.stop ?? found;
  if (known.outcome === undefined) {
    await withdraw(release);
    await addEvent(release, 'RecoverRelease', { ...end });
  }
  await leaveTurn(release);
  const record = await endRecord(release, end.outcome, end.reason);
  await tellEnd(record);
  return { outcome: record.outcome ?? end.outcome, reason: record.reason ?? end.reason };
}

/** Ends every release whose execution runs no more, and tells of ends that nobody was told of. */
async function sweep(withdraw: (release: string) => Promise<void>): Promise<number> {
  const open = (await listRecords(SWEEP_RELEASES)).filter(
    ({ outcome, notifiedAt }) => outcome === undefined || notifiedAt === undefined,
  );
  let swept = 0;
  for (const { id, execution } of open) {
    if (await isRunning(execution)) continue;
    await recover(id, { outcome: 'failed', reason: 'its execution runs no more' }, withdraw);
    swept++;
  }
  return swept;
}

/** A Lambda's error arrives as JSON with the message inside. */
function messageOf(cause: string): string {
  try {
    return (JSON.parse(cause) as { errorMessage?: string }).errorMessage ?? cause;
  } catch {
    return cause;
  }
}
