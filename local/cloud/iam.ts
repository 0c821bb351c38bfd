/** What an evaluation says; `reason` is AWS's wording with principal, action and resource. */
export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

/** A policy document as it stands in a template, intrinsics resolved. */
export interface PolicyDocument {
  readonly Statement: Statement | readonly Statement[];
}

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: OneOrMore;
  readonly NotAction?: OneOrMore;
  readonly Resource?: OneOrMore;
  readonly NotResource?: OneOrMore;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore | boolean>>>>;
}

type OneOrMore = string | readonly string[];

export interface AccessRequest {
  /** `ecs:UpdateService` */
  readonly action: string;
  /** An ARN, or `*` for an action that knows no resources. */
  readonly resource: string;
  /** Condition keys of the request; their names are case-insensitive. */
  readonly context?: Readonly<Record<string, string>>;
}

export type Verdict = 'allowed' | 'explicit deny' | 'implicit deny';

/**
 * Evaluates identity policies: an explicit Deny wins, then any Allow, otherwise no. Resource policies, boundaries and
 * organisation policies are not part of the local mode.
 *
 * @throws Error for a condition operator or a policy variable that it does not know: never a guess
 */
export function evaluate(policies: readonly PolicyDocument[], request: AccessRequest): Verdict {
  const matching = policies.flatMap(statementsOf).filter((statement) => applies(statement, request));
  if (matching.some(({ Effect }) => Effect === 'Deny')) return 'explicit deny';
  return matching.length > 0 ? 'allowed' : 'implicit deny';
}

/** Throws for everything in a policy that {@link evaluate} could not judge. */
export function requireKnown(policy: PolicyDocument, where: string): void {
  for (const statement of statementsOf(policy)) {
    for (const operator of Object.keys(statement.Condition ?? {})) {
      if (!(operator in OPERATORS))
        throw new Error(`${where}: the local mode does not know the condition operator ${operator}`);
    }
    for (const text of [...list(statement.Resource), ...list(statement.NotResource)]) {
      if (text.includes('${')) throw new Error(`${where}: the local mode does not know policy variables (${text})`);
    }
  }
}

const statementsOf = (policy: PolicyDocument) => [policy.Statement].flat() as Statement[];

function applies(statement: Statement, request: AccessRequest): boolean {
  return (
    actionApplies(statement, request.action) &&
    resourceApplies(statement, request.resource) &&
    conditionsHold(statement.Condition ?? {}, request.context ?? {})
  );
}

function actionApplies(statement: Statement, action: string): boolean {
  const matches = (pattern: string) => wildcard(pattern.toLowerCase()).test(action.toLowerCase());
  return statement.NotAction === undefined
    ? list(statement.Action).some(matches)
    : !list(statement.NotAction).some(matches);
}

function resourceApplies(statement: Statement, resource: string): boolean {
  const matches = (pattern: string) => pattern === '*' || arnMatches(pattern, resource);
  if (statement.NotResource !== undefined) return !list(statement.NotResource).some(matches);
  return list(statement.Resource).some(matches);
}

type Operator = (wanted: string, actual: string) => boolean;

/** Holds for every value of the request, hence also for a request without any. */
const FOR_ALL_VALUES = 'ForAllValues:';

const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: (wanted, actual) => wanted === actual,
  StringLike: (wanted, actual) => wildcard(wanted).test(actual),
  [`${FOR_ALL_VALUES}StringLike`]: (wanted, actual) => wildcard(wanted).test(actual),
  // One value of a request is all that the calls of here have.
  'ForAnyValue:StringEquals': (wanted, actual) => wanted === actual,
  // AWS gives both ARN operators the same meaning: wildcards in each of the six parts.
  ArnEquals: arnMatches,
  ArnLike: arnMatches,
  Bool: (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase(),
};

function conditionsHold(
  conditions: NonNullable<Statement['Condition']>,
  context: Readonly<Record<string, string>>,
): boolean {
  const keys = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(conditions).every(([name, tests]) => {
    const operator = OPERATORS[name];
    if (!operator) throw new Error(`the local mode does not know the condition operator ${name}`);
    return Object.entries(tests).every(([key, wanted]) => {
      const actual = keys.get(key.toLowerCase());
      // A key that the request does not have makes any other positive test fail.
      if (actual === undefined) return name.startsWith(FOR_ALL_VALUES);
      return list(wanted).some((value) => operator(value, actual));
    });
  });
}

/** ARNs match part by part: a wildcard does not reach over a colon, except in the last part, the resource. */
function arnMatches(pattern: string, arn: string): boolean {
  const wanted = arnParts(pattern);
  const actual = arnParts(arn);
  return wanted.length === actual.length && wanted.every((part, i) => wildcard(part).test(actual[i] ?? ''));
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

const patterns = new Map<string, RegExp>();

function wildcard(pattern: string): RegExp {
  let known = patterns.get(pattern);
  if (!known) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.');
    known = new RegExp(`^${source}$`, 's');
    patterns.set(pattern, known);
  }
  return known;
}

function list(value: OneOrMore | boolean | undefined): string[] {
  return value === undefined ? [] : [value].flat().map(String);
}
