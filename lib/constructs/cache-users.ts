import { ArnFormat, type CfnResource, Stack } from 'aws-cdk-lib';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { HandlerFunction } from './handler-function';
import { rotateBy, rotationStatements, signIn } from './secret-rotation';

export interface CacheUsersProps {
  /** Prefix of the physical names, `<application>-<environment>`. */
  readonly name: string;
  readonly encryptionKey: kms.IKey;
}

/** Everything but what administers the cache or hurts all who use it; INFO is what clients greet a server with. */
const ACCESS = 'on ~* &* +@all -@admin -@dangerous +info';

/**
 * Who signs in to the cache: the application, with the password in its secret. The user that Valkey takes everybody for who
 * does not sign in is off.
 *
 * CloudFormation reads the first password out of the secret when it makes the user; the first rotation, right after that,
 * replaces it, and from then on the rotation alone changes passwords.
 */
export class CacheUsers extends Construct {
  readonly secret: secretsmanager.ISecret;
  readonly groupId: string;
  private readonly schedules: secretsmanager.CfnRotationSchedule[];

  constructor(scope: Construct, id: string, { name, encryptionKey }: CacheUsersProps) {
    super(scope, id);
    const username = `${name}-cache`;
    const secret = signIn(this, 'Secret', {
      secretName: username,
      description: 'What tasks sign in to the cache with',
      template: { username },
      encryptionKey,
    });
    // Seen without its key, as the database's secrets are: readers' roles do not go into the key's policy.
    this.secret = secretsmanager.Secret.fromSecretCompleteArn(this, 'Readable', secret.secretArn);
    const user = (userId: string, userName: string, accessString: string) =>
      new elasticache.CfnUser(this, userName === 'default' ? 'Default' : 'Application', {
        engine: 'valkey',
        userId,
        userName,
        accessString,
        // A reference that CloudFormation resolves: no password stands in the template.
        authenticationMode: { Type: 'password', Passwords: [secret.secretValueFromJson('password').unsafeUnwrap()] },
      });
    const application = user(username, username, ACCESS);
    // A group has to have a user of this name, and the service's own may do everything without a password.
    const nobody = user(`${username}-default`, 'default', 'off -@all');
    const group = new elasticache.CfnUserGroup(this, 'Group', {
      engine: 'valkey',
      userGroupId: username,
      userIds: [application.ref, nobody.ref],
    });
    this.groupId = group.ref;

    const rotate = new HandlerFunction(this, 'Rotate', {
      functionName: `${name}-rotate-cache-secret`,
      description: "Rotates the password of the cache's user",
      folder: 'rotate-cache-secret',
      statements: [
        ...rotationStatements([secret.secretArn]),
        new iam.PolicyStatement({
          actions: ['elasticache:DescribeUsers', 'elasticache:ModifyUser'],
          resources: [
            Stack.of(this).formatArn({
              service: 'elasticache',
              resource: 'user',
              resourceName: username,
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          ],
        }),
      ],
    }).function;
    this.schedules = rotateBy(this, rotate, { Schedule: secret.secretArn });
  }

  /** The first rotation begins at once: the user and who knows it have to be there. */
  rotateAfter(cache: CfnResource): void {
    for (const schedule of this.schedules) schedule.addResourceDependency(cache);
  }
}
