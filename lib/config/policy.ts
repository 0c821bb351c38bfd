import type { ReleasePolicy } from '../../lambda/domain/policy';
import type { ProvenanceRule } from '../../lambda/domain/provenance';
import type { EnvironmentConfig, GithubConfig, GreenroomConfig, Seconds } from './model';

/** Physical name of an environment's ECR repository: each has its own, so that several fit into one account. */
export function repositoryName(config: GreenroomConfig, environment: EnvironmentConfig): string {
  return `${config.repository.name}/${environment.name}`;
}

/** How many looks, one each poll interval, fill a time; never fewer than one. */
export function polls(time: Seconds, environment: EnvironmentConfig): number {
  return Math.max(1, Math.ceil(time / environment.pollInterval));
}

/** A migration's task may run for a day, and an execution's history is limited: it is asked this often at most. */
const MIGRATION_TASK_POLLS = 360;

/** Time between two looks at a migration's task. */
export function migrationTaskInterval({ pollInterval, migrations }: EnvironmentConfig): Seconds {
  return Math.max(pollInterval, Math.ceil(migrations.timeBudget / MIGRATION_TASK_POLLS));
}

/** How many looks at a migration's task there may be; none where there is no task. */
export function migrationTaskPolls(environment: EnvironmentConfig): number {
  const { runOn, timeBudget } = environment.migrations;
  return runOn === 'fargate' ? Math.ceil(timeBudget / migrationTaskInterval(environment)) : 0;
}

/** What the handlers need to know of an environment, with durations as numbers of polls. */
export function releasePolicy(config: GreenroomConfig, environment: EnvironmentConfig): ReleasePolicy {
  return {
    application: config.application.name,
    environment: environment.name,
    repository: repositoryName(config, environment),
    containerName: config.container.name,
    ...(config.repository.github && { provenance: provenanceRule(config.repository.github, environment) }),
    concurrency: environment.concurrency,
    scan: {
      failOn: environment.scan.failOn,
      waivers: environment.scan.waivers.map((waiver) => ({ ...waiver, expires: endOfDay(waiver.expires) })),
      warnDays: environment.scan.warnDays,
      checks: polls(environment.scan.timeout, environment),
    },
    freeze: environment.freeze,
    size: environment.size,
    healthyChecks: polls(environment.healthyTimeout, environment),
    smoke: environment.smoke,
    approval: approvalRules(environment),
    traffic: environment.traffic.map(({ percent, hold }) => ({
      percent,
      checks: hold === 0 ? 0 : polls(hold, environment),
    })),
    alarms: environment.alarms.own.map(alarmName),
    bakeChecks: environment.bake === 0 ? 0 : polls(environment.bake, environment),
    revertWindowMinutes: Math.ceil(environment.revertWindow / 60),
    snapshotBeforeMigration: environment.snapshotBeforeMigration,
    snapshotChecks: polls(environment.snapshotTimeout, environment),
    requireRollback: environment.requireRollback,
  };
}

/** An alarm's ARN ends in its name, which has no colon. */
function alarmName(nameOrArn: string): string {
  return nameOrArn.split(':').at(-1) as string;
}

function provenanceRule(github: GithubConfig, { provenance }: EnvironmentConfig): ProvenanceRule {
  const { owner, repo, repositoryId, branches } = github;
  return { required: provenance === 'required', repository: `${owner}/${repo}`, repositoryId, branches };
}

function approvalRules({ approval }: EnvironmentConfig): ReleasePolicy['approval'] {
  const { required, approvers, allowRequester, acceptClaims } = approval;
  return { required, approvers, allowRequester, acceptClaims };
}

/** A waiver counts on its last day too: it expires with the first moment (UTC) of the next. */
function endOfDay(day: string): string {
  return new Date(Date.parse(day) + 24 * 3600 * 1000).toISOString();
}
