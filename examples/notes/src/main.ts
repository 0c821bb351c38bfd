import { describeError, log, setLogColor } from './log';
import { NotesServer } from './server';
import { readSettings } from './settings';
import { NoteStore } from './store';

// Both colors run this all the time, and GREENROOM_COLOR never changes while a process lives: so nothing may run here
// on its own account (mail, clean-up, queues). See "Background work" in README.md.
async function main(): Promise<void> {
  const settings = readSettings(process.env);
  setLogColor(settings.color);
  const store = new NoteStore(settings.database);
  const server = new NotesServer(store, settings.color);
  const port = await server.listen(settings.port, settings.host);
  log('info', 'listening', { port });
  let stopping = false;
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log('info', 'draining', { signal });
    const clean = await server.drain();
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
