import { outcomeOf } from '../domain/errors';
import { keptSnapshot } from '../domain/snapshot-name';
import type { ReleaseEnd, ReleaseKind, ReleaseRequest, ReleaseState } from '../domain/release';
import { isRunning, stopExecution } from './executions';
import { addEvent, endRecord, listUnfinished, markStop, openRecord, type ReleaseRecord } from './ledger';
import { listEvents } from './release-events';
import { tellEnd } from './tell-end';
import { leaveTurn, readTurn, tellTurn } from './turns';

/** The three who call: the state machine's Catch, the event rule on an execution's end, and the scheduled sweep. */
export type RecoverEvent =
  | (Pick<ReleaseState, 'execution' | 'error'> & Partial<Pick<ReleaseState, 'request'>>)
  | { readonly detail: ExecutionEnd }
  | { readonly sweep: true };

interface ExecutionEnd {
  readonly name: string;
  readonly executionArn: string;
  readonly status: string;
  /** What the execution was started with, as JSON. */
  readonly input?: string | null;
  /** Milliseconds since 1970. */
  readonly startDate?: number;
}

/** What differs between the strategies. Both acts may be repeated, and both act only on the release's own traces. */
export interface RecoveryActs {
  /** What the sweep looks after; another recovery looks after the rest. */
  readonly kinds: readonly ReleaseKind[];
  /**
   * Takes the traces of a release that did not end well out of traffic and fleets, or of a restore out of the database.
   *
   * @returns how it ended after all, when there was no way back any more
   */
  withdraw(release: string): Promise<ReleaseEnd | void>;
  /**
   * Sends viewers back without asking the ledger, where it is sure that the release was not complete. The rest follows
   * when the ledger answers again. @default - nobody can be sent back
   */
  sendBack?(release: string, found: ReleaseEnd): Promise<void>;
  /** What stays although nobody uses it, and costs, in words for the reason of the end. @default - nothing */
  leaves?(release: string): Promise<string | undefined>;
  /** Does what is left to do for a release that is recorded as released. */
  finish(record: ReleaseRecord): Promise<void>;
  /** What the sweep looks after beside releases. @default - nothing */
  settle?(): Promise<void>;
}

/** Longer than a release can take: an approval may be waited for for 30 days. */
const SWEEP_DAYS = 45;

/** Of a failed task's last log lines as much as people read; more would fit neither a message nor a record. */
const REASON_CHARACTERS = 4_000;

/**
 * Brings a release to its end: how it ends is written down first, then traffic and fleet, then the turn, the ledger and
 * people. Repeating it is harmless, and the first end that was written down stays.
 */
export async function recoverFrom(
  event: RecoverEvent,
  acts: RecoveryActs,
): Promise<ReleaseEnd | { readonly swept: number }> {
  if ('sweep' in event) return { swept: await sweep(acts) };
  if ('detail' in event) {
    const { name, executionArn: arn, status, input, startDate } = event.detail;
    const found = { outcome: 'failed' as const, reason: `its execution ended as ${status}` };
    const startedAt = new Date(startDate ?? Date.now()).toISOString();
    // EventBridge leaves an input out that is too long for it.
    const end = await recover(name, found, acts, unopened({ arn, name, startedAt }, JSON.parse(input || '{}')));
    // Somebody may have redriven it meanwhile: without a turn it can do nothing but wait for an approval in vain.
    await stopExecution(arn, 'TurnLost', 'its release has ended; start another one');
    return end;
  }
  const { execution, request, error = { Error: 'Unknown', Cause: 'no error was passed on' } } = event;
  const reason = `${error.Error}: ${messageOf(error.Cause)}`.slice(0, REASON_CHARACTERS);
  const end = { outcome: outcomeOf(error.Error), reason };
  return recover(execution.name, end, acts, request === undefined ? undefined : unopened(execution, request));
}

/** @param unopenedRecord what is recorded where OpenRelease did not; by its execution a name is told from a twin's */
async function recover(
  release: string,
  found: ReleaseEnd,
  acts: RecoveryActs,
  unopenedRecord?: ReleaseRecord,
): Promise<ReleaseEnd> {
  const execution = unopenedRecord?.execution;
  let known = await markStop(release, found.outcome, found.reason, execution).catch(async (error: unknown) => {
    // The ledger cannot say how the release has to end; viewers do not wait for it.
    await acts.sendBack?.(release, found).catch((problem: unknown) => console.error(String(problem)));
    throw error;
  });
  if (known === undefined) {
    // It was refused before it was opened: people are told and the ledger knows all the same.
    if (unopenedRecord === undefined) return found;
    await openRecord(unopenedRecord);
    known = (await markStop(release, found.outcome, found.reason)) ?? unopenedRecord;
  }
  if (execution !== undefined && known.execution !== execution) {
    // The state machines share the ledger: the name is another one's, and so is everything that goes by it.
    const whose = known.execution || 'a revert';
    return {
      ...found,
      reason: `${found.reason}; its name is that of ${whose}, which was left alone: choose another name`,
    };
  }
  let end = known.stop ?? found;
  if (known.outcome === 'released') await acts.finish(known);
  if (known.outcome === undefined) {
    end = await withRestorePoint(release, (await acts.withdraw(release)) ?? end);
    const left = await acts.leaves?.(release);
    if (left !== undefined) end = { ...end, reason: `${end.reason}; ${left}` };
    await addEvent(release, 'RecoverRelease', { outcome: end.outcome, reason: end.reason });
  }
  await leaveTurn(release);
  const record = await endRecord(release, end.outcome, end.reason);
  await tellEnd(record);
  return { outcome: record.outcome ?? end.outcome, reason: record.reason ?? end.reason };
}

/** The reason names the snapshot from before a release's migrations, which is kept after an end like these. */
async function withRestorePoint(release: string, end: ReleaseEnd): Promise<ReleaseEnd> {
  if (end.outcome !== 'failed' && end.outcome !== 'reverted') return end;
  const taken = (await listEvents(release)).find(({ event }) => event === 'SnapshotDatabase');
  return taken === undefined ? end : { ...end, reason: `${end.reason}; ${keptSnapshot(String(taken.snapshot))}` };
}

/**
 * Ends every release whose execution runs no more, and tells what nobody was told of. One release that cannot be ended
 * does not keep the others from their end.
 */
async function sweep(acts: RecoveryActs): Promise<number> {
  const since = new Date(Date.now() - SWEEP_DAYS * 24 * 3_600_000);
  const problems: unknown[] = [];
  let swept = 0;
  for (const { id, kind, execution, startedAt } of await withHolder(await listUnfinished(since))) {
    if (!acts.kinds.includes(kind)) continue;
    try {
      if (await isRunning({ execution, startedAt })) continue;
      await recover(id, { outcome: 'failed', reason: 'its execution runs no more' }, acts);
      swept++;
    } catch (problem) {
      console.error(`${id} could not be brought to its end: ${String(problem)}`);
      problems.push(problem);
    }
  }
  await tellTurn(await readTurn());
  await acts.settle?.();
  if (problems.length > 0) throw problems[0];
  return swept;
}

/** A turn that was granted to a release which had ended already: nothing of it is unfinished but the turn. */
async function withHolder(unfinished: readonly ReleaseRecord[]): Promise<readonly Swept[]> {
  const { holder } = await readTurn();
  if (holder === null || unfinished.some(({ id }) => id === holder.release)) return unfinished;
  return [...unfinished, { ...holder, id: holder.release }];
}

type Swept = Pick<ReleaseRecord, 'id' | 'kind' | 'execution' | 'startedAt'>;

/**
 * What the ledger keeps of a release that never came as far as OpenRelease's record.
 *
 * @param input anything: whoever may start an execution chooses it
 */
function unopened(execution: ReleaseState['execution'], input: unknown): ReleaseRecord {
  const request: Partial<ReleaseRequest> = typeof input === 'object' && input !== null ? input : {};
  const text = (value: unknown) => String(value).slice(0, 128);
  return {
    id: execution.name,
    kind: kindOf(request),
    version: text(request.version ?? ''),
    digest: '',
    actor: text(request.actor),
    changelog: { key: '', sha256: '' },
    execution: execution.arn,
    startedAt: execution.startedAt,
  };
}

function kindOf(request: object): ReleaseKind {
  if ('action' in request) return 'migration';
  if ('source' in request) return 'restore';
  return 'kind' in request && request.kind === 'revert' ? 'revert' : 'release';
}

/** A Lambda's error arrives as JSON with the message inside. */
function messageOf(cause: string): string {
  try {
    return (JSON.parse(cause) as { errorMessage?: string }).errorMessage ?? cause;
  } catch {
    return cause;
  }
}
