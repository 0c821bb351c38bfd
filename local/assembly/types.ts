/** A resource of the synthesised templates, intrinsics resolved. */
export interface Resource {
  readonly stack: string;
  readonly logicalId: string;
  /** CloudFormation type, for example `AWS::Lambda::Function`. */
  readonly type: string;
  /** Properties with every intrinsic resolved, when first read; an attribute that nobody knows throws then. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the shape is CloudFormation's, one for each type
  readonly properties: any;
  /** What `Ref` gives. */
  readonly physicalId: string;
}

/** What a run-time value is asked for: `undefined` means "not known here", which makes the resolver throw. */
export type AttributeSource = (stack: string, logicalId: string, type: string, attribute: string) => string | undefined;

export interface AssemblyOptions {
  /** Twelve digits, for `AWS::AccountId` and ARNs. */
  readonly account: string;
  readonly region: string;
  /**
   * Values that exist only at run time, such as a Distribution's `DomainName` or an instance's `Endpoint.Address`.
   * Asked before the built-in ones, so that it may override them.
   */
  readonly attribute: AttributeSource;
  /** Values of template parameters without a default. @default - such a parameter throws when it is used */
  readonly parameter?: (stack: string, name: string) => string | undefined;
  /** Values of SSM parameters and dynamic references (`{{resolve:ssm:/name}}`). @default - they throw when used */
  readonly ssm?: (name: string) => string | undefined;
}

/** A cloud assembly as the local mode reads it. */
export interface Assembly {
  readonly account: string;
  readonly region: string;
  readonly stacks: readonly string[];
  /** All resources, or those of one type. Resources whose `Condition` is false are left out. */
  resources(type?: string): Resource[];
  /** The one resource that matches. @throws Error naming the type when there is none, or more than one. */
  find(type: string, match?: (resource: Resource) => boolean): Resource;
  /** Resolved outputs of a stack, by output key. */
  outputs(stack: string): Record<string, string>;
  /** What `Fn::GetAtt` gives, for example `attribute(resource, 'Arn')`. @throws Error when nobody knows it */
  attribute(resource: Resource, name: string): string;
  /** Directory (or file) that holds the asset with this hash, the object key in the bootstrap bucket. */
  assetPath(hash: string): string;
}
