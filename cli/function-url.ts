import type { LambdaClient } from '@aws-sdk/client-lambda';
import { URL_ALIAS } from '../lambda/domain/steps';

/** What a function answered by its URL. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** A function ends within a minute; the rest is for a cold start and the way. */
const TIMEOUT_MS = 90_000;

/** The URL of a function that people call. */
export async function findUrl(client: LambdaClient, functionName: string): Promise<string> {
  const { GetFunctionUrlConfigCommand } = await import('@aws-sdk/client-lambda');
  const command = new GetFunctionUrlConfigCommand({ FunctionName: functionName, Qualifier: URL_ALIAS });
  const { FunctionUrl } = await client.send(command);
  return FunctionUrl as string;
}

/**
 * Posts a document to a function's URL, once, signed with the client's credentials (SigV4).
 *
 * @throws Error named AccessDeniedException when AWS lets this caller not through
 */
export async function post(client: LambdaClient, url: string, body: string): Promise<HttpAnswer> {
  const { SignatureV4 } = await import('@smithy/signature-v4');
  const { credentials, region, sha256 } = client.config;
  const { protocol, hostname, port, pathname, host } = new URL(url);
  const signer = new SignatureV4({ credentials, region, sha256, service: 'lambda' });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol,
    hostname,
    ...(port !== '' && { port: Number(port) }),
    path: pathname,
    headers: { host, 'content-type': 'application/json' },
    body,
  });
  const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await response.text();
  if (response.status !== 403) return { status: response.status, body: text };
  throw Object.assign(new Error(text.slice(0, 300)), { name: 'AccessDeniedException' });
}
