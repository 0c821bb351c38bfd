import { setTimeout as sleep } from 'node:timers/promises';
import type { Color } from '../../lambda/domain/color';
import { otherColor } from '../../lambda/domain/color';
import { readPolicy } from '../../lambda/domain/policy';
import type { ReleaseResult, Theatre } from '../theatre';
import type { PlayOptions } from '../options';
import type { Narrator } from '../view/narrator';
import { summary } from '../view/summary';
import { approvalEnds, happensElsewhere } from './elsewhere';
import { linkToPreview } from './preview-link';
import { serving } from './probe';
import { type Cutover, type Turnover, turnoverOf } from './turnover';

/** What the acts need besides the theatre. */
export interface Performance extends PlayOptions {
  readonly narrator: Narrator;
  /** Milliseconds since the epoch. */
  readonly began: number;
  /** Asks a question on the terminal. @returns undefined when it was settled elsewhere before anybody answered */
  readonly ask: (question: string, settled: AbortSignal) => Promise<string | undefined>;
}

const FIRST = 'v1.0.0';
/** The load goes on until it has made at least so many requests. */
const REQUESTS = 10_000;
/** Longer than a route needs to every edge location of the local mode. */
const SEEN_EVERYWHERE_MS = 2_000;

/** The piece: a first release, load, a second release over it, and the way back. Returns the exit code. */
export async function acts(theatre: Theatre, play: Performance): Promise<number> {
  const { narrator, versionTag } = play;
  narrator.line(`edge at ${theatre.url}`);
  if (theatre.console) narrator.line(`console at ${theatre.console}`);
  await Promise.all([theatre.publish(FIRST), theatre.publish(versionTag, { fault: play.broken })]);

  narrator.line(`release ${FIRST}: nothing is live yet, so the program approves it itself`);
  const first = await runRelease(theatre, play, FIRST, () => theatre.startLoad({ rate: play.rate }));
  if (first.outcome !== 'released') return fail(play, `${FIRST} was not released: ${told(first)}`);

  narrator.line(`release ${versionTag}${play.broken ? ` (broken: ${play.broken})` : ''}, with load on ${FIRST}`);
  const second = await runRelease(theatre, play, versionTag);
  return second.outcome === 'released' ? afterRelease(theatre, play) : afterRecovery(theatre, play, second);
}

/** v1.1.0 is live: offer the way back, then count. */
async function afterRelease(theatre: Theatre, play: Performance): Promise<number> {
  if (play.broken) return fail(play, `the broken ${play.versionTag} was released: the workflow did not notice`);
  const problems: string[] = [];
  const live = theatre.route()?.live as Color;
  // A cold revert is a cutover as well.
  const { cutover } = theatre;
  const elsewhere = happensElsewhere(theatre, (event) => event.type === 'route' && event.route.live !== live);
  const reason = await revertReason(theatre, play, elsewhere);
  let revert: Turnover | undefined;
  if (elsewhere.aborted) {
    play.narrator.line(`reverted elsewhere: ${FIRST} is live again`);
    await sleep(SEEN_EVERYWHERE_MS);
    problems.push(...(await wrongVersion(theatre, FIRST)));
  } else if (reason !== undefined) {
    const to = otherColor(live);
    const watch = theatre.parts.edge.edge.served.watch();
    play.narrator.line(`revert: ${reason}`);
    const result = await theatre.revert(reason);
    for (const warning of result.warnings) problems.push(`revert: ${warning}`);
    if (result.execution !== undefined) problems.push(...(await coldRevert(theatre, play, result.execution)));
    revert = turnoverOf(watch, to);
    play.narrator.line(`reverted (${result.kind}): ${FIRST} is live again`);
    problems.push(...(await wrongVersion(theatre, FIRST)));
  }
  return finale(theatre, play, problems, { cutover, revert, mayFail: false, success: 0 });
}

/** Whoever takes longer than the revert window finds no warm color. @returns what went wrong */
async function coldRevert(theatre: Theatre, { narrator }: Performance, execution: string): Promise<string[]> {
  narrator.line(`no color is warm any more: ${FIRST} is deployed again, without migration and approval`);
  narrator.begin(execution.split(':').at(-1) ?? execution);
  const result = await theatre.ended(execution);
  narrator.finish();
  return result.outcome === 'released'
    ? []
    : [`the revert ended as ${result.outcome ?? result.status}: ${told(result)}`];
}

/** The release ended otherwise: v1.0.0 must serve, the turn must be free, the ledger complete. */
async function afterRecovery(theatre: Theatre, play: Performance, result: ReleaseResult): Promise<number> {
  // The whole reason, with the lines of the failed task, stands at the step.
  const [reason] = told(result).split('\n');
  play.narrator.line(`${play.versionTag} ${result.outcome ?? 'has no outcome'}: ${reason}`);
  const problems = await wrongVersion(theatre, FIRST);
  const turn = await theatre.ledger.turn();
  if (turn?.holder) problems.push(`the turn still belongs to ${turn.holder.release}`);
  if (result.outcome === undefined) problems.push(`the ledger has no outcome for ${result.release}`);
  if (problems.length === 0) play.narrator.line(`recovered: ${FIRST} serves and the turn is free`);
  return finale(theatre, play, problems, { mayFail: play.broken === 'errors-after-cutover', success: 3 });
}

interface Ending {
  readonly cutover?: Cutover;
  readonly revert?: Turnover;
  /** Whether requests may have failed: only where the bake has to see failures. */
  readonly mayFail: boolean;
  /** Exit code when everything held. */
  readonly success: number;
}

/** Ends the load, reads every acknowledged write back, and prints the summary. */
async function finale(theatre: Theatre, play: Performance, problems: string[], ending: Ending): Promise<number> {
  const { load } = theatre;
  if (!load) return fail(play, 'there was no load');
  const deadline = Date.now() + (3 * REQUESTS * 1000) / play.rate;
  while (load.stats().requests < REQUESTS && Date.now() < deadline) await sleep(200);
  const report = await load.stop();
  play.narrator.line('the load has ended; every acknowledged write is read back');
  const verification = await load.verify();
  const { missing, different, unreadable } = verification;
  if (missing + different + unreadable > 0)
    problems.push(`acknowledged writes are lost: ${verification.samples.join('; ')}`);
  if (report.failed > 0 && !ending.mayFail) {
    const shown = report.failures.slice(0, 5).map((each) => `${each.kind} (${each.color}): ${each.message}`);
    problems.push(`${report.failed} requests failed: ${shown.join('; ')}`);
  }
  if (report.requests < REQUESTS) problems.push(`only ${report.requests} requests were made`);
  const lines = summary({
    load: report,
    verification,
    cutover: ending.cutover,
    revert: ending.revert,
    changesets: await theatre.appliedChangesets(),
    speed: play.speed,
    ms: Date.now() - play.began,
  });
  play.narrator.plain(['', ...lines, ''].join('\n'));
  for (const problem of problems) play.narrator.line(`✗ ${problem}`);
  return problems.length === 0 ? ending.success : 1;
}

/**
 * Starts a release, decides about it when it asks, and waits for its end.
 *
 * @param onLive called once all viewers get the new version
 */
async function runRelease(
  theatre: Theatre,
  play: Performance,
  version: string,
  onLive: () => Promise<unknown> = async () => undefined,
): Promise<ReleaseResult> {
  const { release, ended } = theatre.start(version);
  play.narrator.begin(release);
  let live: Promise<unknown> = Promise.resolve();
  const stopListening = theatre.listen((event) => {
    if (event.type === 'notification' && event.id === `${release}:approval`) {
      void decide(theatre, play, release, version).catch((error: Error) => {
        // Whoever breaks a question off knows it.
        if (error.name !== 'AbortError') play.narrator.line(`! ${error.message}`);
      });
    }
    if (event.type === 'state' && event.state === 'Bake' && event.what === 'entered' && theatre.load === undefined) {
      live = onLive();
    }
  });
  try {
    const result = await ended;
    play.narrator.finish();
    await live;
    return result;
  } finally {
    stopListening();
  }
}

async function decide(theatre: Theatre, play: Performance, release: string, version: string): Promise<void> {
  if (play.yes || version === FIRST) return theatre.decide(release, 'approve');
  play.narrator.line(`see ${version} before anybody else does: ${linkToPreview(theatre, release)}`);
  if (theatre.console)
    play.narrator.line(
      `approve it here, at ${theatre.console} as somebody of QA, or with "npx greenroom approve ${release} --local"`,
    );
  const settled = happensElsewhere(theatre, approvalEnds(release));
  for (;;) {
    const answer = await play.ask(`approve ${version}? [y]es, [n]o: `, settled);
    if (answer === undefined) return play.narrator.line(`${version} was decided about elsewhere`);
    if (/^y(es)?$/i.test(answer)) return theatre.decide(release, 'approve');
    if (/^no?$/i.test(answer)) {
      const reason = await play.ask('why not? ', settled);
      return theatre.decide(release, 'reject', reason || 'no reason given');
    }
  }
}

/** Why to revert; undefined to stay, or when somebody has done it meanwhile. */
async function revertReason(theatre: Theatre, play: Performance, settled: AbortSignal): Promise<string | undefined> {
  if (play.yes) return 'shown by npm start';
  const { revertWindowMinutes } = readPolicy(theatre.parts.settings.POLICY as string);
  const window = Math.round((revertWindowMinutes * 60) / play.speed);
  const divided = `${revertWindowMinutes} min divided by ${play.speed}`;
  play.narrator.line(`${FIRST} stays warm for ${window} s (${divided}); a later revert deploys it again`);
  const answer = await play.ask(
    `${play.versionTag} is live. Revert to ${FIRST}? Give a reason, or press Enter to stay: `,
    settled,
  );
  return answer || undefined;
}

async function wrongVersion(theatre: Theatre, version: string): Promise<string[]> {
  const seen = await serving(theatre.url, 20);
  return seen.length === 1 && seen[0] === version ? [] : [`viewers get ${seen.join(' and ')} instead of ${version}`];
}

function told(result: ReleaseResult): string {
  return result.reason ?? result.cause ?? result.error ?? result.status;
}

function fail(play: Performance, message: string): number {
  play.narrator.line(`✗ ${message}`);
  return 1;
}
