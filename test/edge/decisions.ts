import { formatRoute, type Route } from '../../lambda/domain/route';
import { type Answer, type Decision, EdgeRuntime, type ViewerEvent } from './runtime';

/** An edge whose store holds this route. */
export function edgeWith(route: Route): EdgeRuntime {
  return new EdgeRuntime(() => formatRoute(route));
}

/** @throws Error when the request went on to an origin */
export function answerOf(decision: Decision): Answer {
  if (decision.kind !== 'answer') throw new Error(`went to ${decision.origin}`);
  return decision.answer;
}

/** @throws Error when the request was answered at the edge */
export function requestOf(decision: Decision): ViewerEvent['request'] {
  if (decision.kind !== 'origin') throw new Error(`was answered with ${decision.answer.statusCode}`);
  return decision.request;
}
