import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setting } from '../aws/settings';
import { discover, type SignIn } from './discover';

interface PageRequest {
  readonly rawPath: string;
}

interface PageResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the page learns before anybody has signed in: nothing that is not on every sign-in page. */
export interface PageConfig {
  /** Application and environment. */
  readonly place: string;
  readonly signIn: SignIn;
  /** Consoles of other environments that take the same token. */
  readonly others: readonly { readonly name: string; readonly url: string }[];
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
};

/** The files of the page lie beside the code; an asset's name holds the hash of its content. */
const ASSET = /^\/assets\/(page-\w+\.(js|css))$/;

/** The console's page. Anybody may load it; it holds nothing, and its role allows nothing. */
export const handler = async ({ rawPath }: PageRequest): Promise<PageResponse> => {
  if (rawPath === '/config.json') return configuration();
  const asset = ASSET.exec(rawPath)?.[1];
  if (asset !== undefined) return file(asset, 'public, max-age=31536000, immutable');
  if (rawPath === '/') return file('index.html', 'no-cache', await contentPolicy());
  return respond(404, 'json', JSON.stringify({ error: 'Unknown', message: `the console has no ${rawPath}` }));
};

async function configuration(): Promise<PageResponse> {
  try {
    const config: PageConfig = { place: setting('CONSOLE_PLACE'), signIn: await discover(), others: others() };
    return respond(200, 'json', JSON.stringify(config));
  } catch (error) {
    const message = `the identity provider does not answer: ${(error as Error).message}`;
    return respond(502, 'json', JSON.stringify({ error: 'Transient', message }));
  }
}

function others(): PageConfig['others'] {
  return JSON.parse(setting('CONSOLE_OTHERS')) as PageConfig['others'];
}

/** The page loads nothing from elsewhere, and talks to nobody but its API, the token endpoint and the other consoles. */
async function contentPolicy(): Promise<Record<string, string>> {
  const { tokenEndpoint } = await discover().catch((): Partial<SignIn> => ({}));
  const connect = [
    "'self'",
    ...(tokenEndpoint ? [new URL(tokenEndpoint).origin] : []),
    ...others().map(({ url }) => url),
  ];
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${connect.join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return { 'content-security-policy': policy.join('; ') };
}

function file(name: string, caching: string, headers: Record<string, string> = {}): PageResponse {
  let body: string;
  try {
    body = readFileSync(resolve(process.env.LAMBDA_TASK_ROOT ?? '.', name), 'utf8');
  } catch {
    return respond(404, 'json', JSON.stringify({ error: 'Unknown', message: `the console has no ${name}` }));
  }
  return respond(200, name.split('.').at(-1) as string, body, { 'cache-control': caching, ...headers });
}

function respond(statusCode: number, type: string, body: string, headers: Record<string, string> = {}): PageResponse {
  return {
    statusCode,
    body,
    headers: {
      'content-type': TYPES[type] as string,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'strict-transport-security': 'max-age=31536000',
      ...headers,
    },
  };
}
