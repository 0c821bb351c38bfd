import { nameOf } from './functions/pool';
import type { FunctionPool } from './functions/pool';
import type { Principal } from './model';
import type { WireRequest, WireResponse } from './door/wire';

/** Where the door answers calls by URL; AWS gives every function a host of its own. */
const FUNCTION_URLS = '/function-urls/';

/** The name and alias of the function that a path is the URL of; undefined for the path of an AWS API. */
export function functionOfPath(path: string): string | undefined {
  if (!path.startsWith(FUNCTION_URLS)) return undefined;
  return decodeURIComponent(path.slice(FUNCTION_URLS.length).split('/')[0] ?? '');
}

/** The URL of a function's alias at a door. */
export function urlOf(doorUrl: string, functionName: string, alias: string): string {
  return `${doorUrl}${FUNCTION_URLS}${encodeURIComponent(`${nameOf(functionName)}:${alias}`)}/`;
}

/** Invokes a function as its URL with IAM does: the function learns who signed. */
export async function callByUrl(
  functions: Pick<FunctionPool, 'invoke'>,
  qualifiedName: string,
  request: Pick<WireRequest, 'method' | 'body'>,
  caller: { readonly principal: Principal; readonly account: string },
): Promise<WireResponse> {
  const { principal, account } = caller;
  const event = {
    version: '2.0',
    rawPath: '/',
    isBase64Encoded: false,
    body: request.body.toString('utf8'),
    requestContext: {
      accountId: account,
      http: { method: request.method, path: '/' },
      authorizer: { iam: { accountId: account, userArn: `arn:aws:iam::${account}:user/${principal.name}` } },
    },
  };
  try {
    const result = (await functions.invoke(qualifiedName, event)) as { statusCode?: number; body?: string } | null;
    const { statusCode = 200, body = JSON.stringify(result) } = result ?? {};
    return answer(statusCode, body);
  } catch {
    // AWS tells nobody outside why a function failed; its log does.
    return answer(502, 'Internal Server Error');
  }
}

function answer(status: number, body: string): WireResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
}
