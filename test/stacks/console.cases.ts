import { Match } from 'aws-cdk-lib/assertions';
import { CONSOLE_ACTS } from '../../lambda/domain/console';
import { sampleTemplate } from './synthesised';
import { templateOf, wholeApp } from './whole-app';

const provider = { issuer: 'https://login.example.com/realms/staff', clientId: 'greenroom' };
const domain = (name: string) => ({
  name,
  certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555',
});

describe('the console of the sample', () => {
  const template = sampleTemplate('production', 'console');
  const routes = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(({ Properties }) => Properties);

  test('lets nobody at its API who has not signed in, and anybody at its page', () => {
    const open = routes.filter(({ AuthorizationType }) => AuthorizationType !== 'JWT').map(({ RouteKey }) => RouteKey);
    expect(open.sort()).toEqual(['GET /', 'GET /assets/{file}', 'GET /config.json']);
    expect(routes.length).toBeGreaterThan(open.length);
  });

  test('acts by POST only', () => {
    const acts = routes.filter(({ RouteKey }) => RouteKey.includes('/acts/'));
    expect(acts.map(({ RouteKey }) => RouteKey)).toEqual(['POST /api/acts/{act}']);
    expect(Object.keys(CONSOLE_ACTS).length).toBeGreaterThan(5);
  });

  test('lets no other origin read its answers', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { CorsConfiguration: Match.absent() });
  });

  test('makes users who cannot register by themselves, with a second factor and a group for each role', () => {
    template.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
      DeletionProtection: 'ACTIVE',
    });
    const groups = Object.values(template.findResources('AWS::Cognito::UserPoolGroup'));
    expect(groups.map(({ Properties }) => Properties.GroupName)).toEqual(['viewers', 'qa', 'operators']);
    template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      AllowedOAuthFlows: ['code'],
      GenerateSecret: false,
      WriteAttributes: ['name'],
    });
  });

  test('gives the function of the page no permission but its log', () => {
    const roles = Object.values(template.findResources('AWS::IAM::Role'));
    const actions = roles.flatMap(({ Properties }) => Properties.Policies[0].PolicyDocument.Statement[0].Action);
    expect(roles).toHaveLength(1);
    expect(roles[0]?.Properties.Policies[0].PolicyDocument.Statement).toHaveLength(1);
    expect(actions).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
  });

  test('stands behind the firewall of the environment', () => {
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: { WebACLId: Match.anyValue() },
    });
  });
});

describe('a console with a provider and a domain of its own', () => {
  const environments = [
    { name: 'staging', console: { provider, domain: domain('staging.console.example.com') } },
    { name: 'production', console: { provider, domain: domain('console.example.com') } },
  ];
  const app = wholeApp({ environments }, 'production');
  const template = templateOf(app, 'shop-production-console');

  test('makes no users where there is a provider', () => {
    template.resourceCountIs('AWS::Cognito::UserPool', 0);
  });

  test('trusts tokens of this provider for this client', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: provider.issuer, Audience: [provider.clientId] },
    });
  });

  test('shows what is live in the others with the same sign-in: they may read, and nothing else', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', {
      CorsConfiguration: {
        AllowOrigins: ['https://staging.console.example.com'],
        AllowMethods: ['GET'],
        AllowHeaders: ['authorization', 'if-none-match'],
        ExposeHeaders: ['date', 'etag'],
      },
    });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          CONSOLE_OTHERS: JSON.stringify([{ name: 'staging', url: 'https://staging.console.example.com' }]),
        }),
      },
    });
  });
});
