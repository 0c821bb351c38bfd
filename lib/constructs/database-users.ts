import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Role } from '../../lambda/rotate-secret/rotate';
import type { DatabaseConfig } from '../config';
import type { NetworkStack } from '../stacks/network';
import { HandlerFunction } from './handler-function';
import { rotateBy, rotationStatements, signIn } from './secret-rotation';

export interface DatabaseUsersProps {
  /** Prefix of the physical names, `<application>-<environment>`. */
  readonly name: string;
  readonly database: rds.DatabaseInstance;
  /** The administrator's, attached to the instance. */
  readonly administrator: secretsmanager.ISecret;
  readonly engine: DatabaseConfig['engine'];
  readonly databaseName: string;
  readonly encryptionKey: kms.IKey;
  readonly network: NetworkStack;
}

/** Who signs in, beside the administrator. */
const USERS = {
  application: { id: 'Application', suffix: 'database', description: 'What tasks sign in with: rows, and no tables' },
  migrator: { id: 'Migrator', suffix: 'database-migrator', description: 'What migrations sign in with: the schema' },
  verifier: { id: 'Verifier', suffix: 'database-verifier', description: 'What checks sign in with: reading alone' },
} as const;

/**
 * The users of the database, a secret each. Application, migrator and verifier alternate between two users with the same
 * rights: a task that started with the one keeps working while new tasks get the other. A user whose sessions are still
 * open never loses its password; the rotation fails instead, and says so, until the tasks that hold it have been replaced.
 *
 * One function makes users and rights, when a secret rotates first, which is right after it was created. It is the only
 * one that may read the administrator's secret. A function of our own rather than one of the Serverless Application
 * Repository, since those leave tables owned by whichever user migrated last, and take passwords away from running tasks.
 */
export class DatabaseUsers extends Construct {
  readonly application: secretsmanager.ISecret;
  readonly migrator: secretsmanager.ISecret;
  readonly verifier: secretsmanager.ISecret;
  readonly rotate: lambda.Function;

  constructor(scope: Construct, id: string, props: DatabaseUsersProps) {
    super(scope, id);
    allowDecryptionBySecretsManager(props.encryptionKey);
    const secretOf = (role: keyof typeof USERS): secretsmanager.ISecret => {
      const { id: secretId, suffix, description } = USERS[role];
      const prefix = role === 'application' ? props.databaseName : `${props.databaseName}_${role}`;
      const secret = signIn(this, secretId, {
        secretName: `${props.name}-${suffix}`,
        description,
        template: signInAs(role, `${prefix}_a`),
        encryptionKey: props.encryptionKey,
      });
      // Adds host, port, engine and name of the database to the secret. Readers see the secret without its key: with it,
      // CDK writes every reader's role into the key's policy: stacks would depend on each other in a circle, and the
      // policy on roles that come and go.
      const { secretArn } = secret.attach(props.database);
      return secretsmanager.Secret.fromSecretCompleteArn(this, `${secretId}Readable`, secretArn);
    };
    this.application = secretOf('application');
    this.migrator = secretOf('migrator');
    this.verifier = secretOf('verifier');
    const users = [this.application, this.migrator, this.verifier].map(({ secretArn }) => secretArn);
    const secrets = [...users, props.administrator.secretArn];

    const { network } = props;
    this.rotate = new HandlerFunction(this, 'Rotate', {
      functionName: `${props.name}-rotate-secret`,
      description: "Makes the database's users and rotates their secrets",
      folder: props.engine === 'postgres' ? 'rotate-secret' : 'rotate-secret-mysql',
      network: { vpc: network.vpc, securityGroup: network.migratorSecurityGroup },
      environment: { ADMIN_SECRET_ARN: props.administrator.secretArn, USER_SECRET_ARNS: users.join(',') },
      statements: rotationStatements(secrets),
    }).function;
    const ids = [...Object.values(USERS).map((each) => each.id), 'Administrator'];
    rotateBy(this, this.rotate, Object.fromEntries(secrets.map((arn, index) => [`${ids[index]}Schedule`, arn])));
  }
}

/** What the secret of a user of the database holds beside the password. */
export function signInAs(role: Role, username: string): Record<'role' | 'username', string> {
  return { role, username };
}

/**
 * Who may read or write a secret under this key is decided by the permissions on the secret: inside the account the key opens for
 * everybody who comes through Secrets Manager, as AWS's own key for secrets does.
 */
function allowDecryptionBySecretsManager(key: kms.IKey): void {
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'ThroughSecretsManager',
      principals: [new iam.AnyPrincipal()],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: {
        StringEquals: {
          'kms:CallerAccount': Aws.ACCOUNT_ID,
          'kms:ViaService': `secretsmanager.${Aws.REGION}.amazonaws.com`,
        },
      },
    }),
  );
}
