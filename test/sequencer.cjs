const Sequencer = require('@jest/test-sequencer').default;

/** Files that take longest, most of it waiting: begun first, so that the others fill the gaps instead of the end. */
const FIRST = [
  'e2e/release',
  'stacks/stacks',
  'migrator/mysql-update',
  'local/main/main',
  'edge/campaign',
  'migrator/handlers',
];

/** Puts the longest files first, also on a fresh clone, where jest knows no times and would go by size. */
module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const found = FIRST.findIndex((name) => path.endsWith(`/test/${name}.test.ts`));
      return found === -1 ? FIRST.length : found;
    };
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
