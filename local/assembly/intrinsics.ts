/** What an intrinsic function may ask for. Each function throws when it does not know the answer. */
export interface Scope {
  /** For messages: stack and what is being resolved. */
  readonly where: string;
  ref(logicalId: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  condition(name: string): boolean;
  mapping(map: string, key: string, name: string): unknown;
  importValue(exportName: string): unknown;
  stackOutput(stack: string, output: string): unknown;
  availabilityZones(region: string): string[];
  ssm(name: string): string;
}

/** `AWS::NoValue`: the property is left out. */
export const NO_VALUE = Symbol('AWS::NoValue');

/**
 * Resolves CloudFormation's intrinsic functions in a value of a template.
 *
 * @throws Error for a function that it does not know, and whatever the scope throws
 */
export function resolve(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') return resolveDynamic(value, scope);
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (
    entries.length === 1 &&
    name !== undefined &&
    (name === 'Ref' || name === 'Condition' || name.startsWith('Fn::'))
  ) {
    const compute = FUNCTIONS[name];
    // `Condition` is an intrinsic inside conditions only; policies have a member of that name.
    if (compute && !(name === 'Condition' && typeof argument !== 'string')) return compute(argument, scope);
    if (name !== 'Condition') throw new Error(`${scope.where}: the local mode does not know the intrinsic ${name}`);
  }
  const resolved = entries.map(([key, item]) => [key, resolve(item, scope)] as const);
  return Object.fromEntries(resolved.filter(([, item]) => item !== NO_VALUE));
}

type Compute = (argument: unknown, scope: Scope) => unknown;

const FUNCTIONS: Readonly<Record<string, Compute>> = {
  Ref: (argument, scope) => scope.ref(String(argument)),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, ...rest] = Array.isArray(argument) ? (argument as unknown[]) : String(argument).split('.');
    return scope.attribute(String(logicalId), rest.map((part) => text(part, scope)).join('.'));
  },
  'Fn::Sub': (argument, scope) => {
    const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
    return substitute(String(template), resolve(variables, scope) as Record<string, unknown>, scope);
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = argument as [string, unknown];
    return strings(parts, scope).join(separator);
  },
  'Fn::Select': (argument, scope) => {
    const [index, parts] = argument as [unknown, unknown];
    const items = resolve(parts, scope) as unknown[];
    const chosen = items[Number(resolve(index, scope))];
    if (chosen === undefined) throw new Error(`${scope.where}: Fn::Select asks for item ${index} of ${items.length}`);
    return chosen;
  },
  'Fn::Split': (argument, scope) => {
    const [separator, source] = argument as [string, unknown];
    return text(source, scope).split(separator);
  },
  'Fn::If': (argument, scope) => {
    const [condition, then, otherwise] = argument as [string, unknown, unknown];
    return resolve(scope.condition(condition) ? then : otherwise, scope);
  },
  'Fn::Equals': (argument, scope) => {
    const [a, b] = resolve(argument, scope) as unknown[];
    return String(a) === String(b);
  },
  'Fn::And': (argument, scope) => (argument as unknown[]).every((part) => resolve(part, scope) === true),
  'Fn::Or': (argument, scope) => (argument as unknown[]).some((part) => resolve(part, scope) === true),
  'Fn::Not': (argument, scope) => resolve((argument as unknown[])[0], scope) !== true,
  Condition: (argument, scope) => scope.condition(String(argument)),
  'Fn::FindInMap': (argument, scope) => {
    const [map, key, name] = argument as unknown[];
    return resolve(scope.mapping(text(map, scope), text(key, scope), text(name, scope)), scope);
  },
  'Fn::ImportValue': (argument, scope) => scope.importValue(text(argument, scope)),
  'Fn::GetStackOutput': (argument, scope) => {
    const { StackName, OutputName } = argument as { StackName: unknown; OutputName: unknown };
    return scope.stackOutput(text(StackName, scope), text(OutputName, scope));
  },
  'Fn::GetAZs': (argument, scope) => scope.availabilityZones(text(argument, scope)),
  'Fn::Base64': (argument, scope) => Buffer.from(text(argument, scope)).toString('base64'),
};

function text(value: unknown, scope: Scope): string {
  const resolved = resolve(value, scope);
  if (typeof resolved === 'object') throw new Error(`${scope.where}: ${JSON.stringify(value)} should be text`);
  return String(resolved);
}

function strings(value: unknown, scope: Scope): string[] {
  return (resolve(value, scope) as unknown[]).map(String);
}

function substitute(template: string, variables: Record<string, unknown>, scope: Scope): string {
  const filled = template.replace(/\$\{([^!${}][^${}]*)\}/g, (_all, reference: string) => {
    const name = reference.trim();
    if (name in variables) return String(variables[name]);
    const dot = name.indexOf('.');
    return String(dot < 0 ? scope.ref(name) : scope.attribute(name.slice(0, dot), name.slice(dot + 1)));
  });
  // `${!Literal}` stands for the text `${Literal}`.
  return resolveDynamic(filled.replace(/\$\{!([^{}]*)\}/g, '${$1}'), scope);
}

/** Dynamic references to SSM. Those to secrets stay: CloudFormation shows nobody what they stand for. */
function resolveDynamic(value: string, scope: Scope): string {
  return value.replace(/\{\{resolve:ssm:([^:}]+)(?::\d+)?\}\}/g, (_all, name: string) => scope.ssm(name));
}
