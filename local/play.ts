import { type Interface, createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { acts, type Performance } from './stage/acts';
import { announce } from './stage/announcement';
import { ACCOUNT, REGION } from './stage/run-time-values';
import type { PlayOptions } from './options';
import { openTheatre, type Theatre } from './theatre';
import { Narrator } from './view/narrator';
import { Screen } from './view/screen';

/** Within it a signal that was sent has come. */
const SIGNAL_MS = 50;

/** Plays the whole piece and returns the exit code. Whatever happens, everything is closed when it returns. */
export async function play(options: PlayOptions, signal: AbortSignal): Promise<number> {
  const screen = new Screen();
  const narrator = new Narrator(screen, options.verbose);
  let theatre: Theatre | undefined;
  let takeBack: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('interrupted')), { once: true });
  });
  aborted.catch(() => undefined);
  const performance: Performance = { ...options, narrator, began: Date.now(), ask: terminal(screen, signal) };
  try {
    narrator.line(`greenroom: ${options.environment}, waiting times divided by ${options.speed}`);
    theatre = await openTheatre({
      environment: options.environment,
      speed: options.speed,
      edgePort: options.port,
      consolePort: options.consolePort,
      seed: options.seed,
      signal,
      assembly: options.assembly,
      onEvent: narrator.tell,
    });
    takeBack = announce({
      endpoint: theatre.parts.endpoint,
      region: REGION,
      account: ACCOUNT,
      environment: options.environment,
      url: theatre.url,
    });
    return await Promise.race([acts(theatre, performance), aborted]);
  } catch (error) {
    // Ctrl-C ends the helpers of this process as well, and their end may be seen before the signal is.
    if (!signal.aborted) await sleep(SIGNAL_MS);
    if (signal.aborted) narrator.line('interrupted: everything is being stopped');
    else narrator.line(`✗ ${(error as Error).message}`);
    return 1;
  } finally {
    screen.close();
    takeBack?.();
    await theatre?.close();
  }
}

/** Asks on the terminal; the answer is trimmed, and undefined when somebody settled it at the console meanwhile. */
function terminal(screen: Screen, signal: AbortSignal): Performance['ask'] {
  return (question, settled) => {
    const lines: Interface = createInterface({ input: process.stdin, output: process.stdout });
    // readline takes Ctrl-C to itself while it asks.
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    const ask = async (): Promise<string | undefined> => {
      try {
        return (await lines.question(question, { signal: AbortSignal.any([signal, settled]) })).trim();
      } catch (error) {
        // Ctrl-D: nobody can be asked any more.
        if (!settled.aborted && !signal.aborted) process.kill(process.pid, 'SIGINT');
        if (!settled.aborted) throw error;
        // The question stays on the screen without an answer.
        process.stdout.write('\n');
        return undefined;
      } finally {
        lines.close();
      }
    };
    return screen.pause(ask, () => lines.prompt(true));
  };
}
