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
  return {
    GetSecretValue: async ({ SecretId }: { SecretId: string }) => {
      const found = secrets.find(
        ({ arn, name }) => SecretId === arn || SecretId === name || SecretId === arn.slice(0, -7),
      );
      const value = found && valueOf(found.arn, found.name);
      if (!found || value === undefined) {
        throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
      }
      return { ARN: found.arn, Name: found.name, SecretString: value, VersionStages: ['AWSCURRENT'] };
    },
  };
}
