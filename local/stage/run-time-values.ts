import { randomBytes } from 'node:crypto';
import type { Assembly, AttributeSource } from '../assembly';

/** Account and region of the local mode: the account id of AWS's own examples. */
export const ACCOUNT = '111122223333';
export const REGION = 'eu-central-1';

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Values that AWS would only know after a deployment. */
export function attributesOf(database: Address, cache: Address): AttributeSource {
  return (stack, logicalId, type, attribute) => {
    switch (`${type} ${attribute}`) {
      case 'AWS::RDS::DBInstance Endpoint.Address':
        return database.host;
      case 'AWS::RDS::DBInstance Endpoint.Port':
        return String(database.port);
      case 'AWS::ElastiCache::ReplicationGroup PrimaryEndPoint.Address':
        return cache.host;
      case 'AWS::ElastiCache::ReplicationGroup PrimaryEndPoint.Port':
        return String(cache.port);
      case 'AWS::CloudFront::Distribution DomainName':
        return stack.endsWith('-console') ? 'd222222abcdef8.cloudfront.net' : 'd111111abcdef8.cloudfront.net';
      case 'AWS::ApiGatewayV2::Api ApiEndpoint':
        return `https://abcde12345.execute-api.${REGION}.amazonaws.com`;
      case 'AWS::Cognito::UserPool ProviderURL':
        return `https://cognito-idp.${REGION}.amazonaws.com/${REGION}_Local1234`;
      case 'AWS::ElasticLoadBalancingV2::LoadBalancer DNSName':
        return `internal-${stack}-${logicalId}.${REGION}.elb.amazonaws.com`.toLowerCase();
      case 'Custom::WebAclArn WebAclArn':
        return `arn:aws:wafv2:us-east-1:${ACCOUNT}:global/webacl/local/11111111-2222-3333-4444-555555555555`;
      default:
        return undefined;
    }
  };
}

interface Generated {
  readonly GenerateSecretString?: { readonly SecretStringTemplate?: string; readonly GenerateStringKey?: string };
}

/**
 * SecretStrings of the template: those for the database hold the sign-in of the role that they are made for, the others
 * are made anew for every run.
 *
 * @param database by role
 */
export function secretsOf(
  assembly: Assembly,
  database: Readonly<Record<string, string>>,
): (arn: string) => string | undefined {
  const values = new Map<string, string>();
  for (const secret of assembly.resources('AWS::SecretsManager::Secret')) {
    const { GenerateSecretString: generated } = secret.properties as Generated;
    const template = JSON.parse(generated?.SecretStringTemplate ?? '{}') as { role?: string };
    values.set(secret.physicalId, database[template.role ?? ''] ?? draw(template, generated?.GenerateStringKey));
  }
  return (arn) => values.get(arn);
}

/** As Secrets Manager does: a member of the template, where one is named, or else the whole value. */
function draw(template: object, member: string | undefined): string {
  const drawn = randomBytes(32).toString('hex');
  return member === undefined ? drawn : JSON.stringify({ ...template, [member]: drawn });
}
