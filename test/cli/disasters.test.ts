import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloudWith, greenroom, PLACES, RECORD, STATUS } from './world';

const text = readFileSync(join(__dirname, '../../docs/disasters.md'), 'utf8');
const commands = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .flatMap(([, block]) => (block as string).trim().split('\n'))
  .filter((line) => line.startsWith('npx greenroom '));

/** As a shell would cut it: words, and what stands in double quotes. */
const words = (line: string) =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? (plain as string));

const ANSWERS = {
  places: {
    ...PLACES,
    restoreMachineArn: 'arn:aws:states:eu-central-1:111122223333:stateMachine:notes-production-restore',
  },
  status: STATUS,
  history: { releases: [RECORD] },
  events: { record: { ...RECORD, outcome: 'released', reason: 'done' }, events: [] },
  revert: { kind: 'warm', version: 'v1.3.0', color: 'blue', warnings: [] },
  decide: { by: 'ann', first: true },
  maintenance: { before: 'off', maintenance: 'full', epoch: 8 },
};

test('each disaster has commands', () => {
  const sections = text.split(/^## /m).slice(2);
  expect(sections).toHaveLength(5);
  for (const section of sections) expect(section).toContain('npx greenroom ');
});

test.each(commands)('%s', async (line) => {
  const { code, err } = await greenroom(words(line).slice(2), { cloud: cloudWith(ANSWERS) });

  expect([code, err.join('\n')]).toEqual([0, expect.not.stringContaining('greenroom:')]);
});
