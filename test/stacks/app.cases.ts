import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UnknownEnvironment } from '../../lib/app';
import { temporaryFolder } from './folder';
import { stackNames, stackOf, templateOf, plainApp, wholeApp } from './whole-app';

const ROOT = resolve(__dirname, '..', '..');
const PARTS = ['network', 'registry', 'database', 'fleet', 'edge', 'release', 'operations', 'access'];
/** Production has its firewall before the edge. */
const PRODUCTION_PARTS = PARTS.flatMap((part) => (part === 'edge' ? ['firewall', part] : [part]));

describe('the stacks', () => {
  const app = plainApp();

  it('are eight an environment, and a firewall in production', () => {
    expect(stackNames(app)).toEqual([
      ...PRODUCTION_PARTS.map((part) => `shop-production-${part}`),
      ...PARTS.map((part) => `shop-dev-${part}`),
    ]);
  });

  it('are protected against deletion in production', () => {
    const isProtected = (name: string) => stackOf(app, name).terminationProtection;
    expect(PRODUCTION_PARTS.map((part) => isProtected(`shop-production-${part}`))).toEqual(
      PRODUCTION_PARTS.map(() => true),
    );
    expect(PARTS.map((part) => isProtected(`shop-dev-${part}`))).toEqual(PARTS.map(() => false));
  });

  it('name the application and the environment on their resources', () => {
    const [key] = Object.values(templateOf(app, 'shop-production-database').findResources('AWS::KMS::Key'));
    expect(key?.Properties.Tags).toEqual([
      { Key: 'greenroom:application', Value: 'shop' },
      { Key: 'greenroom:environment', Value: 'production' },
    ]);
  });

  it('need no look-up and no credentials', () => {
    const assembly = app.synth();
    expect(assembly.manifest.missing ?? []).toEqual([]);
    expect(new Set(assembly.stacks.map(({ environment }) => environment.name))).toEqual(
      // Firewalls of CloudFront exist in us-east-1 only.
      new Set(['aws://unknown-account/unknown-region', 'aws://unknown-account/us-east-1']),
    );
  });

  it('admit nobody from everywhere, and let nothing out to everywhere', () => {
    for (const name of stackNames(app)) {
      const template = templateOf(app, name);
      const groups = ['', 'Ingress', 'Egress'].map((kind) => template.findResources(`AWS::EC2::SecurityGroup${kind}`));
      expect(JSON.stringify(groups)).not.toMatch(/0\.0\.0\.0\/0|"::\/0"/);
    }
  });

  it('hold no password: every one is made by AWS', () => {
    for (const name of stackNames(app)) {
      expect(JSON.stringify(templateOf(app, name).toJSON())).not.toMatch(/"(MasterUser)?Password":"/);
    }
  });
});

describe('what is built', () => {
  it('is one environment when one is asked for, with no look-up for its account and region', () => {
    const environments = [{ name: 'dev' }, { name: 'production', account: '111122223333', region: 'eu-central-1' }];
    const app = wholeApp({ environments }, 'production');
    expect(stackNames(app)).toEqual(PRODUCTION_PARTS.map((part) => `shop-production-${part}`));
    const assembly = app.synth();
    expect(assembly.manifest.missing ?? []).toEqual([]);
    const places = new Set(assembly.stacks.map(({ environment }) => environment.name));
    // The firewall of CloudFront lives in us-east-1 only.
    expect(places).toEqual(new Set(['aws://111122223333/eu-central-1', 'aws://111122223333/us-east-1']));
  });

  it('is nothing when the environment is unknown', () => {
    expect(() => wholeApp({ environments: [{ name: 'dev' }, { name: 'production' }] }, 'prod')).toThrow(
      new UnknownEnvironment('environment "prod" is not in the configuration; it has dev, production'),
    );
  });

  it('has no role for GitHub when no repository is named', () => {
    expect(stackNames(wholeApp({ repository: {} }))).not.toContain('shop-production-access');
  });
});

describe('bin/app.ts', () => {
  const folder = temporaryFolder();

  /** Runs it as the CDK CLI does, with a configuration file of its own. */
  function run(text: string, context: Record<string, string> = {}) {
    const file = join(folder, 'greenroom.config.ts');
    writeFileSync(file, `import { defineConfig } from '${ROOT}/lib/config';\nexport default defineConfig(${text});\n`);
    const env = {
      ...process.env,
      GREENROOM_CONFIG: file,
      CDK_OUTDIR: join(folder, 'out'),
      CDK_CONTEXT_JSON: JSON.stringify(context),
      CDK_VALIDATION: 'false',
    };
    const program = join(ROOT, 'node_modules', '.bin', 'tsx');
    return spawnSync(program, ['bin/app.ts'], { cwd: ROOT, env, encoding: 'utf8' });
  }

  it('says what is wrong with the configuration, a line each, without a stack trace', () => {
    const { status, stderr, stdout } = run(`{
      application: { name: 'Shop' }, repository: {}, container: { prot: 1 }, database: { engine: 'postgres' },
      environments: [{ name: 'dev' }],
    }`);
    expect(stderr.trim().split('\n')).toEqual([
      'greenroom.config.ts: application.name: got "Shop"; allowed: lower-case letters, digits and single hyphens, a letter first',
      expect.stringMatching(/^greenroom\.config\.ts: container\.prot: unknown option; did you mean "port"\?/),
    ]);
    expect(stdout).toBe('');
    expect(status).toBe(1);
  });

  it('says which environments there are, and which region CDK does not know', () => {
    const config = `{ application: { name: 'shop' }, repository: {}, container: {}, database: { engine: 'postgres' },
      environments: [{ name: 'dev', region: 'eu-central-9' }, { name: 'production', region: 'eu-central-1' }] }`;
    const { status, stderr } = run(config, { environment: 'prod' });
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^greenroom\.config\.ts: warning: environments\[1\]\.database\.backup\.copies: /),
      expect.stringMatching(
        /^greenroom\.config\.ts: warning: environments\[0\]\.region: "eu-central-9" is no region that /,
      ),
      'greenroom.config.ts: environment "prod" is not in the configuration; it has dev, production',
    ]);
    expect(status).toBe(1);
  });
});
