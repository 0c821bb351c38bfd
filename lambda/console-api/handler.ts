import { createHash } from 'node:crypto';
import { isTransient } from '../aws/step';
import { type ConsoleRoute, Refusal, requireRole } from '../domain/console';
import { ReleaseError } from '../domain/errors';
import { history, releaseHistory } from '../inspect/read';
import { act } from './acts';
import { overview } from './overview';
import { type HttpRequest, parseBody, requireOwnPage, whoAsks } from './request';
import { matches } from './search';

interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Nothing of an environment is kept by anybody in between; the page asks whether it has changed. */
const HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'private, no-cache',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/**
 * The API behind the console. API Gateway has verified the token before this is called; what somebody may do is decided
 * here, by the roles in it. Reading is GET and changes nothing; every act is a POST that only the console's own page can
 * make, and is recorded as the person's.
 */
export const handler = async (
  request: HttpRequest,
  context?: { readonly awsRequestId: string },
): Promise<HttpResponse> => {
  try {
    const answer = await route(request);
    return 'statusCode' in answer ? (answer as HttpResponse) : answerTo(request, answer);
  } catch (error) {
    return refusal(error, context?.awsRequestId ?? 'unknown');
  }
};

async function route(request: HttpRequest): Promise<object> {
  const person = whoAsks(request);
  switch (request.routeKey as ConsoleRoute) {
    case 'GET /api/overview':
      requireRole(person, 'viewers', 'the console');
      return overview(person);
    case 'GET /api/releases': {
      requireRole(person, 'viewers', 'the console');
      const { search = '', limit = '50' } = request.queryStringParameters ?? {};
      const { releases } = await history(500);
      const found = releases.filter((record) => matches(record, search));
      return { releases: found.slice(0, Number(limit) || 50), found: found.length };
    }
    case 'GET /api/releases/{release}':
      requireRole(person, 'viewers', 'the console');
      return releaseHistory(request.pathParameters?.release ?? '');
    case 'POST /api/acts/{act}':
      requireOwnPage(request);
      return respond(await act(person, request.pathParameters?.act ?? '', parseBody(request)));
    default:
      throw new Refusal('Unknown', `the console has no ${request.routeKey}`);
  }
}

/** 304 without a body when the page has this very answer. */
function answerTo({ headers }: HttpRequest, answer: object): HttpResponse {
  const body = JSON.stringify(answer);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  if (headers['if-none-match'] === etag) return { statusCode: 304, headers: { ...HEADERS, etag } };
  return { statusCode: 200, headers: { ...HEADERS, etag }, body };
}

function respond({ status, result }: { readonly status: number; readonly result: object }): HttpResponse {
  return { statusCode: status, headers: HEADERS, body: JSON.stringify(result) };
}

/** What the person can do something about is told; the cause of all else goes to the log, where its id leads. */
function refusal(error: unknown, id: string): HttpResponse {
  if (isTransient(error)) return answerWith(503, 'Transient', 'AWS did not answer; try again in a moment');
  if (!(error instanceof Refusal || error instanceof ReleaseError)) {
    // Not the whole error: one of the SDK holds its request.
    console.error(error instanceof Error ? error.stack : String(error));
    const message = `the console failed, and cannot say whether anything was done: look at how things stand before you try again. The log of its API says why, under the request id ${id}`;
    return answerWith(500, 'Unexpected', message);
  }
  const { name, message } = error;
  const statusCode = error instanceof Refusal ? error.status : name === 'Transient' ? 503 : 409;
  return answerWith(statusCode, name, message);
}

function answerWith(statusCode: number, error: string, message: string): HttpResponse {
  return { statusCode, headers: HEADERS, body: JSON.stringify({ error, message }) };
}
