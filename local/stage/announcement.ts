import { mkdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
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
 * @returns a function that takes it back, unless a newer one has been told of meanwhile
 */
export function announce(announcement: Announcement): () => void {
  const text = `${JSON.stringify(announcement, null, 2)}\n`;
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, text);
  return () => {
    try {
      if (readFileSync(FILE, 'utf8') !== text) return;
      rmSync(FILE);
      // The folder goes too when nothing else is in it.
      rmdirSync(dirname(FILE));
    } catch {
      // Somebody else was faster, or keeps something in the folder.
    }
  };
}
