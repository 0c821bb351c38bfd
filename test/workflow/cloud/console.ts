import { CONSOLE_HEADER, type ConsoleAct, type ConsoleRole } from '../../../lambda/domain/console';
import type { World } from './world';

/** What somebody's token says, after API Gateway has verified it. */
export type Token = Readonly<Record<string, unknown>>;

export const tokenOf = (name: string, role: ConsoleRole): Token => {
  const email = `${name}@example.com`;
  return { sub: `sub-${name}`, email, email_verified: true, roles: [role], 'cognito:groups': [role] };
};

export const OLGA = tokenOf('olga', 'operators');
export const QUINN = tokenOf('quinn', 'qa');
export const VERA = tokenOf('vera', 'viewers');

/** Headers that the console's own page sends with an act. */
export const OWN_PAGE = { 'content-type': 'application/json', [CONSOLE_HEADER]: '1', 'sec-fetch-site': 'same-origin' };

interface Request {
  readonly headers?: Readonly<Record<string, string>>;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** The event of an HTTP API for somebody's request; without a token it is one that no authorizer has seen. */
function requestOf(token: Token | undefined, routeKey: string, request: Request = {}): object {
  const encoded = token && Buffer.from(JSON.stringify(token)).toString('base64url');
  return {
    routeKey,
    headers: { ...request.headers, ...(encoded && { authorization: `Bearer head.${encoded}.signature` }) },
    queryStringParameters: request.query,
    pathParameters: request.parameters,
    body: request.body && JSON.stringify(request.body),
    requestContext: token ? { authorizer: { jwt: { claims: { sub: token.sub } } } } : {},
  };
}

/** What the API answered. */
export interface Answer {
  readonly status: number;
  readonly etag?: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- each route has its own
  readonly body: any;
}

export async function ask(
  world: World,
  token: Token | undefined,
  routeKey: string,
  request?: Request,
): Promise<Answer> {
  const { statusCode, headers, body } = await world.call('console-api', requestOf(token, routeKey, request));
  return { status: statusCode, etag: headers.etag, body: body && JSON.parse(body) };
}

/** Somebody clicks. */
export function perform(
  world: World,
  token: Token | undefined,
  act: ConsoleAct,
  body: object,
  headers: Readonly<Record<string, string>> = OWN_PAGE,
): Promise<Answer> {
  return ask(world, token, 'POST /api/acts/{act}', { headers, parameters: { act }, body });
}
