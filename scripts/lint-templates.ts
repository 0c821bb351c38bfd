// `npm run lint:templates`: cfn-lint reads the templates of all environments against the schemas of the resource
// providers. A command of its own, because the tool is Python and takes a quarter of a minute.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../lib/app';
import { loadConfig } from '../lib/config';
import { CREATE_ONLY } from '../test/proofs/create-only';

const program = process.env.CFN_LINT ?? 'cfn-lint';
/** The schemas of resource types come with the tool: an older one does not know newer properties. */
const OLDEST = [1, 58] as const;

/** Checks that are left out, each with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  W3005: 'CDK writes a DependsOn beside a reference that already implies it: superfluous, not wrong',
};

const MYSQL = {
  engine: 'mysql',
  version: '8.4',
  restoreFrom: 'arn:aws:rds:eu-west-1:111122223333:snapshot:awsbackup:copyjob-1',
} as const;
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
  // What the sample does not ask for and a configuration may: migrations as a task; MySQL, begun as a snapshot.
  const others = config.environments.map((each) => ({
    ...each,
    migrations: FARGATE,
    database: { ...each.database, ...MYSQL },
  }));
  buildApp({ ...config, environments: others }, { outdir: join(outdir, 'others') }).synth();
  const changed = /-(network|database|release)\.template\.json$/;
  const templates = [...templatesIn('.', /\.template\.json$/), ...templatesIn('others', changed)];
  if (templates.length === 0) throw new Error(`synthesis wrote no template into ${outdir}`);
  const options = ['--ignore-checks', ...Object.keys(LEFT_OUT), '--'];
  const { status, error } = spawnSync(program, [...options, ...templates], { cwd: outdir, stdio: 'inherit' });
  if (error) throw error;
  const passed = status === 0;
  console.log(`${passed ? '✓' : '✗'} cfn-lint: ${templates.length} templates${passed ? ', nothing found' : ''}`);
  const differences = compareCreateOnly();
  for (const difference of differences) console.error(`✗ test/proofs/create-only.ts: ${difference}`);
  if (differences.length === 0) console.log('✓ what a change of replaces a resource: as the schemas of cfn-lint say');
  process.exitCode = passed && differences.length === 0 ? 0 : 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}

function templatesIn(folder: string, names: RegExp): string[] {
  return readdirSync(join(outdir, folder))
    .filter((name) => names.test(name))
    .map((name) => join(folder, name));
}

/** What the schemas that cfn-lint ships say otherwise about properties whose change replaces a resource. */
function compareCreateOnly(): string[] {
  const script = spawnSync('sh', ['-c', 'command -v "$0"', program], { encoding: 'utf8' }).stdout.trim();
  const python = /^#!\s*(\S+)/.exec(readFileSync(script, 'utf8'))?.[1] ?? 'python3';
  const find = 'import cfnlint, os; print(os.path.join(os.path.dirname(cfnlint.__file__), "data", "schemas"))';
  const schemas = spawnSync(python, ['-c', find], { encoding: 'utf8' }).stdout.trim();
  const read = (...path: string[]) => JSON.parse(readFileSync(join(schemas, ...path), 'utf8'));
  const files = read('providers', 'us-east-1.json') as Record<string, string>;
  return Object.entries(CREATE_ONLY).flatMap(([type, ours]) => {
    const { createOnlyProperties = [] } = read('resources', `${files[type]}.json`) as {
      createOnlyProperties?: string[];
    };
    const theirs = [...new Set(createOnlyProperties.map((path) => path.split('/')[2] ?? path))];
    return [
      ...theirs.filter((each) => !ours.includes(each)).map((each) => `${type} ${each} is missing`),
      ...ours.filter((each) => !theirs.includes(each)).map((each) => `${type} ${each} does not replace it any more`),
    ];
  });
}

function versionOf(command: string): number[] {
  const said = spawnSync(command, ['--version'], { encoding: 'utf8' }).stdout ?? '';
  return (/(\d+)\.(\d+)/.exec(said) ?? []).slice(1).map(Number);
}
