import { randomBytes } from 'node:crypto';
import type { Assembly, AttributeSource } from '../assembly';

/** Account and region of the local mode: the account id of AWS's own examples. */
export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

/** Values that AWS would only know after a deployment. */
export function attributesOf(database: { readonly host: string; readonly port: number }): AttributeSource {
  return (stack, logicalId, type, attribute) => {
    switch (`${type} ${attribute}`) {
      case 'AWS::RDS::DBInstance Endpoint.Address':
        return database.host;
      case 'AWS::RDS::DBInstance Endpoint.Port':
        return String(database.port);
      case 'AWS::CloudFront::Distribution DomainName':
        return 'd111111abcdef8.cloudfront.net';
      case 'AWS::ElasticLoadBalancingV2::LoadBalancer DNSName':
        return `internal-${stack}-${logicalId}.${REGION}.elb.amazonaws.com`.toLowerCase();
      case 'Custom::WebAclArn WebAclArn':
        return `arn:aws:wafv2:us-east-1:${ACCOUNT}:global/webacl/local/11111111-2222-3333-4444-555555555555`;
      case 'AWS::RDS::DBInstance MasterUserSecret.SecretArn':
        return `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:rds!db-${stack}-local1`;
      default:
        return undefined;
    }
  };
}

/**
 * SecretStrings of the template: the one that is attached to the database holds its sign-in, the generated ones are
 * made anew for every run.
 */
export function secretsOf(assembly: Assembly, database: string): (arn: string) => string | undefined {
  const attached = new Set(
    assembly.resources('AWS::SecretsManager::SecretTargetAttachment').map(({ properties }) => properties.SecretId),
  );
  const values = new Map<string, string>();
  for (const secret of assembly.resources('AWS::SecretsManager::Secret')) {
    const arn = secret.physicalId;
    values.set(arn, attached.has(arn) ? database : randomBytes(32).toString('hex'));
  }
  return (arn) => values.get(arn);
}
