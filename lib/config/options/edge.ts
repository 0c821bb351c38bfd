export interface DomainOptions {
  /** Fully qualified name, for example `notes.example.com`. */
  readonly name: string;
  /** ARN of its certificate in us-east-1, the only region that CloudFront reads. */
  readonly certificateArn: string;
}

export interface WafOptions {
  /** @default true in production, false elsewhere; always true with `webAclArn` */
  readonly enabled?: boolean;
  /**
   * ARN of a web ACL with scope CLOUDFRONT, which lives in us-east-1. The account's own rules are then yours: let
   * `/.greenroom/route` through, which is how a release sees its route at the edge.
   * @default - one with managed rules is made, in a stack in us-east-1
   */
  readonly webAclArn?: string;
  /** Most requests in five minutes from one address, 100 to 2,000,000. @default 5000 */
  readonly rateLimit?: number;
}

export interface ConsoleOptions {
  /**
   * The OpenID Connect provider that people sign in with.
   * @default - a user pool of Cognito is made, with a group for each role
   */
  readonly provider?: ProviderOptions;
  /** Custom domain of the console. @default - the name of its distribution on cloudfront.net */
  readonly domain?: DomainOptions;
}

export interface ProviderOptions {
  /** As its discovery document says it, for example `https://login.example.com/realms/staff`. */
  readonly issuer: string;
  /** The client that was registered for the console: public, with authorization code and PKCE. */
  readonly clientId: string;
  /** Claim of the ID token that lists a person's roles: `viewers`, `qa`, `operators`. @default 'roles' */
  readonly rolesClaim?: string;
  /** Claim of the ID token that people are recorded by. @default 'email' */
  readonly nameClaim?: string;
}
