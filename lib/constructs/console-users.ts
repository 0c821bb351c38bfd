import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { CONSOLE_ROLES } from '../../lambda/domain/console';

export interface ConsoleUsersProps {
  readonly name: string;
  /** Where the console is: people come back there after they have signed in. */
  readonly url: string;
  /** Whether the users are kept when the stack is deleted. */
  readonly production: boolean;
}

/**
 * People who may sign in at the console, where the configuration names no provider of its own: a user pool without
 * self-registration, a second factor for everybody, and a group for each role.
 */
export class ConsoleUsers extends Construct {
  readonly issuer: string;
  readonly clientId: string;

  constructor(scope: Construct, id: string, { name, url, production }: ConsoleUsersProps) {
    super(scope, id);
    const pool = new cognito.UserPool(this, 'Pool', {
      userPoolName: name,
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      mfa: cognito.Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
      },
      deletionProtection: production,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    for (const groupName of CONSOLE_ROLES) {
      new cognito.CfnUserPoolGroup(this, `Group-${groupName}`, { userPoolId: pool.userPoolId, groupName });
    }
    const client = pool.addClient('Client', {
      userPoolClientName: name,
      generateSecret: false,
      authFlows: {},
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL],
        callbackUrls: [`${url}/`],
        logoutUrls: [`${url}/`],
      },
      // Nobody changes the address that they are recorded by.
      writeAttributes: new cognito.ClientAttributes().withStandardAttributes({ fullname: true }),
      idTokenValidity: Duration.hours(1),
      accessTokenValidity: Duration.hours(1),
      preventUserExistenceErrors: true,
    });
    // A prefix is taken once in a region, whoever takes it.
    pool.addDomain('Domain', { cognitoDomain: { domainPrefix: `${name}-${Stack.of(this).account}` } });
    this.issuer = pool.userPoolProviderUrl;
    this.clientId = client.userPoolClientId;
    new CfnOutput(this, 'UserPoolId', { value: pool.userPoolId });
  }
}
