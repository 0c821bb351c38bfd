import { forPeople } from '../aws/operator';
import { decide, type DecideRequest } from './decide';

/** Decide: QA approves or rejects a release that waits. */
export const handler = forPeople((request: DecideRequest, actor) => decide(request, actor()));
