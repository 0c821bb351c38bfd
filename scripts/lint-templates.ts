// `npm run lint:templates`: cfn-lint reads the templates of all environments against the schemas of the resource
// providers. A command of its own, because the tool is Python and takes a quarter of a minute.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../lib/app';
import { loadConfig } from '../lib/config';

const program = process.env.CFN_LINT ?? 'cfn-lint';
/** The schemas of resource types come with the tool: an older one does not know newer properties. */
const OLDEST = [1, 58] as const;

/** Checks that are left out, each with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  W3005: 'CDK writes a DependsOn beside a reference that already implies it: superfluous, not wrong',
};

const FARGATE = { runOn: 'fargate', timeBudget: 4 * 3_600 } as const;

const [major = 0, minor = 0] = versionOf(program);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  console.error(
    `No cfn-lint of at least ${OLDEST.join('.')} at "${program}": pip install cfn-lint, or name one by CFN_LINT.`,
  );
  process.exit(1);
}

const outdir = mkdtempSync(join(tmpdir(), 'greenroom-templates-'));
try {
  const config = loadConfig();
  buildApp(config, { outdir }).synth();
  // What the sample does not ask for and a configuration may: migrations as a task. It is all in one stack.
  const asTask = config.environments.map((each) => ({ ...each, migrations: FARGATE }));
  buildApp({ ...config, environments: asTask }, { outdir: join(outdir, 'as-task') }).synth();
  const templates = [...templatesIn('.', /\.template\.json$/), ...templatesIn('as-task', /-release\.template\.json$/)];
  if (templates.length === 0) throw new Error(`synthesis wrote no template into ${outdir}`);
  const options = ['--ignore-checks', ...Object.keys(LEFT_OUT), '--'];
  const { status, error } = spawnSync(program, [...options, ...templates], { cwd: outdir, stdio: 'inherit' });
  if (error) throw error;
  const passed = status === 0;
  console.log(`${passed ? '✓' : '✗'} cfn-lint: ${templates.length} templates${passed ? ', nothing found' : ''}`);
  process.exitCode = passed ? 0 : 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}

function templatesIn(folder: string, names: RegExp): string[] {
  return readdirSync(join(outdir, folder))
    .filter((name) => names.test(name))
    .map((name) => join(folder, name));
}

function versionOf(command: string): number[] {
  const said = spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout ?? '';
  return (/(\d+)\.(\d+)/.exec(said) ?? []).slice(1).map(Number);
}
