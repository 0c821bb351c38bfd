import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { DatabaseConfig } from '../config';
import type { NetworkStack } from '../stacks/network';
import { HandlerFunction } from './handler-function';

export interface RotatedSecretProps {
  readonly name: string;
  readonly functionName: string;
  /** Its administrator's secret is managed by RDS. */
  readonly database: rds.DatabaseInstance;
  readonly engine: DatabaseConfig['engine'];
  readonly databaseName: string;
  readonly encryptionKey: kms.IKey;
  readonly network: NetworkStack;
}

/**
 * The application's credentials. They alternate between two users with the same rights: a task that started with the
 * one keeps working while new tasks get the other. A user whose sessions are still open never loses its password; the
 * rotation fails instead, and says so, until the tasks that hold it have been replaced.
 *
 * The function makes the users, and the role that owns the schema, when the secret rotates first, which is right after
 * it was created. A function of our own rather than one of the Serverless Application Repository, since those leave
 * tables owned by whichever user migrated last, and take passwords away from running tasks.
 */
export class RotatedSecret extends Construct {
  readonly secret: secretsmanager.ISecret;

  constructor(scope: Construct, id: string, props: RotatedSecretProps) {
    super(scope, id);
    const secret = new secretsmanager.Secret(this, 'Credentials', {
      secretName: props.name,
      description: 'What tasks and migrator sign in to the database with',
      encryptionKey: props.encryptionKey,
      removalPolicy: RemovalPolicy.RETAIN,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: `${props.databaseName}_a` }),
        generateStringKey: 'password',
        passwordLength: 40,
        excludePunctuation: true,
      },
    });
    // Adds host, port, engine and name of the database to the secret.
    const attached = secret.attach(props.database);
    // Readers see the secret without its key. With it, CDK writes every reader's role into the key's policy: stacks would
    // depend on each other in a circle, and the policy on roles that come and go.
    this.secret = secretsmanager.Secret.fromSecretCompleteArn(this, 'Readable', attached.secretArn);
    allowDecryptionBySecretsManager(props.encryptionKey);

    const administrator = props.database.secret as secretsmanager.ISecret;
    const { network } = props;
    const rotate = new HandlerFunction(this, 'Rotate', {
      functionName: props.functionName,
      description: 'Alternates the users that the application signs in with',
      folder: props.engine === 'postgres' ? 'rotate-secret' : 'rotate-secret-mysql',
      network: { vpc: network.vpc, securityGroup: network.migratorSecurityGroup },
      environment: { ADMIN_SECRET_ARN: administrator.secretArn },
      statements: [
        new iam.PolicyStatement({
          actions: ['secretsmanager:GetSecretValue'],
          resources: [administrator.secretArn, attached.secretArn],
        }),
        new iam.PolicyStatement({
          actions: [
            'secretsmanager:DescribeSecret',
            'secretsmanager:PutSecretValue',
            'secretsmanager:UpdateSecretVersionStage',
          ],
          resources: [attached.secretArn],
        }),
        // The action knows no resources.
        new iam.PolicyStatement({ actions: ['secretsmanager:GetRandomPassword'], resources: ['*'] }),
      ],
    });
    const permission = new lambda.CfnPermission(this, 'Invoke', {
      action: 'lambda:InvokeFunction',
      functionName: rotate.function.functionArn,
      principal: 'secretsmanager.amazonaws.com',
      sourceAccount: Aws.ACCOUNT_ID,
    });
    const schedule = new secretsmanager.CfnRotationSchedule(this, 'Schedule', {
      secretId: attached.secretArn,
      rotationLambdaArn: rotate.function.functionArn,
      rotationRules: { scheduleExpression: 'rate(30 days)' },
    });
    schedule.addResourceDependency(permission);
  }
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
