// One file for jest, so that CDK, SDK and handlers are loaded once: each test file has a module registry of its own, and
// loading all that into one takes longer than most of these tests. A file that is put beside is found by its name.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import '../support/quiet';

for (const file of readdirSync(__dirname).filter((each) => each.endsWith('.cases.ts'))) {
  describe(file.replace('.cases.ts', ''), () => {
    // Within it, so that what comes before each test comes before each of its own.
    // oxlint-disable-next-line typescript/no-require-imports -- an import would stand outside
    require(join(__dirname, file));
  });
}
