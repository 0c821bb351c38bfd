import type { ServiceName } from '../model';

/** A request as it arrived: names of headers in lower case, the path still escaped. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type Protocol = 'json-1.0' | 'json-1.1' | 'query' | 'ec2-query' | 'rest-json' | 'rest-xml';

/** Wire protocols of the installed SDK clients, by the signing name in the Authorization header's credential scope. */
export const WIRE: Readonly<Record<string, { readonly service: ServiceName; readonly protocol: Protocol }>> = {
  'application-autoscaling': { service: 'application-auto-scaling', protocol: 'json-1.1' },
  cloudfront: { service: 'cloudfront', protocol: 'rest-xml' },
  'cloudfront-keyvaluestore': { service: 'cloudfront-keyvaluestore', protocol: 'rest-json' },
  dynamodb: { service: 'dynamodb', protocol: 'json-1.0' },
  ec2: { service: 'ec2', protocol: 'ec2-query' },
  ecr: { service: 'ecr', protocol: 'json-1.1' },
  ecs: { service: 'ecs', protocol: 'json-1.1' },
  elasticloadbalancing: { service: 'elastic-load-balancing-v2', protocol: 'query' },
  events: { service: 'eventbridge', protocol: 'json-1.1' },
  iam: { service: 'iam', protocol: 'query' },
  lambda: { service: 'lambda', protocol: 'rest-json' },
  logs: { service: 'cloudwatch-logs', protocol: 'json-1.1' },
  monitoring: { service: 'cloudwatch', protocol: 'json-1.0' },
  rds: { service: 'rds', protocol: 'query' },
  s3: { service: 's3', protocol: 'rest-xml' },
  scheduler: { service: 'scheduler', protocol: 'rest-json' },
  secretsmanager: { service: 'secrets-manager', protocol: 'json-1.1' },
  servicequotas: { service: 'service-quotas', protocol: 'json-1.1' },
  sns: { service: 'sns', protocol: 'query' },
  states: { service: 'sfn', protocol: 'json-1.0' },
};

/** Who signed, for which service. The signature itself is not checked: the door is on loopback and knows no secrets. */
export function readAuthorization(
  header: string | undefined,
): { accessKeyId: string; signingName: string } | undefined {
  // SigV4: AKID/date/region/service/aws4_request; SigV4A (the KeyValueStore): the same without the region.
  const scope = /Credential=([^,\s]+)/.exec(header ?? '')?.[1]?.split('/');
  const signingName = scope?.at(-2);
  const accessKeyId = scope?.[0];
  return signingName && accessKeyId ? { accessKeyId, signingName } : undefined;
}
