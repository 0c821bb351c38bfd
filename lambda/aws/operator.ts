import { ReleaseError } from '../domain/errors';

/** A function URL's event with IAM authorisation: the only one that says who called. */
interface UrlEvent {
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext: {
    readonly http: { readonly method: string };
    readonly authorizer?: { readonly iam?: { readonly userArn?: string } };
  };
}

/** What an operator's Lambda is called with: by its URL (authenticated), or directly (a claim). */
export type OperatorEvent<Request> = UrlEvent | (Request & { readonly by?: string });

/** Who called, and whether AWS vouches for it. A directly invoked Lambda does not learn its caller. */
export interface Caller {
  readonly name: string;
  readonly source: 'authenticated' | 'claimed';
}

export function caller<Request>(event: OperatorEvent<Request>): Caller {
  if (isUrlEvent(event)) {
    const name = event.requestContext.authorizer?.iam?.userArn;
    if (name === undefined) throw new ReleaseError('InvalidRelease', 'the caller is not authenticated');
    return { name, source: 'authenticated' };
  }
  if (!event.by) throw new ReleaseError('InvalidRelease', 'say who you are: {"by": "your name", …}');
  return { name: event.by, source: 'claimed' };
}

/**
 * Runs an operator's request. Called by URL it answers with HTTP status 200, or 400 and the error's name and message;
 * called directly it returns the result or throws.
 */
export async function reply<Request extends object, Result>(
  event: OperatorEvent<Request>,
  run: (request: Request, event: OperatorEvent<Request>) => Promise<Result>,
) {
  if (!isUrlEvent(event)) return run(event, event);
  try {
    // Never act on GET: mail scanners follow links.
    if (event.requestContext.http.method !== 'POST') throw new ReleaseError('InvalidRelease', 'use POST');
    return { statusCode: 200, body: JSON.stringify(await run(parseBody<Request>(event), event)) };
  } catch (error) {
    if (!(error instanceof ReleaseError)) throw error;
    return { statusCode: 400, body: JSON.stringify({ error: error.name, message: error.message }) };
  }
}

function isUrlEvent(event: object): event is UrlEvent {
  return 'requestContext' in event;
}

function parseBody<Request>(event: UrlEvent): Request {
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : (event.body ?? '');
  try {
    return JSON.parse(text) as Request;
  } catch {
    throw new ReleaseError('InvalidRelease', 'the body is no JSON document');
  }
}
