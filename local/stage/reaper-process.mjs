// The last one to leave. It learns on its standard input which processes and folders the theatre has, one a line, and
// when that input ends (because the theatre closed, crashed or was killed) it ends and removes what is still there.
// Plain JavaScript: it must start at once, and without the program that transforms TypeScript.
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const processes = new Set();
const folders = new Set();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [word, ...rest] = line.split(' ');
    const value = rest.join(' ');
    if (word === 'process') processes.add(Number(value));
    if (word === 'ended') processes.delete(Number(value));
    if (word === 'folder') folders.add(value);
    if (word === 'removed') folders.delete(value);
  })
  .on('close', async () => {
    for (const pid of processes) {
      // Each leads a group of its own.
      for (const target of [-pid, pid]) {
        try {
          process.kill(target, 'SIGKILL');
        } catch {
          // Gone already.
        }
      }
    }
    // Once more later: after SIGKILL a synthesis that was under way goes on to its end, and writes.
    for (const pause of folders.size > 0 ? [0, 2_000, 10_000] : []) {
      await sleep(pause);
      for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    }
  });
