import { Duration } from 'aws-cdk-lib';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { EnvironmentConfig } from '../../config';
import type { AnsweredStep, StepStates } from './step-states';
import { namedStep } from './steps';

/** A release waits at most this long for its turn: a safety net, since the finishing release answers its token. */
export const TURN_TIMEOUT = Duration.days(1);

/** The turn is one an environment: releases, migrations and restores wait for the same. */
export function awaitTurn(states: StepStates): sfn.Chain {
  return states.answered({
    ...namedStep('AwaitTurn'),
    timeout: TURN_TIMEOUT,
    timedOut: {
      error: 'TurnTimedOut',
      cause: `the turn did not come within ${TURN_TIMEOUT.toHours()} hours; look at the release that holds it`,
    },
  });
}

/** Asks people, for as long as the configuration lets them think. */
export function awaitApproval(
  states: StepStates,
  { approval }: EnvironmentConfig,
  names: Pick<AnsweredStep, 'name' | 'lastLook'>,
): sfn.Chain {
  const timeout = Duration.seconds(approval.timeout);
  return states.answered({
    ...namedStep('AwaitApproval'),
    ...names,
    timeout,
    timedOut: {
      error: 'ApprovalTimedOut',
      cause: `nobody decided within ${timeout.toHours({ integral: false })} hours`,
    },
  });
}
