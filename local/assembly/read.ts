import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A CloudFormation template, as far as the local mode reads it. */
export interface StackTemplate {
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, { Value: unknown; Export?: { Name: unknown }; Condition?: string }>>;
  readonly Parameters?: Readonly<Record<string, { Type: string; Default?: string | number }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
}

export interface RawAssembly {
  /** By stack name. */
  readonly stacks: ReadonlyMap<string, StackTemplate>;
  /** Absolute paths by asset hash. */
  readonly assets: ReadonlyMap<string, string>;
}

interface Manifest {
  readonly artifacts?: Readonly<Record<string, Artifact>>;
}

interface Artifact {
  readonly type: string;
  readonly properties?: {
    readonly templateFile?: string;
    readonly stackName?: string;
    readonly file?: string;
    readonly directoryName?: string;
  };
}

interface AssetManifest {
  readonly files?: Readonly<Record<string, { readonly source: { readonly path?: string } }>>;
}

/** Reads manifest, templates and asset manifests of a cloud assembly, nested ones (stages) included. */
export function readAssembly(directory: string): RawAssembly {
  const stacks = new Map<string, StackTemplate>();
  const assets = new Map<string, string>();
  readInto(resolve(directory), stacks, assets);
  if (stacks.size === 0) throw new Error(`${directory} holds no stack: synthesise the application first`);
  return { stacks, assets };
}

function readInto(directory: string, stacks: Map<string, StackTemplate>, assets: Map<string, string>): void {
  const file = join(directory, 'manifest.json');
  if (!existsSync(file)) throw new Error(`${directory} is no cloud assembly: it has no manifest.json`);
  for (const [id, { type, properties }] of Object.entries(readJson<Manifest>(file).artifacts ?? {})) {
    if (type === 'aws:cloudformation:stack' && properties?.templateFile) {
      stacks.set(properties.stackName ?? id, readJson<StackTemplate>(join(directory, properties.templateFile)));
    } else if (type === 'cdk:asset-manifest' && properties?.file) {
      // Assets are found by this file and not by template metadata, which exists only when the CLI drives synthesis.
      for (const [hash, { source }] of Object.entries(
        readJson<AssetManifest>(join(directory, properties.file)).files ?? {},
      )) {
        if (source.path !== undefined) assets.set(hash, resolve(directory, source.path));
      }
    } else if (type === 'cdk:cloud-assembly' && properties?.directoryName) {
      readInto(join(directory, properties.directoryName), stacks, assets);
    }
  }
}

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}
