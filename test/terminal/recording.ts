import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasTerminals, Person } from './person';
import { openStage } from './stage';

/** `npm run recording`: plays a release, its approval and a revert in a real terminal, and draws what the terminal showed. */
const IMAGE = join(__dirname, '..', '..', 'docs', 'images', 'terminal.svg');
const COLUMNS = 104;
/** Of one character and one line, in the units of the picture. */
const CELL = { width: 7.83, height: 18 };
const MARGIN = 16;
/** A pause of the recording is shown as at most so many seconds. */
const LONGEST_PAUSE = 0.9;

interface Line {
  readonly text: string;
  /** Seconds from the beginning of the picture to its appearance. */
  readonly at: number;
}

async function play(): Promise<Line[]> {
  const stage = await openStage();
  try {
    // A first version, before the recording begins.
    const { release, ended } = stage.theatre.start('v1.0.0', { actor: 'ann' });
    await decide(() => stage.theatre.decide(release, 'approve'));
    await ended;
    const ann = await Person.sitDown({ columns: COLUMNS, rows: 60 });
    try {
      return await record(ann);
    } finally {
      await ann.leave();
    }
  } finally {
    await stage.close();
  }
}

/** Asks again until the release waits for it. */
async function decide(approve: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await approve();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function record(ann: Person): Promise<Line[]> {
  const appeared: number[] = [];
  const watch = setInterval(() => {
    while (appeared.length <= ann.lastLine) appeared.push(Date.now());
  }, 50);
  await ann.run('greenroom status --local');
  ann.type('greenroom release v1.1.0 --local --by ann --until-approval');
  await ann.reads('[y/N]');
  ann.type('y');
  const said = await ann.done();
  const id = /^v1\.1\.0-\w+$/m.exec(said.join('\n'))?.[0] ?? '';
  await ann.run(`greenroom approve ${id} --local --by quinn --yes`);
  await ann.run(`greenroom watch ${id} --local | tail -n 8`);
  ann.type('greenroom revert --local --by ann --reason "prices are wrong"');
  await ann.reads('[y/N]');
  await ann.run('y');
  clearInterval(watch);
  let at = 0;
  return ann.everything.slice(0, -1).map((text, index) => {
    const pause = index === 0 ? 0 : ((appeared[index] ?? 0) - (appeared[index - 1] ?? 0)) / 1000;
    at += Math.max(0, Math.min(pause, LONGEST_PAUSE));
    return { text, at };
  });
}

/** Each line comes when it came; who wants no motion, and every printer, gets all of them at once. */
function draw(lines: readonly Line[]): string {
  const width = Math.ceil(COLUMNS * CELL.width + 2 * MARGIN);
  const height = lines.length * CELL.height + 2 * MARGIN;
  const texts = lines.map(({ text, at }, index) => {
    const y = MARGIN + (index + 0.75) * CELL.height;
    const typed = text.startsWith('$ ') ? ' class="typed"' : '';
    return `<text${typed} x="${MARGIN}" y="${y}" style="animation-delay:${at.toFixed(2)}s">${escape(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A release, its approval and a revert in a terminal">
<style>
rect { fill: #f6f8fa; stroke: #d1d9e0 }
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328; white-space: pre }
.typed { font-weight: 600; fill: #1a6b3c }
@media (prefers-color-scheme: dark) { rect { fill: #0d1117; stroke: #30363d } text { fill: #e6edf3 } .typed { fill: #6fdc97 } }
@media (prefers-reduced-motion: no-preference) { text { animation: show .1s both } }
@keyframes show { from { opacity: 0 } to { opacity: 1 } }
</style>
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
${texts.filter((text) => !text.endsWith('></text>')).join('\n')}
</svg>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

async function main(): Promise<void> {
  if (!hasTerminals()) throw new Error('a terminal of util-linux is needed: on Linux, install bsdutils');
  const lines = await play();
  writeFileSync(IMAGE, draw(lines));
  console.log(`written: ${IMAGE} (${lines.length} lines)`);
}

void main();
