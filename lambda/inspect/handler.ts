import { forPeople } from '../aws/operator';
import { ReleaseError } from '../domain/errors';
import { acts, environmentStatus, history, places, releaseHistory } from './read';

type InspectRequest =
  | { readonly action: 'status' }
  | { readonly action: 'history'; /** @default 20 */ readonly limit?: number }
  | { readonly action: 'events'; readonly release: string }
  | { readonly action: 'acts'; /** @default - from the beginning */ readonly after?: string }
  | { readonly action: 'places' };

/** Inspect: what everybody who works with an environment may read of it. It changes nothing. */
export const handler = forPeople(inspect);

async function inspect(request: InspectRequest): Promise<object> {
  switch (request.action) {
    case 'status':
      return environmentStatus();
    case 'history':
      return history(request.limit);
    case 'events':
      return releaseHistory(request.release);
    case 'acts':
      return acts(request.after);
    case 'places':
      return places();
    default:
      throw new ReleaseError('InvalidRelease', 'action is none of status, history, events, acts, places');
  }
}
