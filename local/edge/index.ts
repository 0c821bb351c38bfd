import type { Assembly } from '../assembly';
import type { CloudModel } from '../cloud/model';
import { AwsError } from '../cloud/model';
import type { Fleets } from '../fleet';
import { cachePolicyOf, type CachePolicy } from './cache';
import { KeyValueStore } from './key-value-store';
import { Edge } from './server';

export { Edge, locationOf } from './server';
export { KeyValueStore } from './key-value-store';
export { EdgeFunction } from './edge-function';
export type { CachePolicy } from './cache';
export type { ServedLog, Watch } from './served-log';

export interface OpenEdgeOptions {
  readonly assembly: Assembly;
  readonly fleets: Pick<Fleets, 'balancer'>;
  /** @default 0, any free port */
  readonly port?: number;
  /** @default 8 */
  readonly locations?: number;
  /** Longest delay until a location sees a write of the KeyValueStore, in milliseconds. @default 600 */
  readonly propagationMs?: number;
  /** Seed of these delays. @default 1 */
  readonly seed?: number;
  readonly onLog?: (line: string) => void;
}

/** The edge of an assembly: its distribution's origins, its function and its KeyValueStore. */
export interface OpenedEdge {
  readonly edge: Edge;
  readonly store: KeyValueStore;
  /** cloudfront and cloudfront-keyvaluestore. */
  readonly models: CloudModel;
  close(): Promise<void>;
}

/** Opens the edge that the assembly describes. @throws Error in one line when the port is in use */
export async function openEdge(options: OpenEdgeOptions): Promise<OpenedEdge> {
  const { assembly, fleets } = options;
  const storeResource = assembly.find('AWS::CloudFront::KeyValueStore');
  // The console has a distribution of its own.
  const distribution = assembly.find('AWS::CloudFront::Distribution', ({ stack }) => stack === storeResource.stack);
  const config = distribution.properties.DistributionConfig;
  const behavior = config.DefaultCacheBehavior;
  const store = new KeyValueStore({ ...options, arn: assembly.attribute(storeResource, 'Arn') });
  const code = functionCode(assembly, behavior, 'viewer-request');
  if (code === undefined) throw new Error('the distribution has no viewer-request function on its default behavior');
  const origins: { Id: string; DomainName: string }[] = config.Origins;
  const domainName = assembly.attribute(distribution, 'DomainName');
  const edge = await Edge.open({
    ...options,
    code,
    responseCode: functionCode(assembly, behavior, 'viewer-response'),
    store,
    distribution: { id: distribution.physicalId, domainName },
    origins: new Map(origins.map((origin) => [origin.Id, fleets.balancer(origin.DomainName)])),
    defaultOrigin: behavior.TargetOriginId,
    cachePolicy: cachePolicy(assembly, behavior.CachePolicyId),
  });
  const answer = {
    Id: distribution.physicalId,
    ARN: `arn:aws:cloudfront::${assembly.account}:distribution/${distribution.physicalId}`,
    Status: 'Deployed',
    DomainName: domainName,
    LastModifiedTime: new Date(),
    InProgressInvalidationBatches: 0,
  };
  return {
    edge,
    store,
    models: {
      'cloudfront-keyvaluestore': store.model,
      cloudfront: {
        GetDistribution: async (input: { Id?: string }) => {
          if (input.Id !== answer.Id) throw new AwsError('NoSuchDistribution', `No distribution ${input.Id}`, 404);
          return { Distribution: answer, ETag: 'E1LOCAL' };
        },
      },
    },
    close: async () => {
      store.close();
      await edge.close();
    },
  };
}

/** The text of the function that a cache behavior runs for an event. */
function functionCode(assembly: Assembly, behavior: Behavior, eventType: string): string | undefined {
  const arn = behavior.FunctionAssociations?.find((each) => each.EventType === eventType)?.FunctionARN;
  return assembly.resources('AWS::CloudFront::Function').find((each) => assembly.attribute(each, 'FunctionARN') === arn)
    ?.properties.FunctionCode;
}

interface Behavior {
  readonly FunctionAssociations?: readonly { readonly EventType: string; readonly FunctionARN: string }[];
}

/** @throws Error when the policy is none of the assembly's */
function cachePolicy(assembly: Assembly, policyId: string): CachePolicy {
  const policy = assembly.resources('AWS::CloudFront::CachePolicy').find((each) => each.physicalId === policyId);
  if (!policy)
    throw new Error(`the default cache behavior has a cache policy that is not in the assembly: ${policyId}`);
  return cachePolicyOf(policy.properties.CachePolicyConfig);
}
