import type { LedgerEvent, ReleaseRecord } from '../lambda/aws/ledger';
import { eventLine } from './event-words';
import { CliError, EXIT, type ExitCode } from './exit';
import { formatSpan } from './format';
import { executionArn, readPlaces, readRelease } from './operations';
import type { Session } from './session';

/** How a release is followed. */
export interface FollowOptions {
  /** Prints events and end as JSON, a line each. @default false */
  readonly json?: boolean;
  /** Stops when somebody has to approve: what a CI job with limited time wants. @default false */
  readonly untilApproval?: boolean;
  /** Seconds between two questions. @default 2, on the local mode 0.5 */
  readonly interval?: number;
  /** Known to whoever started the release. @default - asked for when the ledger does not know the release */
  readonly execution?: string;
}

/** How a release ended, or that it waits. */
type Followed = Pick<ReleaseRecord, 'outcome' | 'reason'> & { readonly waits?: true };

/** Answers that may fail in a row before following gives up: with pauses of 2 s, about as long as a network hiccup. */
const FAILURES = 15;

/**
 * Prints what happens in a release as it happens, until it has ended. A terminal shows how long it has been waited
 * since; elsewhere there is a line for each event.
 *
 * @returns the exit code that tells how it ended.
 */
export async function follow(session: Session, release: string, options: FollowOptions = {}): Promise<ExitCode> {
  const { terminal, where } = session;
  const stop = new AbortController();
  const forget = terminal.onInterrupt(() => stop.abort());
  try {
    const followed = await followToEnd(session, release, options, stop.signal);
    terminal.live(undefined);
    return tellEnd(session, release, followed, options);
  } catch (error) {
    terminal.live(undefined);
    if (!stop.signal.aborted) throw error;
    terminal.err(`${release} goes on; follow it again with: greenroom watch ${release} ${where}`);
    return EXIT.interrupted;
  } finally {
    forget();
  }
}

async function followToEnd(
  session: Session,
  release: string,
  options: FollowOptions,
  signal: AbortSignal,
): Promise<Followed> {
  const { terminal, local } = session;
  const interval = (options.interval ?? (local === undefined ? 2 : 0.5)) * 1000;
  const told = new Told(terminal, options.json ?? false);
  let failures = 0;
  let hinted = false;
  while (true) {
    try {
      const end = await lookOnce(session, release, told, options.execution);
      failures = 0;
      if (end !== undefined) return end;
      if (told.waitsForApproval && !hinted) for (const line of approvalHints(session, release)) terminal.err(line);
      hinted ||= told.waitsForApproval;
      if (told.waitsForApproval && options.untilApproval) return { waits: true };
    } catch (error) {
      if (!(error instanceof CliError) || !error.transient || ++failures >= FAILURES) throw error;
      if (failures === 1) terminal.err(`${error.message}; still trying`);
    }
    terminal.live(`… ${formatSpan(terminal.now() - told.at)} since ${told.last}`);
    await terminal.sleep(interval, signal);
  }
}

/** Tells what is new. @returns how the release ended, once it has. */
async function lookOnce(
  { cloud }: Session,
  release: string,
  told: Told,
  execution: string | undefined,
): Promise<Followed | undefined> {
  const { record, events } = await readRelease(cloud, release);
  told.tell(events);
  if (record === null) return refusal(cloud, release, execution);
  return record.outcome === undefined ? undefined : record;
}

/** The events that have been printed, each once. */
class Told {
  private readonly seen = new Set<string>();
  /** When the last one was printed. */
  at: number;
  last = 'its start';

  constructor(
    private readonly terminal: Session['terminal'],
    private readonly json: boolean,
  ) {
    this.at = terminal.now();
  }

  tell(events: readonly LedgerEvent[]): void {
    for (const event of events.filter(({ event: id }) => !this.seen.has(id))) {
      this.seen.add(event.event);
      this.terminal.out(this.json ? JSON.stringify(event) : eventLine(event));
      this.at = this.terminal.now();
      this.last = event.event;
    }
  }

  get waitsForApproval(): boolean {
    return this.seen.has('AwaitApproval') && !this.seen.has('Decision');
  }
}

/** A release that the ledger does not know is about to be opened, or was refused, or was never started. */
async function refusal(cloud: Session['cloud'], release: string, known?: string): Promise<Followed | undefined> {
  const arn = known ?? executionArn((await readPlaces(cloud)).stateMachineArn, release);
  const execution = await cloud.describeExecution(arn);
  if (execution === undefined && known !== undefined) {
    // Step Functions may not yet tell of what it has just begun.
    throw new CliError(`Step Functions does not know ${release}, which it started: try again`, undefined, {
      transient: true,
    });
  }
  if (execution === undefined) {
    throw new CliError(`there is no release ${release} here: "greenroom history" lists those that there are`);
  }
  // It may have been opened, and even have ended, since the ledger was asked.
  if (execution.status === 'RUNNING' || (await readRelease(cloud, release)).record !== null) return undefined;
  return {
    outcome: 'failed',
    reason: execution.cause ?? execution.error ?? `its execution ended as ${execution.status}`,
  };
}

function approvalHints({ where }: Session, release: string): string[] {
  return [
    `see it: greenroom preview ${release} ${where}`,
    `decide: greenroom approve ${release} ${where} (or reject, with --reason)`,
  ];
}

/** What somebody who started a release, a migration or a restore wanted. */
const GOOD_ENDS: readonly string[] = ['released', 'migrated', 'restored', 'planned'];

function tellEnd({ terminal }: Session, release: string, followed: Followed, { json }: FollowOptions): ExitCode {
  const { outcome, reason = 'no reason was recorded', waits } = followed;
  if (json) terminal.out(JSON.stringify(waits ? { release, waits } : { release, outcome, reason }));
  if (waits) return EXIT.ok;
  if (!json) terminal.out(`${release} ${outcome}: ${reason.replace(/\s*\n\s*/g, ' ')}`);
  return GOOD_ENDS.includes(outcome ?? '') ? EXIT.ok : EXIT.notReleased;
}
