import type { Assembly } from '../../assembly';
import { AwsError } from '../model';
import type { ServiceModel } from '../model';

/** Secrets of the template; their values are the caller's. */
export function secretsModel(
  assembly: Assembly,
  valueOf: (arn: string, name: string) => string | undefined,
): ServiceModel {
  const secrets = assembly.resources('AWS::SecretsManager::Secret').map(({ physicalId: arn }) => ({
    arn,
    // The ARN ends in the name, a dash and six characters.
    name: arn.split(':').slice(6).join(':').slice(0, -7),
  }));
  const find = ({ SecretId }: { SecretId: string }) => {
    const found = secrets.find(
      ({ arn, name }) => SecretId === arn || SecretId === name || SecretId === arn.slice(0, -7),
    );
    const value = found && valueOf(found.arn, found.name);
    if (found && value !== undefined) return { ...found, value };
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  };
  return {
    GetSecretValue: async (input: { SecretId: string }) => {
      const { arn: ARN, name: Name, value: SecretString } = find(input);
      return { ARN, Name, SecretString, VersionStages: ['AWSCURRENT'] };
    },
    DescribeSecret: async (input: { SecretId: string }) => {
      const { arn: ARN, name: Name } = find(input);
      return { ARN, Name };
    },
  };
}
