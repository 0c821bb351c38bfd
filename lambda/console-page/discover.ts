import { setting } from '../aws/settings';

/** How the page lets people sign in: authorization code with PKCE, as RFC 7636 and OpenID Connect Discovery name things. */
export interface SignIn {
  readonly issuer: string;
  readonly clientId: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Where signing out ends the provider's own session. @default - the provider has none */
  readonly endSessionEndpoint?: string;
}

/** Endpoints of a provider change rarely. */
const ASK_AGAIN_MS = 3_600_000;
const TIMEOUT_MS = 5_000;

let known: { readonly at: number; readonly signIn: SignIn } | undefined;

/** Asks the issuer for its endpoints; here and not in the page, since not every provider lets a browser read them. */
export async function discover(): Promise<SignIn> {
  if (known !== undefined && Date.now() - known.at < ASK_AGAIN_MS) return known.signIn;
  const issuer = setting('CONSOLE_ISSUER').replace(/\/$/, '');
  const response = await fetch(`${issuer}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`${issuer} answers ${response.status}`);
  const found = (await response.json()) as Record<string, string | undefined>;
  const { authorization_endpoint: authorizationEndpoint, token_endpoint: tokenEndpoint } = found;
  if (!authorizationEndpoint || !tokenEndpoint) throw new Error(`${issuer} names no endpoints to sign in at`);
  const signIn = {
    issuer,
    clientId: setting('CONSOLE_CLIENT_ID'),
    authorizationEndpoint,
    tokenEndpoint,
    ...(found.end_session_endpoint && { endSessionEndpoint: found.end_session_endpoint }),
  };
  known = { at: Date.now(), signIn };
  return signIn;
}
