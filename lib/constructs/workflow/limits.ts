import { Duration } from 'aws-cdk-lib';
import { type EnvironmentConfig, migrationTaskInterval, migrationTaskPolls, polls } from '../../config';
import { TURN_TIMEOUT } from './answered-steps';

/** Step Functions ends an execution at 25,000 events; what is left over is for retries. */
const HISTORY_BUDGET = 15_000;

/** Events of one round of a polled step: task 5, choice 2, wait 2. */
const EVENTS_A_POLL = 9;

/** All waiting times of a release, twice over, and a day for the work in between. */
export function longestRelease(environment: EnvironmentConfig): Duration {
  const task = migrationTaskPolls(environment) * migrationTaskInterval(environment);
  const waits = environment.approval.timeout + 2 * (sum(polledSeconds(environment)) + task);
  return Duration.seconds(waits + TURN_TIMEOUT.toSeconds() + Duration.days(1).toSeconds());
}

/** @throws Error when the environment's times and poll interval would outgrow an execution's history. */
export function checkHistory(environment: EnvironmentConfig): void {
  const steps = sum(polledSeconds(environment).map((seconds) => polls(seconds, environment)));
  const events = EVENTS_A_POLL * (steps + migrationTaskPolls(environment));
  if (events <= HISTORY_BUDGET) return;
  throw new Error(
    `environment "${environment.name}": a release could take ${events} history events, ${HISTORY_BUDGET} are allowed; ` +
      `raise pollInterval (${environment.pollInterval} s) or shorten scan.timeout, healthyTimeout, bake or the traffic holds`,
  );
}

function polledSeconds(environment: EnvironmentConfig): number[] {
  return [
    environment.scan.timeout,
    environment.snapshotTimeout,
    environment.healthyTimeout,
    environment.bake,
    ...environment.traffic.map(({ hold }) => hold),
  ];
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
