import { Cache } from './cache';
import { HAS_DIGEST } from './constants';
import { Digest } from './digest';
import { describeError, log, setLogColor } from './log';
import { NotesServer } from './server';
import { readSettings } from './settings';
import { NoteStore } from './store';

// Both colors run this all the time, and no variable changes while a process lives: what runs here on its own account
// asks before each piece of work whether its color is live. See "Background work" in README.md.
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  setLogColor(settings.color);
  const store = new NoteStore(settings.database);
  const cache = settings.cache && new Cache(settings.cache);
  const digest = HAS_DIGEST ? new Digest(store.pool, settings) : undefined;
  const server = new NotesServer(store, settings.color, digest, cache);
  const port = await server.listen(settings.port, settings.host);
  log('info', 'listening', { port });
  digest?.start();
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log('info', 'draining', { signal });
    digest?.stop();
    const clean = await server.drain();
    cache?.close();
    await store.close();
    log(clean ? 'info' : 'error', clean ? 'stopped' : 'stopped with requests unanswered');
    process.exitCode = clean ? 0 : 1;
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
}

main().catch((error: unknown) => {
  log('error', 'cannot start', describeError(error));
  process.exitCode = 1;
});
