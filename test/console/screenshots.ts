import { join } from 'node:path';
import { openTheatre, type Theatre } from '../../local/theatre';
import { findChromium, Visitors } from './visitors';

/** `npm run screenshots`: makes the pictures of the README from a release on the local mode. */
const IMAGE = join(__dirname, '..', '..', 'docs', 'images', 'console.png');

async function play(theatre: Theatre, executable: string): Promise<void> {
  await Promise.all([theatre.publish('v1.0.0'), theatre.publish('v1.1.0')]);
  const visitors = await Visitors.open(executable, theatre.console as string);
  try {
    const olga = await visitors.arrive('Olga');
    const quinn = await visitors.arrive('Quinn', { width: 1240, height: 1000 });
    for (const version of ['v1.0.0', 'v1.1.0']) {
      await olga.fill('Release a version', { Version: version }, 'Release');
      await quinn.reads(`${version} waits for approval`);
      if (version === 'v1.1.0') break;
      await quinn.button('Approve').click();
      await quinn.reads(`${version} is released`);
      await theatre.startLoad({ rate: 20 });
    }
    await quinn.page.screenshot({ path: IMAGE, animations: 'disabled' });
  } finally {
    await visitors.close();
  }
}

async function main(): Promise<void> {
  const executable = findChromium();
  if (executable === undefined) throw new Error('Chromium is missing; install it, or name one in CHROMIUM');
  const theatre = await openTheatre({ speed: 300 });
  try {
    await play(theatre, executable);
  } finally {
    await theatre.close();
  }
  console.log(`written: ${IMAGE}`);
}

void main();
