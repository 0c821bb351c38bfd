import { existsSync, mkdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the command line looks for a local mode that runs (`greenroom … --local`). */
const FILE = join(__dirname, '..', '..', '.greenroom', 'local.json');

/** What the command line needs to work on a local mode as it works on AWS. */
export interface Announcement {
  /** URL that answers as AWS. */
  readonly endpoint: string;
  readonly region: string;
  readonly account: string;
  readonly environment: string;
  /** Where viewers find the application. */
  readonly url: string;
}

/**
 * Tells the command line of this local mode. Of several at once the newest is told.
 *
 * @returns a function that takes it back, unless a newer one has been told of meanwhile; an older one that still runs is
 * told of again
 */
export function announce(announcement: Announcement, file = FILE): () => void {
  const text = `${JSON.stringify({ ...announcement, pid: process.pid }, null, 2)}\n`;
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return () => {
    try {
      if (readFileSync(file, 'utf8') !== text) return;
      if (before !== undefined && runs(before)) return writeFileSync(file, before);
      rmSync(file);
      // The folder goes too when nothing else is in it.
      rmdirSync(dirname(file));
    } catch {
      // Somebody else was faster, or keeps something in the folder.
    }
  };
}

/** Whether the process that wrote an announcement is still there. */
function runs(text: string): boolean {
  try {
    return process.kill((JSON.parse(text) as { readonly pid: number }).pid, 0);
  } catch {
    return false;
  }
}
