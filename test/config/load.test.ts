import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../lib/config';
import { temporaryFolder } from '../stacks/folder';

const LIB = join(__dirname, '..', '..', 'lib', 'config');
const NONE =
  /^own\.config\.ts: its default export is not what defineConfig returns: write "export default defineConfig\(/;

test.each<[what: string, text: string, message: RegExp]>([
  [
    'that has a mistake',
    `import { defineConfig } from '${LIB}';\nexport default defineConfig({ application: { name: 'notes' }, colour: 'blue' });`,
    /^own\.config\.ts: .*\n(own\.config\.ts: .*\n)*own\.config\.ts: colour: unknown option; .*$/,
  ],
  ['that throws', "\n\nthrow new Error('no\\nway');", /^own\.config\.ts: cannot be run: no \(line 3\)$/],
  ['that is no TypeScript', 'export default defineConfig({', /^own\.config\.ts: cannot be run: .*$/],
  [
    'that needs what is not there',
    "import x from './nowhere';\nexport default x;",
    /^own\.config\.ts: cannot be run: Cannot find module '\.\/nowhere'.*$/,
  ],
  ['that is empty', '', NONE],
  ['without a default export', 'export const config = {};', NONE],
  ['without defineConfig', "export default { application: { name: 'notes' }, environments: [] };", NONE],
])('a configuration file %s is told in plain lines that begin with its name', (_what, text, message) => {
  const file = join(temporaryFolder(), 'own.config.ts');
  writeFileSync(file, text);

  expect(() => loadConfig(file)).toThrow(
    expect.objectContaining({ name: 'ConfigError', message: expect.stringMatching(message) }),
  );
});

test('a configuration file that is not there is told with who named it', () => {
  const file = join(temporaryFolder(), 'own.config.ts');

  expect(() => loadConfig(file)).toThrow(
    `own.config.ts: ${file} does not exist; the variable GREENROOM_CONFIG names it`,
  );
});
