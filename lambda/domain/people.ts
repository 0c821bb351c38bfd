/** Who did something, and whether AWS or an identity provider vouches for it. */
export interface Actor {
  /** ARN, `sub` or e-mail address where somebody vouches for it; otherwise what the caller said. */
  readonly name: string;
  /** `claimed`: a directly invoked Lambda does not learn its caller. */
  readonly source: 'authenticated' | 'claimed';
}

/** Somebody under all names that they have: at GitHub, at AWS, at the identity provider. */
export interface Person {
  readonly name: string;
  /** Login at GitHub. */
  readonly github?: string;
  /** ARNs of users and role sessions. */
  readonly aws: readonly string[];
  /** `sub`, e-mail address or user name at the console's identity provider, or in git. */
  readonly oidc: readonly string[];
}

/** The person behind a name; undefined when nobody of the configuration has it. Case does not matter in any of them. */
export function findPerson(people: readonly Person[], name: string): Person | undefined {
  const wanted = name.toLowerCase();
  return people.find(({ name: own, github, aws, oidc }) =>
    [own, github, ...aws, ...oidc].some((each) => each?.toLowerCase() === wanted),
  );
}

/** Whether two names are surely those of two people. */
export type TwoPeople =
  | { readonly kind: 'different' }
  | { readonly kind: 'same' }
  /** The configuration lists people, and this name is nobody's: it could be anybody's. */
  | { readonly kind: 'unknown'; readonly name: string };

/**
 * Compares two names. Without a list of people an ARN counts as the name of its user or session, since sign-in to AWS
 * gives people the name that they have elsewhere. Somebody with one name at GitHub and another one at AWS counts as two
 * then, which synthesis warns of.
 */
export function compareNames(people: readonly Person[], one: string, other: string): TwoPeople {
  if (one.toLowerCase() === other.toLowerCase()) return { kind: 'same' };
  if (people.length === 0) return { kind: shortName(one) === shortName(other) ? 'same' : 'different' };
  const [first, second] = [findPerson(people, one), findPerson(people, other)];
  if (first === undefined) return { kind: 'unknown', name: one };
  if (second === undefined) return { kind: 'unknown', name: other };
  return first === second ? { kind: 'same' } : { kind: 'different' };
}

/** Of an ARN the name of the user or session, of anything else itself. */
function shortName(name: string): string {
  const short = name.startsWith('arn:') ? name.slice(name.lastIndexOf('/') + 1) : name;
  return short.toLowerCase();
}

/** How a person is counted and shown: the configured name, or the name itself. */
export function nameOfPerson(people: readonly Person[], name: string): string {
  return findPerson(people, name)?.name ?? name;
}
