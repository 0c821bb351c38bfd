import { Aspects, type IAspect } from 'aws-cdk-lib';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../../lib/app';
import sample from '../../greenroom.config';
import type { GreenroomConfig } from '../../lib/config';

/** A resource as it stands in a template. */
export interface RawResource {
  readonly Type: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- each type has its own
  Properties?: Record<string, any>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

/** Resources of all stacks by `<stack>/<logical id>`. */
export type Resources = Record<string, RawResource>;

interface Output {
  readonly Value: unknown;
  readonly Export?: { readonly Name: string };
}

export interface Templates {
  readonly resources: Resources;
  /** Logical path by export name: what another stack's `Fn::ImportValue` stands for. */
  readonly exports: Readonly<Record<string, string>>;
}

/** Production's templates, without an account or a region. */
export function productionTemplates(config: GreenroomConfig, change?: IAspect): Templates {
  process.env.CDK_VALIDATION = 'false';
  const outdir = mkdtempSync(join(tmpdir(), 'greenroom-proof-'));
  const resources: Resources = {};
  const exports: Record<string, string> = {};
  try {
    const app = buildApp(config, { environment: 'production', outdir });
    if (change) Aspects.of(app).add(change);
    for (const { stackName, template } of app.synth().stacks) {
      for (const [id, resource] of Object.entries<RawResource>(template.Resources)) {
        resources[`${stackName}/${id}`] = resource;
      }
      for (const { Value, Export } of Object.values<Output>(template.Outputs ?? {})) {
        const [to] = references(Value);
        if (Export && to) exports[Export.Name] = `${stackName}/${to}`;
      }
    }
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
  return { resources, exports };
}

let ofSample: Templates | undefined;

/** Those of the sample configuration, synthesised once for all tests. */
export function templatesOfSample(): Templates {
  return (ofSample ??= productionTemplates(sample));
}

/** Logical ids and export names that a value refers to. */
export function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::ImportValue': imported } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return Ref.startsWith('AWS::') ? [] : [Ref];
  if (attribute !== undefined) return [(attribute as string[])[0] as string];
  if (typeof imported === 'string') return [imported];
  return Object.values(value).flatMap(references);
}

/** One property, or policy, of a resource that two templates do not agree on. */
export interface Change {
  readonly path: string;
  readonly type: string;
  /** `created` and `deleted` stand for the whole resource. */
  readonly property: string;
}

export function changesOf(before: Resources, after: Resources): Change[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((path) => {
    const [from, to] = [before[path], after[path]];
    const type = (from ?? to)!.Type;
    if (from === undefined || to === undefined)
      return [{ path, type, property: from === undefined ? 'created' : 'deleted' }];
    const [flatFrom, flatTo] = [flat(from), flat(to)];
    const differs = (name: string) => JSON.stringify(flatFrom[name]) !== JSON.stringify(flatTo[name]);
    const names = Object.keys({ ...flatFrom, ...flatTo });
    return names.filter(differs).map((property) => ({ path, type, property }));
  });
}

function flat({ Properties, ...rest }: RawResource): Record<string, unknown> {
  return { ...rest, ...Properties };
}
