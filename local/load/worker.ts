// The process that makes the load, apart from the one that shows it: neither waits for the other. Started by load.ts.
import { LoadGenerator } from './generator';
import type { Command, Message } from './messages';

let load: LoadGenerator | undefined;

function send(message: Message): void {
  // The parent may be gone; 'disconnect' below ends us then.
  process.send?.(message, undefined, {}, () => {});
}

async function run(command: Command): Promise<unknown> {
  if (command.name === 'start') {
    load = await LoadGenerator.start(command.options, (tick, stats) => send({ type: 'tick', tick, stats }));
    return undefined;
  }
  if (!load) throw new Error(`the load was not started: cannot ${command.name} it`);
  if (command.name === 'pause') return load.pause();
  if (command.name === 'resume') return load.resume();
  return command.name === 'stop' ? load.stop() : load.verify();
}

process.on('message', (command: Command) => {
  run(command).then(
    (value) => send({ type: 'answer', id: command.id, value }),
    (error: Error) => send({ type: 'answer', id: command.id, error: error.message }),
  );
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; the parent decides when the load ends.
process.on('SIGINT', () => {});
