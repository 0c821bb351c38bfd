import { forPeople } from '../aws/operator';
import { operate, type OperateRequest } from './operate';

/** Operate: what operators do to an environment beside reverting it. */
export const handler = forPeople((request: OperateRequest, actor) => operate(request, actor()));
