import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp } from '../../lib/app';
import { loadConfig } from '../../lib/config';
import { temporaryFolder } from './folder';

const program = process.env.CFN_LINT ?? 'cfn-lint';
/** The schemas of resource types come with the tool: an older one does not know newer properties. */
const OLDEST = [1, 58];
const [major = 0, minor = 0] = (
  /(\d+)\.(\d+)/.exec(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout ?? '') ?? []
)
  .slice(1)
  .map(Number);
const found = major > (OLDEST[0] as number) || (major === OLDEST[0] && minor >= (OLDEST[1] as number));

/** Checks that are left out, each with the reason. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  W3005: 'CDK writes a DependsOn beside a reference that already implies it: superfluous, not wrong',
};

if (found || process.env.GREENROOM_CI === '1') {
  it('cfn-lint finds nothing in the templates of any environment', () => {
    const outdir = temporaryFolder();
    buildApp(loadConfig(), { outdir }).synth();
    const templates = readdirSync(outdir).filter((name) => name.endsWith('.template.json'));
    expect(templates.length).toBeGreaterThan(0);

    const options = ['--ignore-checks', ...Object.keys(LEFT_OUT), '--'];
    const paths = templates.map((name) => join(outdir, name));
    const { status, stdout, error } = spawnSync(program, [...options, ...paths], { encoding: 'utf8' });

    expect(error).toBeUndefined();
    expect(stdout).toBe('');
    expect(status).toBe(0);
  }, 120_000);
} else {
  it.skip('SKIPPED: no cfn-lint of at least 1.58 on the PATH or named by CFN_LINT (pip install cfn-lint)', () => {});
}
