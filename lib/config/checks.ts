import { activeFreeze, NEVER_OPENS } from '../../lambda/domain/freeze';
import { resourceName } from '../names';
import { checkBackup, checkProductionBackup, lookAtBackup } from './check-backup';
import { formatDuration } from './duration';
import type { EnvironmentConfig, GreenroomConfig, Problem } from './model';
import { migrationTaskPolls, polls } from './policy';
import { wrong } from './problems';

type Config = Omit<GreenroomConfig, 'warnings'>;

/** What concerns several options together, or the time of day. */
export function check(config: Config, now: Date): { errors: Problem[]; warnings: Problem[] } {
  const errors: Problem[] = [
    ...checkContainer(config),
    ...checkEngine(config),
    ...checkNames(config),
    ...checkPeople(config),
  ];
  const warnings: Problem[] = [];
  if (config.repository.github && config.repository.github.repositoryId === undefined) {
    warnings.push({
      path: 'repository.github.repositoryId',
      message: 'missing: whoever takes the name over after a rename or deletion could release; give the number',
    });
  }
  config.environments.forEach((environment, i) => {
    const path = `environments[${i}]`;
    if (environment.provenance === 'required' && !config.repository.github) {
      errors.push(
        wrong(`${path}.provenance`, 'required', "'recorded' without repository.github, since nobody could publish"),
      );
    }
    errors.push(
      ...checkDatabase(environment, path),
      ...checkBackup(environment, path),
      ...checkRelease(environment, path),
      ...checkAlarms(environment, path),
      ...(environment.production ? checkProduction(environment, path) : []),
    );
    warnings.push(...lookAtTimes(environment, path, now), ...lookAtBackup(environment, path));
  });
  return { errors, warnings };
}

/** Memory in MiB that Fargate offers for a number of CPU units, as `[from, to, step]`. */
const FARGATE_MEMORY: Readonly<Record<number, readonly [number, number, number]>> = {
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16_384, 1024],
  4096: [8192, 30_720, 1024],
  8192: [16_384, 61_440, 4096],
  16_384: [32_768, 122_880, 8192],
};

function* checkContainer({ container }: Config): Iterable<Problem> {
  const { cpu, memory, port, additionalPorts } = container;
  if (new Set([port, ...additionalPorts]).size <= additionalPorts.length) {
    yield wrong(
      'container.additionalPorts',
      additionalPorts,
      'ports that differ from each other and from container.port',
    );
  }
  if (cpu === 256) {
    if (![512, 1024, 2048].includes(memory)) yield wrong('container.memory', memory, '512, 1024 or 2048 with cpu 256');
    return;
  }
  const [from, to, step] = FARGATE_MEMORY[cpu] as readonly [number, number, number];
  if (memory < from || memory > to || memory % step !== 0) {
    yield wrong('container.memory', memory, `${from} to ${to} in steps of ${step} with cpu ${cpu}`);
  }
}

/** The shortest limit that a name made of application and environment meets is a load balancer's. */
const LOAD_BALANCER_NAME = 32;

function* checkNames(config: Config): Iterable<Problem> {
  const application = config.application.name;
  if (application.startsWith('internal-')) {
    yield wrong(
      'application.name',
      application,
      'a name that does not begin with "internal-", which AWS keeps to itself',
    );
  }
  const seen = new Map<string, number>();
  const providers = new Map<string, number>();
  for (const [i, environment] of config.environments.entries()) {
    const longest = resourceName({ application, environment: environment.name }, 'green');
    if (longest.length > LOAD_BALANCER_NAME) {
      const message = `"${longest}" has ${longest.length} characters, a load balancer's name may have ${LOAD_BALANCER_NAME}; shorten the application's or the environment's name`;
      yield { path: `environments[${i}].name`, message };
    }
    const twin = seen.get(environment.name);
    if (twin !== undefined) {
      yield {
        path: `environments[${i}].name`,
        message: `"${environment.name}" is also environments[${twin}]; names are unique`,
      };
    }
    seen.set(environment.name, i);
    if (environment.account !== undefined && environment.region === undefined) {
      yield { path: `environments[${i}].region`, message: 'missing; it must be given together with account' };
    }
    if (!config.repository.github || environment.githubProvider !== 'create') continue;
    const account = environment.account ?? '';
    const first = providers.get(account);
    if (first !== undefined) {
      yield wrong(
        `environments[${i}].githubProvider`,
        'create',
        `'existing': environments[${first}] makes the one of this account`,
      );
    }
    providers.set(account, i);
  }
}

/** A name that two people have would make them one. */
function* checkPeople({ people }: Config): Iterable<Problem> {
  const owners = new Map<string, number>();
  for (const [i, { name, github, aws, oidc }] of people.entries()) {
    const own = new Set(
      [name, github, ...aws, ...oidc].filter((each) => each !== undefined).map((each) => each.toLowerCase()),
    );
    for (const each of own) {
      const owner = owners.get(each);
      if (owner !== undefined) {
        yield { path: `people[${i}]`, message: `"${each}" is also a name of people[${owner}]; give it to one of them` };
      }
      owners.set(each, i);
    }
  }
}

const VERSIONS = {
  postgres: { form: /^(14|15|16|17|18)(\.\d+)?$/, words: "postgres '14' to '18', or a full version such as '17.6'" },
  mysql: { form: /^8\.[04](\.\d+)?$/, words: "mysql '8.0' or '8.4', or a full version such as '8.4.8'" },
} as const;

/** Names that the engines keep to themselves. */
const RESERVED = [
  'postgres',
  'template0',
  'template1',
  'rdsadmin',
  'mysql',
  'sys',
  'information_schema',
  'performance_schema',
];

/** Engine, version and name are the application's: the same in all environments. */
function* checkEngine({ environments }: Config): Iterable<Problem> {
  const { engine, version, name } = (environments[0] as EnvironmentConfig).database;
  if (!VERSIONS[engine].form.test(version)) yield wrong('database.version', version, VERSIONS[engine].words);
  if (RESERVED.includes(name)) yield wrong('database.name', name, `a name that ${engine} does not keep to itself`);
}

function* checkDatabase({ database }: EnvironmentConfig, path: string): Iterable<Problem> {
  const { storageGb, maxStorageGb } = database;
  if (maxStorageGb < storageGb) {
    yield wrong(`${path}.database.maxStorageGb`, maxStorageGb, `at least storageGb, which is ${storageGb}`);
  }
}

/** Events that one look costs: Wait (2), Choice (2) and a Task with its Lambda (5). */
const EVENTS_A_POLL = 9;
/** A standard execution may have 25,000; the rest is for the steps themselves, retries and recovery. */
const EVENTS_FOR_POLLS = 20_000;

function* checkRelease(environment: EnvironmentConfig, path: string): Iterable<Problem> {
  const { traffic, size, bake, revertWindow, strategy, readOnlyDuringMigrations } = environment;
  for (const [i, step] of traffic.entries()) {
    const before = traffic[i - 1]?.percent ?? 0;
    if (step.percent <= before) {
      yield wrong(`${path}.traffic[${i}].percent`, step.percent, `more than the step before, which is ${before}`);
    }
    if (i < traffic.length - 1) continue;
    if (step.percent !== 100) yield wrong(`${path}.traffic[${i}].percent`, step.percent, '100 for the last step');
    if (step.hold !== 0) {
      yield wrong(`${path}.traffic[${i}].hold`, formatDuration(step.hold), 'none on the last step, "bake" follows it');
    }
  }
  if (strategy === 'rolling' && traffic.length > 1) {
    yield { path: `${path}.traffic`, message: 'a rolling environment has one fleet and no steps; leave it out' };
  }
  if (strategy === 'rolling' && readOnlyDuringMigrations !== 'never') {
    const message = 'a rolling environment has no route that could be read-only; leave it out';
    yield { path: `${path}.readOnlyDuringMigrations`, message };
  }
  if (strategy === 'blue-green' && bake >= revertWindow) {
    yield wrong(
      `${path}.bake`,
      formatDuration(bake),
      `less than revertWindow, which is ${formatDuration(revertWindow)}`,
    );
  }
  if (size.max < size.min) yield wrong(`${path}.size.max`, size.max, `at least size.min, which is ${size.min}`);
  for (const [i, window] of environment.freeze.entries()) {
    if ('cron' in window) continue;
    const { from, to } = window;
    if (Date.parse(to) <= Date.parse(from))
      yield wrong(`${path}.freeze[${i}].to`, to, `a time after from, which is ${from}`);
  }
  const events = EVENTS_A_POLL * pollsOfLongestRelease(environment);
  if (events > EVENTS_FOR_POLLS) {
    const message = `the longest release would write about ${events} history events, ${EVENTS_FOR_POLLS} fit; lengthen it or shorten the timeouts`;
    yield { path: `${path}.pollInterval`, message };
  }
}

/** CloudWatch tells of the alarms of one account and region at a time. */
function* checkAlarms({ alarms, account, region }: EnvironmentConfig, path: string): Iterable<Problem> {
  for (const [i, alarm] of alarms.own.entries()) {
    const [, , , alarmRegion, alarmAccount] = alarm.split(':');
    const elsewhere = (own: string | undefined, theirs: string | undefined) =>
      own !== undefined && theirs !== undefined && own !== theirs;
    if (elsewhere(region, alarmRegion) || elsewhere(account, alarmAccount)) {
      yield wrong(`${path}.alarms.own[${i}]`, alarm, "an alarm in the environment's account and region");
    }
  }
}

function pollsOfLongestRelease(environment: EnvironmentConfig): number {
  const { scan, snapshotTimeout, healthyTimeout, traffic, bake } = environment;
  const awaited = [scan.timeout, snapshotTimeout, healthyTimeout, bake, ...traffic.map(({ hold }) => hold)];
  return awaited.reduce((sum, time) => sum + polls(time, environment), migrationTaskPolls(environment));
}

function* checkProduction({ database, cache, size, approval }: EnvironmentConfig, path: string): Iterable<Problem> {
  const must = (option: string, given: unknown, allowed: string) =>
    wrong(`${path}.${option}`, given, `${allowed} in production`);
  if (!database.multiAz) yield must('database.multiAz', false, 'true');
  if (!database.deletionProtection) yield must('database.deletionProtection', false, 'true');
  yield* checkProductionBackup(database.backup, `${path}.database.backup`);
  if (cache && cache.nodes < 2) yield must('cache.nodes', cache.nodes, 'at least 2');
  if (size.min < 2) yield must('size.min', size.min, 'at least 2');
  if (!approval.required && approval.allowRequester) {
    yield must('approval.allowRequester', true, 'false or left out, since nobody is asked,');
  }
}

const DAY = 86_400_000;

/** What time makes untrue. It never stops a synthesis: the infrastructure must stay deployable on every day. */
function* lookAtTimes({ scan, freeze }: EnvironmentConfig, path: string, now: Date): Iterable<Problem> {
  for (const [i, { cve, expires }] of scan.waivers.entries()) {
    const left = Math.ceil((Date.parse(expires) + DAY - now.getTime()) / DAY);
    const at = `${path}.scan.waivers[${i}].expires`;
    if (left <= 0)
      yield { path: at, message: `the waiver of ${cve} expired on ${expires} and counts no more; remove or renew it` };
    else if (left <= scan.warnDays) yield { path: at, message: `the waiver of ${cve} ends in ${left} days` };
  }
  for (const [i, window] of freeze.entries()) {
    if ('to' in window && Date.parse(window.to) <= now.getTime())
      yield { path: `${path}.freeze[${i}]`, message: `is over since ${window.to}; remove it` };
  }
  const closed = activeFreeze(freeze, null, now);
  if (closed?.endsWith(NEVER_OPENS))
    yield { path: `${path}.freeze`, message: `leaves no time for a release: ${closed}` };
}
