import { createHash, createPublicKey, generateKeyPair, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { ConsoleClaims } from '../../lambda/domain/console';
import { type LocalPerson, PEOPLE } from './people';
import { chooser, type SignInRequest } from './sign-in';

/** Cognito's default, which the console's client in the template has too. */
const TOKEN_SECONDS = 3600;
const CODE_MS = 60_000;
const COOKIE = 'greenroom-local-person';

interface Grant extends SignInRequest {
  readonly person: LocalPerson;
  readonly until: number;
}

export interface IssuerOptions {
  readonly clientId: string;
  /** Which claims the console's API reads. */
  readonly claims: ConsoleClaims;
  /** Where the console is, once it is; codes are sent nowhere else. */
  readonly console: () => string;
  /** Life of a token. @default 3600 */
  readonly tokenSeconds?: number;
}

/**
 * The identity provider of the local mode: OpenID Connect with authorization code and PKCE, where people say who they
 * are instead of proving it. The console's page and API cannot tell it from another one.
 */
export class Issuer {
  private readonly codes = new Map<string, Grant>();
  private readonly server: Server;
  private keys: Promise<{ publicKey: KeyObject; privateKey: KeyObject }> | undefined;
  /** Life of a token in seconds; a test shortens it. */
  tokenSeconds: number;

  private constructor(private readonly options: IssuerOptions) {
    this.tokenSeconds = options.tokenSeconds ?? TOKEN_SECONDS;
    this.server = createServer((request, response) => {
      this.serve(request, response).catch((error: Error) => send(response, 500, 'text/plain', error.message));
    });
  }

  static async open(options: IssuerOptions): Promise<Issuer> {
    const issuer = new Issuer(options);
    await new Promise<void>((done) => issuer.server.listen(0, '127.0.0.1', done));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** A token for somebody, as they would get it by signing in. */
  async token(person: LocalPerson, nonce = '', seconds = this.tokenSeconds): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.url,
      aud: this.options.clientId,
      sub: person.name,
      nonce,
      iat: now,
      exp: now + seconds,
      email_verified: true,
      [this.options.claims.name]: person.email,
      [this.options.claims.roles]: [person.role],
    };
    const head = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
    const { privateKey } = await this.keyPair();
    return `${head}.${sign('sha256', Buffer.from(head), privateKey).toString('base64url')}`;
  }

  /** What API Gateway's authorizer does with a token. @returns its claims; undefined when it is not to be trusted */
  async verify(token: string): Promise<Record<string, unknown> | undefined> {
    const [head = '', payload = '', signature = ''] = token.split('.');
    try {
      const { alg } = decode(head) as { alg?: string };
      const claims = decode(payload) as { iss?: string; aud?: string; exp?: number };
      const { publicKey } = await this.keyPair();
      const trusted =
        alg === 'RS256' &&
        verify('sha256', Buffer.from(`${head}.${payload}`), publicKey, Buffer.from(signature, 'base64url')) &&
        claims.iss === this.url &&
        claims.aud === this.options.clientId &&
        (claims.exp ?? 0) > Date.now() / 1000;
      return trusted ? claims : undefined;
    } catch {
      return undefined;
    }
  }

  /** Made when somebody signs in: it takes a moment, and most runs have no visitor. */
  private keyPair(): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
    return (this.keys ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 }));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    switch (`${request.method} ${pathname}`) {
      case 'GET /.well-known/openid-configuration':
        return send(response, 200, 'application/json', JSON.stringify(this.configuration()));
      case 'GET /jwks':
        return send(response, 200, 'application/json', JSON.stringify({ keys: [await this.publicKey()] }));
      case 'GET /authorize':
        return this.authorize(request, response, searchParams);
      case 'POST /authorize':
        return this.choose(response, new URLSearchParams(await read(request)));
      case 'POST /token':
        return this.exchange(response, new URLSearchParams(await read(request)));
      case 'GET /logout':
        response.setHeader('set-cookie', `${COOKIE}=; Max-Age=0; Path=/`);
        return redirect(response, `${this.options.console()}/`);
      case 'OPTIONS /token':
        return send(response, 204, 'text/plain', '', this.cors());
      default:
        return send(response, 404, 'text/plain', 'no such page');
    }
  }

  private configuration(): object {
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      end_session_endpoint: `${this.url}/logout`,
      jwks_uri: `${this.url}/jwks`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    };
  }

  private async publicKey(): Promise<object> {
    const { privateKey } = await this.keyPair();
    return { ...createPublicKey(privateKey).export({ format: 'jwk' }), alg: 'RS256', use: 'sig' };
  }

  /** Whoever chose before is signed in at once, as at a provider with a session; `prompt=login` asks again. */
  private authorize(request: IncomingMessage, response: ServerResponse, given: URLSearchParams): void {
    const wish = Object.fromEntries(given) as unknown as SignInRequest & { prompt?: string };
    const wrong = this.wrong(wish);
    if (wrong) return send(response, 400, 'text/plain', wrong);
    const known = new RegExp(`${COOKIE}=(\\w+)`).exec(request.headers.cookie ?? '')?.[1];
    const person = PEOPLE.find(({ name }) => name === known);
    if (person && wish.prompt !== 'login') return this.grant(response, wish, person);
    send(response, 200, 'text/html; charset=utf-8', chooser(wish));
  }

  private choose(response: ServerResponse, given: URLSearchParams): void {
    const { person: name, ...wish } = Object.fromEntries(given) as unknown as SignInRequest & { person: string };
    const person = PEOPLE.find((each) => each.name === name);
    const wrong = person ? this.wrong(wish) : 'nobody has this name';
    if (!person || wrong) return send(response, 400, 'text/plain', wrong ?? '');
    response.setHeader('set-cookie', `${COOKIE}=${person.name}; HttpOnly; SameSite=Lax; Path=/`);
    this.grant(response, wish, person);
  }

  private wrong({ client_id, redirect_uri, code_challenge }: SignInRequest): string | undefined {
    if (client_id !== this.options.clientId) return 'the client is unknown';
    if (redirect_uri !== `${this.options.console()}/`) return 'the console is somewhere else';
    return code_challenge ? undefined : 'there is no code_challenge';
  }

  private grant(response: ServerResponse, wish: SignInRequest, person: LocalPerson): void {
    const code = randomBytes(24).toString('base64url');
    this.codes.set(code, { ...wish, person, until: Date.now() + CODE_MS });
    redirect(response, `${wish.redirect_uri}?${new URLSearchParams({ code, state: wish.state })}`);
  }

  /** A code works once, and for the page only that asked for it. */
  private async exchange(response: ServerResponse, given: URLSearchParams): Promise<void> {
    const code = given.get('code') ?? '';
    const grant = this.codes.get(code);
    this.codes.delete(code);
    const challenge = createHash('sha256')
      .update(given.get('code_verifier') ?? '')
      .digest('base64url');
    const good =
      grant !== undefined &&
      grant.until > Date.now() &&
      grant.code_challenge === challenge &&
      grant.redirect_uri === given.get('redirect_uri');
    const answer = good
      ? {
          id_token: await this.token(grant.person, grant.nonce),
          access_token: 'none',
          token_type: 'Bearer',
          expires_in: this.tokenSeconds,
        }
      : { error: 'invalid_grant' };
    send(response, good ? 200 : 400, 'application/json', JSON.stringify(answer), this.cors());
  }

  private cors(): Record<string, string> {
    return { 'access-control-allow-origin': this.options.console(), 'cache-control': 'no-store' };
  }
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString());

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location, 'cache-control': 'no-store' }).end();
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': type, ...headers }).end(body);
}
