import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
  type GetSecretValueCommandInput,
} from '@aws-sdk/client-secrets-manager';
import type { Administrator, Stage } from './administrator';
import type { Credentials } from './rotate';
import type { SecretVersionsOf } from './steps';

/** Secrets Manager. */
export class SecretStore<C = Credentials> implements SecretVersionsOf<C> {
  private readonly client = new SecretsManagerClient({});

  async labels(secret: string, version: string): Promise<readonly string[]> {
    const { VersionIdsToStages } = await this.client.send(new DescribeSecretCommand({ SecretId: secret }));
    return VersionIdsToStages?.[version] ?? [];
  }

  async current(secret: string): Promise<C> {
    const { SecretString } = await this.client.send(new GetSecretValueCommand({ SecretId: secret }));
    return JSON.parse(SecretString ?? '{}') as C;
  }

  async pending(secret: string, version: string): Promise<C | undefined> {
    return this.find({ SecretId: secret, VersionId: version, VersionStage: 'AWSPENDING' });
  }

  /** Undefined when no version has the label, or the one that has it no value yet. */
  async labeled(secret: string, stage: Stage): Promise<C | undefined> {
    return this.find({ SecretId: secret, VersionStage: stage });
  }

  private async find(asked: GetSecretValueCommandInput): Promise<C | undefined> {
    try {
      const { SecretString } = await this.client.send(new GetSecretValueCommand(asked));
      return SecretString === undefined ? undefined : (JSON.parse(SecretString) as C);
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  async put(secret: string, version: string, credentials: C): Promise<void> {
    await this.client.send(
      new PutSecretValueCommand({
        SecretId: secret,
        ClientRequestToken: version,
        SecretString: JSON.stringify(credentials),
        VersionStages: ['AWSPENDING'],
      }),
    );
  }

  async makeCurrent(secret: string, version: string): Promise<void> {
    const { VersionIdsToStages } = await this.client.send(new DescribeSecretCommand({ SecretId: secret }));
    const before = Object.entries(VersionIdsToStages ?? {}).find(([, labels]) => labels.includes('AWSCURRENT'))?.[0];
    await this.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secret,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: version,
        RemoveFromVersionId: before,
      }),
    );
  }

  async randomPassword(): Promise<string> {
    const { RandomPassword } = await this.client.send(
      new GetRandomPasswordCommand({ PasswordLength: 40, ExcludePunctuation: true }),
    );
    if (!RandomPassword) throw new Error('Secrets Manager returned no password');
    return RandomPassword;
  }

  /** Of the administrator's secret its user and password: it is used for other databases than its own, too. */
  async administrator(secret: string, stage: Stage): Promise<Administrator | undefined> {
    const found = (await this.labeled(secret, stage)) as Administrator | undefined;
    return found && { username: found.username, password: found.password };
  }
}
