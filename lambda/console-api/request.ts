import { setting } from '../aws/settings';
import { CONSOLE_HEADER, type ConsoleClaims, type ConsolePerson, personOf, Refusal } from '../domain/console';

/** An event of an HTTP API, payload format 2.0; header names are lower case. */
export interface HttpRequest {
  readonly routeKey: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly queryStringParameters?: Readonly<Record<string, string>>;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext: {
    readonly authorizer?: { readonly jwt?: { readonly claims: Readonly<Record<string, unknown>> } };
  };
}

/** Longer than any reason that people write. */
const LONGEST_BODY = 10_000;

/**
 * Who makes the request. The authorizer has verified the token; it is read here once more, because API Gateway hands its
 * claims on as plain texts, in which a list of groups cannot be told from one group with a blank in its name.
 *
 * @throws Refusal NotSignedIn
 */
export function whoAsks({ headers, requestContext }: HttpRequest): ConsolePerson {
  const verified = requestContext.authorizer?.jwt?.claims;
  const token = parseToken(headers.authorization);
  if (verified === undefined || token === undefined || token.sub !== verified.sub) {
    throw new Refusal('NotSignedIn', 'nobody has signed in with this request; sign in again');
  }
  return personOf(token, JSON.parse(setting('CONSOLE_CLAIMS')) as ConsoleClaims);
}

function parseToken(authorization: string | undefined): Record<string, unknown> | undefined {
  const [, payload] = (authorization ?? '').replace(/^Bearer /i, '').split('.');
  try {
    return JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/**
 * A page elsewhere can make a browser send a form, but neither this header nor JSON without being allowed to by CORS,
 * and the API allows nobody. Browsers say besides whose page it was.
 *
 * @throws Refusal Forged
 */
export function requireOwnPage({ headers }: HttpRequest): void {
  const site = headers['sec-fetch-site'];
  const own =
    headers[CONSOLE_HEADER] === '1' &&
    (headers['content-type'] ?? '').startsWith('application/json') &&
    (site === undefined || site === 'same-origin');
  if (own) return;
  throw new Refusal('Forged', 'this request does not come from the console; nothing was done');
}

/** @throws Refusal BadRequest */
export function parseBody({ body = '', isBase64Encoded }: HttpRequest): Record<string, unknown> {
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
  if (text.length > LONGEST_BODY) throw new Refusal('BadRequest', `a request has at most ${LONGEST_BODY} characters`);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw new Refusal('BadRequest', 'the body is no JSON object');
}
