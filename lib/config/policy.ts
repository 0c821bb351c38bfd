import type { ReleasePolicy } from '../../lambda/domain/policy';
import type { EnvironmentConfig, GreenroomConfig, Seconds } from './model';

/** Physical name of an environment's ECR repository: each has its own, so that several fit into one account. */
export function repositoryName(config: GreenroomConfig, environment: EnvironmentConfig): string {
  return `${config.repository.name}/${environment.name}`;
}

/** How many looks, one each poll interval, fill a time; never fewer than one. */
export function polls(time: Seconds, environment: EnvironmentConfig): number {
  return Math.max(1, Math.ceil(time / environment.pollInterval));
}

/** What the handlers need to know of an environment, with durations as numbers of polls. */
export function releasePolicy(config: GreenroomConfig, environment: EnvironmentConfig): ReleasePolicy {
  return {
    application: config.application.name,
    environment: environment.name,
    repository: repositoryName(config, environment),
    containerName: config.container.name,
    concurrency: environment.concurrency,
    scan: {
      failOn: environment.scan.failOn,
      waivers: environment.scan.waivers.map((waiver) => ({ ...waiver, expires: endOfDay(waiver.expires) })),
      checks: polls(environment.scan.timeout, environment),
    },
    freeze: environment.freeze,
    size: environment.size,
    healthyChecks: polls(environment.healthyTimeout, environment),
    smoke: environment.smoke,
    approval: { required: environment.approval.required, allowRequester: environment.approval.allowRequester },
    traffic: environment.traffic.map(({ percent, hold }) => ({
      percent,
      checks: hold === 0 ? 0 : polls(hold, environment),
    })),
    bakeChecks: environment.bake === 0 ? 0 : polls(environment.bake, environment),
    revertWindowMinutes: Math.ceil(environment.revertWindow / 60),
    snapshotBeforeMigration: environment.snapshotBeforeMigration,
    snapshotChecks: polls(environment.snapshotTimeout, environment),
    requireRollback: environment.requireRollback,
  };
}

/** A waiver counts on its last day too: it expires with the first moment (UTC) of the next. */
function endOfDay(day: string): string {
  return new Date(Date.parse(day) + 24 * 3600 * 1000).toISOString();
}
