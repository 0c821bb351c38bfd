import { digits, IDENTITIES } from './identity';
import type { Subject } from './identity';
import { NO_VALUE, resolve } from './intrinsics';
import type { Scope } from './intrinsics';
import { readAssembly } from './read';
import type { RawAssembly, StackTemplate, TemplateResource } from './read';
import type { Assembly, AssemblyOptions, Resource } from './types';

/**
 * Reads a cloud assembly directory. Properties are resolved when first read, so that a value nobody knows hurts only
 * those who ask for it.
 */
export function loadAssembly(directory: string, options: AssemblyOptions): Assembly {
  return new LoadedAssembly(readAssembly(directory), options);
}

class LoadedAssembly implements Assembly {
  readonly account: string;
  readonly region: string;
  readonly stacks: readonly string[];
  private readonly all: LoadedResource[] = [];
  private readonly byLogicalId = new Map<string, LoadedResource>();
  private readonly templates: ReadonlyMap<string, StackTemplate>;

  constructor(
    private readonly raw: RawAssembly,
    readonly options: AssemblyOptions,
  ) {
    this.account = options.account;
    this.region = options.region;
    this.templates = raw.stacks;
    this.stacks = [...raw.stacks.keys()];
    for (const [stack, template] of raw.stacks) {
      for (const [logicalId, source] of Object.entries(template.Resources ?? {})) {
        if (source.Condition && !this.condition(stack, source.Condition)) continue;
        const resource = new LoadedResource(this, stack, logicalId, source);
        this.all.push(resource);
        this.byLogicalId.set(`${stack}/${logicalId}`, resource);
      }
    }
  }

  resources(type?: string): Resource[] {
    return type === undefined ? [...this.all] : this.all.filter((resource) => resource.type === type);
  }

  find(type: string, match: (resource: Resource) => boolean = () => true): Resource {
    const found = this.resources(type).filter(match);
    const [first] = found;
    if (first && found.length === 1) return first;
    const names = (found.length > 0 ? found : this.resources(type)).map(({ logicalId }) => logicalId);
    const what = found.length === 0 ? 'no' : `${found.length} resources instead of one`;
    throw new Error(`the assembly has ${what} ${type} that fits; there are ${names.join(', ') || 'none at all'}`);
  }

  outputs(stack: string): Record<string, string> {
    const outputs = Object.entries(this.template(stack).Outputs ?? {});
    const given = outputs.filter(([, { Condition }]) => !Condition || this.condition(stack, Condition));
    return Object.fromEntries(given.map(([key]) => [key, this.output(stack, key)]));
  }

  attribute(resource: Resource, name: string): string {
    const value = this.options.attribute(resource.stack, resource.logicalId, resource.type, name);
    if (value !== undefined) return value;
    const loaded = resource as LoadedResource;
    const compute = IDENTITIES[resource.type]?.attributes?.[name];
    if (compute) {
      const computed = compute(loaded.subject());
      if (computed !== undefined) return computed;
    }
    throw new Error(
      `${resource.stack}: nobody knows the attribute ${name} of ${resource.logicalId} (${resource.type}); ` +
        'give it to loadAssembly if it exists at run time only',
    );
  }

  assetPath(hash: string): string {
    const key = hash.replace(/\.\w+$/, '');
    const path = this.raw.assets.get(key);
    if (path === undefined) throw new Error(`the assembly has no asset ${key}; it has ${this.raw.assets.size} others`);
    return path;
  }

  condition(stack: string, name: string): boolean {
    const source = this.template(stack).Conditions?.[name];
    if (source === undefined) throw new Error(`${stack} has no condition ${name}`);
    return resolve(source, this.scope(stack, `condition ${name}`)) === true;
  }

  scope(stack: string, what: string): Scope {
    const where = `${stack}: ${what}`;
    return {
      where,
      ref: (logicalId) => this.ref(stack, logicalId, where),
      attribute: (logicalId, attribute) => this.attribute(this.resource(stack, logicalId, where), attribute),
      condition: (name) => this.condition(stack, name),
      mapping: (map, key, name) => {
        const value = this.template(stack).Mappings?.[map]?.[key]?.[name];
        if (value === undefined) throw new Error(`${where}: no entry ${map}.${key}.${name} in the mappings`);
        return value;
      },
      importValue: (name) => this.importValue(name, where),
      stackOutput: (other, output) => this.output(other, output),
      availabilityZones: (region) => ['a', 'b', 'c'].map((zone) => `${region || this.region}${zone}`),
      ssm: (name) => this.ssm(name, where),
    };
  }

  private template(stack: string): StackTemplate {
    const template = this.templates.get(stack);
    if (!template) throw new Error(`the assembly has no stack ${stack}; it has ${this.stacks.join(', ')}`);
    return template;
  }

  private resource(stack: string, logicalId: string, where: string): LoadedResource {
    const resource = this.byLogicalId.get(`${stack}/${logicalId}`);
    if (!resource) throw new Error(`${where}: there is no resource ${logicalId} in the stack`);
    return resource;
  }

  private ref(stack: string, name: string, where: string): unknown {
    const pseudo: Record<string, unknown> = {
      'AWS::AccountId': this.account,
      'AWS::Region': this.region,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': stack,
      'AWS::StackId': `arn:aws:cloudformation:${this.region}:${this.account}:stack/${stack}/${digits({ stack, logicalId: '' }, 12)}`,
      'AWS::NotificationARNs': [],
      'AWS::NoValue': NO_VALUE,
    };
    if (name in pseudo) return pseudo[name];
    const parameter = this.template(stack).Parameters?.[name];
    if (!parameter) return this.resource(stack, name, where).physicalId;
    const value = this.options.parameter?.(stack, name) ?? parameter.Default;
    if (value === undefined) throw new Error(`${where}: the parameter ${name} has no default and no value was given`);
    return parameter.Type.startsWith('AWS::SSM::Parameter::Value') ? this.ssm(String(value), where) : value;
  }

  private output(stack: string, key: string): string {
    const output = this.template(stack).Outputs?.[key];
    if (!output) throw new Error(`${stack} has no output ${key}`);
    return String(resolve(output.Value, this.scope(stack, `output ${key}`)));
  }

  private importValue(name: string, where: string): string {
    for (const [stack, template] of this.templates) {
      for (const [key, { Export }] of Object.entries(template.Outputs ?? {})) {
        if (Export && resolve(Export.Name, this.scope(stack, `output ${key}`)) === name) return this.output(stack, key);
      }
    }
    throw new Error(`${where}: no stack exports ${name}`);
  }

  private ssm(name: string, where: string): string {
    const given = this.options.ssm?.(name);
    if (given !== undefined) return given;
    const own = this.resources('AWS::SSM::Parameter').find(({ physicalId }) => physicalId === name);
    if (own) return String(own.properties.Value);
    throw new Error(`${where}: nobody knows the SSM parameter ${name}; give it to loadAssembly`);
  }
}

class LoadedResource implements Resource {
  readonly type: string;
  private readonly resolving = new Set<string>();
  private known = new Map<string, unknown>();
  private whole: unknown;

  constructor(
    private readonly assembly: LoadedAssembly,
    readonly stack: string,
    readonly logicalId: string,
    private readonly source: TemplateResource,
  ) {
    this.type = source.Type;
  }

  get properties(): unknown {
    this.whole ??= Object.fromEntries(
      Object.keys(this.source.Properties ?? {})
        .map((name) => [name, this.property(name)] as const)
        .filter(([, value]) => value !== undefined),
    );
    return this.whole;
  }

  get physicalId(): string {
    const subject = this.subject();
    return IDENTITIES[this.type]?.ref?.(subject) ?? subject.name;
  }

  subject(): Subject {
    const property = (name: string) => this.property(name);
    const explicit = IDENTITIES[this.type]?.name;
    const { account, region } = this.assembly;
    const { stack, logicalId } = this;
    return {
      stack,
      logicalId,
      account,
      region,
      property,
      get name() {
        return (explicit && property(explicit)) || `${stack}-${logicalId}`;
      },
    };
  }

  /** One property, resolved on its own: a name is known even when another property is not. */
  // oxlint-disable-next-line typescript/no-explicit-any -- CloudFormation properties
  private property(name: string): any {
    if (this.known.has(name)) return this.known.get(name);
    const what = `${this.logicalId}.${name}`;
    if (this.resolving.has(name)) throw new Error(`${this.stack}: ${what} refers to itself`);
    this.resolving.add(name);
    try {
      const value = resolve(this.source.Properties?.[name], this.assembly.scope(this.stack, what));
      const settled = value === NO_VALUE ? undefined : value;
      this.known.set(name, settled);
      return settled;
    } finally {
      this.resolving.delete(name);
    }
  }
}
