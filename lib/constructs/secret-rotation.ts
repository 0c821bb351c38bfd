import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** Days between two rotations of a secret. A recovery point that is not older opens with one of the last two versions. */
export const ROTATION_DAYS = 30;

/** A secret that holds a user and a password, made by Secrets Manager. */
export interface SignInProps {
  readonly secretName: string;
  readonly description: string;
  /** What stands in it beside the password. */
  readonly template: Readonly<Record<string, string>>;
  readonly encryptionKey: kms.IKey;
}

/** The secret of one user. It has a fixed name and stays when it leaves the template (promise P7). */
export function signIn(scope: Construct, id: string, props: SignInProps): secretsmanager.Secret {
  return new secretsmanager.Secret(scope, id, {
    secretName: props.secretName,
    description: props.description,
    encryptionKey: props.encryptionKey,
    removalPolicy: RemovalPolicy.RETAIN,
    generateSecretString: {
      secretStringTemplate: JSON.stringify(props.template),
      generateStringKey: 'password',
      passwordLength: 40,
      excludePunctuation: true,
    },
  });
}

/** What a function needs of Secrets Manager to rotate these secrets. */
export function rotationStatements(secretArns: string[]): iam.PolicyStatement[] {
  return [
    new iam.PolicyStatement({
      actions: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      resources: secretArns,
    }),
    // The action knows no resources.
    new iam.PolicyStatement({ actions: ['secretsmanager:GetRandomPassword'], resources: ['*'] }),
  ];
}

/** Has a function rotate secrets, by the id of each schedule. The first rotation begins as soon as the schedule exists. */
export function rotateBy(
  scope: Construct,
  rotate: lambda.IFunction,
  secretArns: Readonly<Record<string, string>>,
): secretsmanager.CfnRotationSchedule[] {
  const permission = new lambda.CfnPermission(scope, 'Invoke', {
    action: 'lambda:InvokeFunction',
    functionName: rotate.functionArn,
    principal: 'secretsmanager.amazonaws.com',
    sourceAccount: Aws.ACCOUNT_ID,
  });
  return Object.entries(secretArns).map(([id, secretId]) => {
    const schedule = new secretsmanager.CfnRotationSchedule(scope, id, {
      secretId,
      rotationLambdaArn: rotate.functionArn,
      rotationRules: { scheduleExpression: `rate(${ROTATION_DAYS} days)` },
    });
    schedule.addResourceDependency(permission);
    return schedule;
  });
}
