import { spawn } from 'node:child_process';

/** Runs a line in bash, with this process's terminal. @returns its exit code, 128 and more when a signal ended it */
export function runInShell(line: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', line], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 128));
  });
}
