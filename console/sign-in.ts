import type { PageConfig } from '../lambda/console-page/handler';

type Provider = PageConfig['signIn'];

/** What has to survive the way to the provider and back; worthless once the code is exchanged. */
const KEPT = 'greenroom-sign-in';

interface Kept {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Sends the browser to the provider: authorization code with PKCE (RFC 7636). */
export async function goAndSignIn(provider: Provider, again = false): Promise<void> {
  const kept: Kept = { state: random(), nonce: random(), verifier: random() };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(kept.verifier));
  const url = new URL(provider.authorizationEndpoint);
  for (const [name, value] of Object.entries({
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: home(),
    scope: 'openid email',
    state: kept.state,
    nonce: kept.nonce,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
    ...(again && { prompt: 'login' }),
  })) {
    url.searchParams.set(name, value);
  }
  location.assign(url);
}

/**
 * Takes the token when the browser comes back from the provider. It is kept in memory only: no other page, and no later
 * visitor of this browser, finds it.
 *
 * @returns undefined when the browser does not come from there
 * @throws Error when the provider refused, or the answer is not the one that was asked for
 */
export async function takeToken(provider: Provider): Promise<string | undefined> {
  const answer = new URLSearchParams(location.search);
  const [code, state, error] = [answer.get('code'), answer.get('state'), answer.get('error')];
  if (code === null && error === null) return undefined;
  history.replaceState(null, '', '/');
  if (error !== null) throw new Error(answer.get('error_description') ?? error);
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as Kept | null;
  sessionStorage.removeItem(KEPT);
  if (kept === null || kept.state !== state) throw new Error('this sign-in was begun somewhere else; begin again');
  const response = await fetch(provider.tokenEndpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: provider.clientId,
      redirect_uri: home(),
      code: code as string,
      code_verifier: kept.verifier,
    }),
  });
  const { id_token: token } = (await response.json()) as { id_token?: string };
  if (!response.ok || token === undefined) throw new Error('the identity provider gave no token; sign in again');
  if (claimsOf(token).nonce !== kept.nonce)
    throw new Error('the identity provider answered somebody else; sign in again');
  return token;
}

/** Forgets the token, and ends the provider's own session where it has one. */
export function signOut(provider: Provider, token: string): void {
  if (provider.endSessionEndpoint === undefined) return location.assign('/');
  const url = new URL(provider.endSessionEndpoint);
  // The standard's names, and those of Cognito.
  for (const name of ['post_logout_redirect_uri', 'logout_uri']) url.searchParams.set(name, home());
  url.searchParams.set('client_id', provider.clientId);
  url.searchParams.set('id_token_hint', token);
  location.assign(url);
}

function claimsOf(token: string): { readonly nonce?: string } {
  const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
  return JSON.parse(atob(payload)) as { nonce?: string };
}

const home = (): string => `${location.origin}/`;
const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)));

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
