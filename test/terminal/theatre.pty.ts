import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CTRL_C, CTRL_D, hasTerminals, Person } from './person';

const LONG = 150_000;

(hasTerminals() ? describe : describe.skip)('npm start, in a real terminal', () => {
  let folder: string;
  let ann: Person;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'greenroom-terminal-'));
    // PostgreSQL does not run as root: its own user must come through.
    chmodSync(folder, 0o711);
    ann = await Person.sitDown({ env: { TMPDIR: folder } });
  });
  afterEach(async () => {
    await ann.leave();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    ['Ctrl-D at the question', CTRL_D, 'approve v1.1.0? [y]es, [n]o:'],
    ['Ctrl-C under load', CTRL_C, /release v1\.1\.0.*[^]*✓ Migrate/],
  ])(
    '%s stops everything and leaves nothing behind',
    async (_, key, moment) => {
      ann.type('npm start -- --speed 150');
      for (const step of ['release v1.0.0', '✓ DeployIdle', '✓ CompleteRelease', moment]) await ann.reads(step);
      ann.press(key);

      expect((await ann.done()).join('\n')).toContain('interrupted: everything is being stopped');
      expect(await ann.exitCode()).not.toBe(0);
      // The small process that removes what a killed run leaves looks after that one first.
      for (let round = 0; round < 20 && left(folder).length > 0; round++) await pause();
      expect(left(folder)).toEqual([]);
      expect((await ann.run(`pgrep -f '${folder}' || echo none`)).at(-1)).toBe('none');
    },
    LONG,
  );
});

/** What a run has made in the folder for temporary files; the TypeScript loader keeps a cache there. */
function left(folder: string): string[] {
  return readdirSync(folder).filter((name) => !name.startsWith('tsx-') && name !== 'node-compile-cache');
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 250));
}
