import { FAULT } from './constants';

/** A request as far as a fault looks at it. */
export interface FaultableRequest {
  readonly method: string;
  readonly path: string;
  /** Whether it came with the preview credential: from SmokeTest or from QA, not from a viewer. */
  readonly preview: boolean;
}

/** Viewer requests that `errors-after-cutover` serves well, in each process, before it begins to fail. */
const GOOD_VIEWER_REQUESTS = 50;
const FAILING_ONE_IN = 10;

let viewerRequests = 0;

/**
 * Broken builds, to try what a release does when a version is bad. A build without a fault never gets here with
 * anything but `none`.
 *
 * @returns why the request must fail, or undefined.
 */
export function faultOf(request: FaultableRequest): string | undefined {
  switch (FAULT) {
    case 'health':
      return request.path === '/readyz' ? 'fault "health": this build never becomes ready' : undefined;
    case 'smoke':
      return request.method === 'GET' && (request.path === '/' || request.path === '/api/notes')
        ? 'fault "smoke": this build cannot list notes'
        : undefined;
    case 'errors-after-cutover':
      if (request.preview || request.path === '/livez' || request.path === '/readyz') return undefined;
      viewerRequests += 1;
      return viewerRequests > GOOD_VIEWER_REQUESTS && viewerRequests % FAILING_ONE_IN === 0
        ? 'fault "errors-after-cutover": one viewer request in ten fails'
        : undefined;
    default:
      return undefined;
  }
}
