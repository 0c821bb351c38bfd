import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../../cli/session';
import { cloudWith, CONFIG, type FakeCloud, greenroom, PLACES, RECORD, STATUS } from './world';

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
  'verify-release': { version: 'v1.4.0', explained: [], database: { applied: 4, drift: [], unknown: [], lock: null } },
  maintenance: { before: 'off', maintenance: 'full', epoch: 8 },
};

test('each disaster has commands', () => {
  const sections = text.split(/^## /m).slice(2);
  expect(sections).toHaveLength(6);
  for (const section of sections) expect(section).toContain('npx greenroom ');
});

/** The region that is left, with the copies that it has, and the entry that the configuration needs. */
function elsewhere(cloud: FakeCloud): Partial<World> {
  const there = { status: 'CREATE_COMPLETE', account: '111122223333', region: 'eu-west-1' };
  cloud.stacks.set('eu-west-1 notes-production-backup-eu-west-1', there);
  cloud.images.set('notes/production:live', { digest: `sha256:${'d'.repeat(64)}`, tags: ['live', 'v1.4.0'] });
  const production = CONFIG.environments.find(({ name }) => name === 'production')!;
  const restoreFrom = 'arn:aws:rds:eu-west-1:111122223333:snapshot:awsbackup:copyjob-0f1e2d3c';
  const moved = { ...production, name: 'production-eu-west-1', region: 'eu-west-1' };
  const environments = [...CONFIG.environments, { ...moved, database: { ...moved.database, restoreFrom } }];
  return { loadConfig: async () => ({ ...CONFIG, environments }), shell: async () => 0 };
}

test.each(commands)('%s', async (line) => {
  const cloud = cloudWith(ANSWERS);
  const world = elsewhere(cloud);

  const { code, err } = await greenroom(words(line).slice(2), {
    cloud,
    world,
    answer: line.endsWith('--run') ? 'y' : undefined,
  });

  expect([code, err.join('\n')]).toEqual([0, expect.not.stringContaining('greenroom:')]);
});
