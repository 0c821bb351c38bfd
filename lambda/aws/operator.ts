import { ReleaseError } from '../domain/errors';
import { URL_ALIAS } from '../domain/steps';
import { step } from './step';

/** A function URL's event with IAM authorisation: the only one that says who called. */
interface UrlEvent {
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext: {
    readonly http: { readonly method: string };
    readonly authorizer?: { readonly iam?: { readonly userArn?: string } };
  };
}

/** What a function for people is called with: by its URL (authenticated), or directly (a claim). */
type PeoplesEvent<Request> = UrlEvent | (Request & { readonly by?: string });

/** Who called, and whether AWS vouches for it. A directly invoked Lambda does not learn its caller. */
export interface Caller {
  readonly name: string;
  readonly source: 'authenticated' | 'claimed';
}

/**
 * A handler that people call. By URL it answers with HTTP status 200, or 400 and the error's name and message; called
 * directly it returns the result or throws. An event that looks like a URL's is believed only when it came through the
 * alias that carries the URL: anybody who may invoke a function can write such an event.
 *
 * @param run gets the request, and who makes it when it asks; asking throws when nobody said who they are
 */
export function forPeople<Request extends object, Result>(
  run: (request: Request, caller: () => Caller) => Promise<Result>,
) {
  return step(async (event: PeoplesEvent<Request>, context?: { readonly invokedFunctionArn: string }) => {
    if (!isUrlEvent(event)) return run(event, () => claimed(event.by));
    if (!context?.invokedFunctionArn.endsWith(`:${URL_ALIAS}`)) {
      throw new ReleaseError('InvalidRelease', 'this is a call by URL that came by none; leave requestContext out');
    }
    try {
      // Never act on GET: mail scanners follow links.
      if (event.requestContext.http.method !== 'POST') throw new ReleaseError('InvalidRelease', 'use POST');
      const result = await run(parseBody<Request>(event), () => authenticated(event));
      return { statusCode: 200, body: JSON.stringify(result) };
    } catch (error) {
      if (!(error instanceof ReleaseError)) throw error;
      return { statusCode: 400, body: JSON.stringify({ error: error.name, message: error.message }) };
    }
  });
}

function claimed(name: string | undefined): Caller {
  if (!name) throw new ReleaseError('InvalidRelease', 'say who you are: {"by": "your name", …}');
  return { name, source: 'claimed' };
}

function authenticated(event: UrlEvent): Caller {
  const name = event.requestContext.authorizer?.iam?.userArn;
  if (name === undefined) throw new ReleaseError('InvalidRelease', 'the caller is not authenticated');
  return { name, source: 'authenticated' };
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
