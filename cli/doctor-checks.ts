import {
  type CheckGroup,
  type CheckResult,
  type Checks,
  failed,
  ok,
  runChecks,
  skipped,
  warning,
} from '../lambda/domain/checks';
import type { EnvironmentConfig, GreenroomConfig } from '../lib/config';
import { resourceName } from '../lib/names';
import type { Cloud, StackState } from './cloud';
import type { LocalMode } from './local-mode';
import type { Machine } from './machine';
import { readPlaces } from './operations';

/** The oldest Node.js that the AWS SDK's current versions are made for. */
const NODE = 22;

/** What has to be installed. */
export function checkMachine(machine: Machine): Promise<CheckGroup> {
  return runChecks('this machine', {
    'Node.js': () => {
      const major = Number(machine.node.split('.')[0]);
      if (major >= NODE) return ok(machine.node);
      return (major >= 20 ? warning : failed)(machine.node, `use Node.js ${NODE} or newer; npm ci brings one`);
    },
    'CDK CLI': () => {
      const [found, pinned] = [machine.installed('aws-cdk'), machine.pinned('aws-cdk')];
      if (found === undefined) return failed('aws-cdk is not installed', 'npm ci');
      if (found === pinned) return ok(`aws-cdk ${found}`);
      return failed(`aws-cdk ${found}, package.json pins ${pinned}: another one may not read the templates`, 'npm ci');
    },
    Docker: () => {
      const found = machine.run('docker', ['version', '--format', '{{.Server.Version}}']);
      if (found !== undefined) return ok(found);
      return warning(
        'no daemon answers',
        'start Docker; cdk deploy builds the placeholder with it, and you your image',
      );
    },
    git: () => {
      const found = machine.run('git', ['--version']);
      return found === undefined ? warning('not found', 'install git, or name yourself with --by') : ok(found);
    },
  });
}

/** What greenroom.config.ts says. */
export function checkConfiguration(
  load: () => Promise<GreenroomConfig>,
  environment: (config: GreenroomConfig) => EnvironmentConfig,
): Promise<CheckGroup> {
  const config = load();
  config.catch(() => undefined);
  return runPlainly('configuration', {
    'greenroom.config.ts': async () => {
      const { environments, warnings } = await config;
      const found = environments.map(({ name }) => name).join(', ');
      if (warnings.length === 0) return ok(`environments: ${found}`);
      return warning(warnings.map(({ path, message }) => `${path}: ${message}`).join('; '), 'look at each');
    },
    environment: async () => {
      const read = await config.catch(() => undefined);
      if (read === undefined) return skipped('nothing can be read of it');
      const { name, strategy, region } = environment(read);
      return ok(`${name}, ${strategy}${region === undefined ? '' : `, ${region}`}`);
    },
  });
}

/** Makes checks; what one of them tells in plain words needs no name of an error before it. */
function runPlainly(name: string, checks: Checks): Promise<CheckGroup> {
  const plainly = each(checks, async (look) => {
    try {
      return await look();
    } catch (error) {
      const { name: kind, message } = error as Error;
      if (kind !== 'ConfigError' && kind !== 'CliError') throw error;
      // Of several mistakes in a configuration each is a line.
      return failed(message.split('\n').join('; '), 'mend what it names');
    }
  });
  return runChecks(name, plainly);
}

type Look = Checks[string];

/** The same checks, each made in another way. */
function each(checks: Checks, make: (look: Look) => Promise<CheckResult>): Checks {
  return Object.fromEntries(Object.entries(checks).map(([name, look]) => [name, () => make(look)]));
}

/** What is deployed of an environment. */
export function checkAws(cloud: Cloud, config: GreenroomConfig, environment: EnvironmentConfig): Promise<CheckGroup> {
  const name = (suffix: string) =>
    resourceName({ application: config.application.name, environment: environment.name }, suffix);
  // Asking for it says whether region and credentials are right, too.
  const bootstrap = cloud.describeStack('CDKToolkit');
  const silent = bootstrap.then(
    () => false,
    ({ cause }: Error) => !/^AccessDenied/.test((cause as Error | undefined)?.name ?? ''),
  );
  const stacks = ['network', 'registry', 'database', 'fleet', 'edge', 'release', 'operations'].map(name);
  const answers: Checks = {
    'credentials and region': async () => {
      const found = await bootstrap;
      return ok(found === undefined ? 'AWS answers' : `account ${found.account}, ${found.region}`);
    },
  };
  const rest: Checks = {
    bootstrap: async () => {
      const found = await bootstrap;
      if (found === undefined) return failed('the stack CDKToolkit is missing', 'npx cdk bootstrap');
      return judgeStack('CDKToolkit', found);
    },
    'bootstrap of us-east-1': async () => {
      const { waf } = environment;
      if (waf === undefined || waf.webAclArn !== undefined) return skipped('no stack of this environment is there');
      const found = await cloud.describeStack('CDKToolkit', 'us-east-1');
      if (found !== undefined) return judgeStack('CDKToolkit', found);
      return failed(
        'the stack CDKToolkit is missing there, and the firewall needs it',
        'npx cdk bootstrap aws://ACCOUNT/us-east-1',
      );
    },
    ...stackChecks(cloud, stacks),
    functions: async () => {
      const { stateMachineArn } = await readPlaces(cloud);
      return ok(`the function ${name('inspect')} answers: ${stateMachineArn}`);
    },
  };
  // One line says why; ten more would hide it.
  const asked = each(rest, async (look) => ((await silent) ? skipped('not asked') : look()));
  return runPlainly('AWS', { ...answers, ...asked });
}

function stackChecks(cloud: Cloud, stacks: readonly string[]): Checks {
  return Object.fromEntries(
    stacks.map((stack) => [
      stack,
      async () => {
        const found = await cloud.describeStack(stack);
        if (found === undefined) return failed('is not deployed', `npx cdk deploy ${stack}`);
        return judgeStack(stack, found);
      },
    ]),
  );
}

function judgeStack(stack: string, { status }: StackState) {
  if (/_COMPLETE$/.test(status) && !/ROLLBACK/.test(status)) return ok(status);
  if (/IN_PROGRESS$/.test(status)) return warning(status, 'wait until it is complete');
  return failed(status, `look at the events of the stack ${stack} in CloudFormation`);
}

/** What the local mode tells of itself. */
export function checkLocal(read: () => LocalMode, cloud: () => Cloud): Promise<CheckGroup> {
  return runPlainly('local mode', {
    running: () => {
      const { endpoint, environment } = read();
      return ok(`${environment} at ${endpoint}`);
    },
    functions: async () => ok(`answers: ${(await readPlaces(cloud())).url}`),
  });
}
