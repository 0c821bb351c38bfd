/** What a person may be at the console, by a claim of their identity provider. Each may do what the one before may. */
export const CONSOLE_ROLES = ['viewers', 'qa', 'operators'] as const;
export type ConsoleRole = (typeof CONSOLE_ROLES)[number];

/** What people do at the console, and the least role that may. Each is a POST. */
export const CONSOLE_ACTS = {
  preview: 'qa',
  approve: 'qa',
  reject: 'qa',
  release: 'operators',
  cancel: 'operators',
  revert: 'operators',
  freeze: 'operators',
  unfreeze: 'operators',
  resume: 'operators',
  maintenance: 'operators',
} as const satisfies Record<string, ConsoleRole>;
export type ConsoleAct = keyof typeof CONSOLE_ACTS;

/** Routes of the console's API, as API Gateway writes them. Whoever is asked by GET changes nothing. */
export const CONSOLE_ROUTES = [
  'GET /api/overview',
  'GET /api/releases',
  'GET /api/releases/{release}',
  'POST /api/acts/{act}',
] as const;
export type ConsoleRoute = (typeof CONSOLE_ROUTES)[number];

/** A page of another origin cannot send it without being allowed to, which nobody is. */
export const CONSOLE_HEADER = 'x-greenroom-console';

/** Why the console's API refuses a request: the HTTP status that it answers with. */
const REFUSALS = { BadRequest: 400, NotSignedIn: 401, NotAllowed: 403, Forged: 403, Unknown: 404 } as const;

/** A request that the console's API refuses; the message is for the person at the console. */
export class Refusal extends Error {
  readonly status: number;
  constructor(name: keyof typeof REFUSALS, message: string) {
    super(message);
    this.name = name;
    this.status = REFUSALS[name];
  }
}

/** Which claims of the identity provider's token say who somebody is and what they may. */
export interface ConsoleClaims {
  readonly name: string;
  readonly roles: string;
}

/** Somebody who has signed in. */
export interface ConsolePerson {
  /** As the ledger records them. */
  readonly name: string;
  /** The highest of their roles; null when they have none. */
  readonly role: ConsoleRole | null;
}

/** Reads a person out of the claims of a token that has been verified. @throws Refusal NotSignedIn */
export function personOf(token: Readonly<Record<string, unknown>>, claims: ConsoleClaims): ConsolePerson {
  const name = token[claims.name];
  if (typeof name !== 'string' || !/^[\x21-\x7e]{1,128}$/.test(name)) {
    throw new Refusal(
      'NotSignedIn',
      `your token has no usable claim "${claims.name}", by which the console knows people; ask whoever runs the identity provider`,
    );
  }
  // Some providers let people write any address into their profile.
  if (claims.name === 'email' && (token.email_verified === false || token.email_verified === 'false')) {
    throw new Refusal('NotSignedIn', `${name} has not been verified by the identity provider`);
  }
  const given = [token[claims.roles] ?? []].flat();
  return { name, role: CONSOLE_ROLES.findLast((role) => given.includes(role)) ?? null };
}

/** Whether somebody may do something. */
export function may({ role }: ConsolePerson, least: ConsoleRole): boolean {
  return role !== null && CONSOLE_ROLES.indexOf(role) >= CONSOLE_ROLES.indexOf(least);
}

/** @throws Refusal NotAllowed saying which role it takes */
export function requireRole(person: ConsolePerson, least: ConsoleRole, what: string): void {
  if (may(person, least)) return;
  const have = person.role === null ? 'no role' : `the role "${person.role}"`;
  throw new Refusal('NotAllowed', `${person.name} has ${have}, and ${what} takes the role "${least}"`);
}

/** Whether a text is the name of an act. */
export function isAct(text: string): text is ConsoleAct {
  return Object.hasOwn(CONSOLE_ACTS, text);
}
