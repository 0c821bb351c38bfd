import { ReleaseError } from '../domain/errors';
import type { Actor } from '../domain/people';
import { CONSOLE_ALIAS, URL_ALIAS } from '../domain/steps';
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

/** What the console's API calls with, in the name of a person who has signed in. */
export interface ConsoleEvent<Request> {
  readonly signedIn: { readonly name: string };
  readonly request: Request;
}

/** What a function for people is called with: by its URL or by the console (authenticated), or directly (a claim). */
type PeoplesEvent<Request> = UrlEvent | ConsoleEvent<Request> | (Request & { readonly by?: string });

/**
 * A handler that people call. By URL it answers with HTTP status 200, or 400 (503 for what may be gone a moment later) and
 * the error's name and message; called directly it returns the result or throws. An event that looks like a URL's, or like the console's, is believed only when
 * it came through the alias that is theirs alone: anybody who may invoke a function can write such an event.
 *
 * @param run gets the request, and who makes it when it asks; asking throws when nobody said who they are
 */
export function forPeople<Request extends object, Result>(
  run: (request: Request, actor: () => Actor) => Promise<Result>,
) {
  const act = step(run);
  return async (event: PeoplesEvent<Request>, context?: { readonly invokedFunctionArn: string }) => {
    const cameBy = (alias: string) => context?.invokedFunctionArn.endsWith(`:${alias}`) ?? false;
    if (isConsoleEvent(event)) {
      if (!cameBy(CONSOLE_ALIAS))
        throw new ReleaseError('InvalidRelease', 'this is a call of the console that came from elsewhere; use "by"');
      return act(event.request, () => ({ name: event.signedIn.name, source: 'authenticated' }));
    }
    if (!isUrlEvent(event)) return act(event, () => claimed(event.by));
    if (!cameBy(URL_ALIAS)) {
      throw new ReleaseError('InvalidRelease', 'this is a call by URL that came by none; leave requestContext out');
    }
    try {
      // Never act on GET: mail scanners follow links.
      if (event.requestContext.http.method !== 'POST') throw new ReleaseError('InvalidRelease', 'use POST');
      const result = await act(parseBody<Request>(event), () => authenticated(event));
      return { statusCode: 200, body: JSON.stringify(result) };
    } catch (error) {
      if (!(error instanceof ReleaseError)) throw error;
      const { name, message } = error;
      return { statusCode: name === 'Transient' ? 503 : 400, body: JSON.stringify({ error: name, message }) };
    }
  };
}

function claimed(name: string | undefined): Actor {
  if (!name) throw new ReleaseError('InvalidRelease', 'say who you are: {"by": "your name", …}');
  return { name, source: 'claimed' };
}

function authenticated(event: UrlEvent): Actor {
  const name = event.requestContext.authorizer?.iam?.userArn;
  if (name === undefined) throw new ReleaseError('InvalidRelease', 'the caller is not authenticated');
  return { name, source: 'authenticated' };
}

function isConsoleEvent<Request>(event: object): event is ConsoleEvent<Request> {
  return 'signedIn' in event;
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
