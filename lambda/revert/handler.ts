import { forPeople } from '../aws/operator';
import type { RevertRequest } from './request';
import { revert } from './revert';

/** Revert: sends traffic back, at once. */
export const handler = forPeople((request: RevertRequest, actor) => revert(request, actor()));
