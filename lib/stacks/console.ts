import { ArnFormat, CfnOutput, Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { CONSOLE_ROUTES } from '../../lambda/domain/console';
import type { EnvironmentConfig, GreenroomConfig } from '../config';
import { accessLogBucket } from '../constructs/access-logs';
import { ConsoleUsers } from '../constructs/console-users';
import { UNCACHED_ERRORS } from '../constructs/edge-policies';
import { HandlerFunction } from '../constructs/handler-function';
import { pageFiles } from '../constructs/page';
import { resourceName } from '../names';
import type { EdgeStack } from './edge';
import { type EnvironmentStackProps, namesOf } from './environment-props';
import type { ReleaseStack } from './release';

export interface ConsoleStackProps extends EnvironmentStackProps {
  readonly edge: EdgeStack;
  readonly release: ReleaseStack;
}

/** The page's own paths; everything under `/api/` needs a token. */
const PAGE_ROUTES = ['GET /', 'GET /config.json', 'GET /assets/{file}'] as const;

/**
 * The console: its page and its API behind one distribution, so that the page needs no permission to talk to another
 * origin and no other origin gets any. The page comes from a function as the API does: both are deployed together, and
 * the page never meets an API of another version.
 */
export class ConsoleStack extends Stack {
  readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ConsoleStackProps,
  ) {
    super(scope, id, props);
    const { config, environment, release } = props;
    const others = otherConsoles(config, environment);
    const names = namesOf(props);
    const api = new apigateway.HttpApi(this, 'Api', {
      apiName: resourceName(names, 'console'),
      createDefaultStage: false,
      description: `Console of ${resourceName(names)}`,
      corsPreflight: others.length === 0 ? undefined : readableBy(others.map(({ url }) => url)),
    });
    this.createStage(api, resourceName(names, 'console'));
    const distribution = this.createDistribution(api, resourceName(names, 'console'));
    this.url = `https://${environment.console?.domain?.name ?? distribution.distributionDomainName}`;

    const { issuer, clientId } =
      environment.console?.provider ??
      new ConsoleUsers(this, 'Users', {
        name: resourceName(names, 'console'),
        url: this.url,
        production: environment.production,
      });
    const page = new HandlerFunction(this, 'Page', {
      functionName: resourceName(names, 'console-page'),
      folder: 'console-page',
      description: 'The page of the console',
      statements: [],
      files: pageFiles(),
      timeout: Duration.seconds(10),
      environment: {
        CONSOLE_PLACE: `${names.application} ${names.environment}`,
        CONSOLE_ISSUER: issuer,
        CONSOLE_CLIENT_ID: clientId,
        CONSOLE_OTHERS: JSON.stringify(others),
      },
    });
    const anybody = new HttpLambdaIntegration('Page', page.function);
    for (const route of PAGE_ROUTES) api.addRoutes({ ...toRoute(route), integration: anybody });
    const handler = release.functions['console-api'];
    if (handler === undefined) throw new Error(`${release.stackName} has no function for lambda/console-api`);
    const signedIn = new HttpLambdaIntegration('Api', handler);
    const authorizer = new HttpJwtAuthorizer('SignedIn', issuer, { jwtAudience: [clientId] });
    for (const route of CONSOLE_ROUTES) api.addRoutes({ ...toRoute(route), integration: signedIn, authorizer });

    new CfnOutput(this, 'Url', { value: this.url });
    new CfnOutput(this, 'DistributionDomainName', {
      value: distribution.distributionDomainName,
      description: 'What the DNS record of a custom domain points at',
    });
  }

  private createStage(api: apigateway.HttpApi, name: string): void {
    const log = new logs.LogGroup(this, 'AccessLog', {
      logGroupName: `/aws/vendedlogs/apis/${name}`,
      retention: logs.RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new apigateway.CfnStage(this, 'Stage', {
      apiId: api.apiId,
      stageName: '$default',
      autoDeploy: true,
      defaultRouteSettings: { throttlingRateLimit: 50, throttlingBurstLimit: 100 },
      accessLogSettings: {
        // Without the star that the group's own ARN ends in.
        destinationArn: this.formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: log.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
        // The token's subject is nobody's name, and the token itself is never written.
        format: JSON.stringify({
          at: '$context.requestTime',
          route: '$context.routeKey',
          status: '$context.status',
          subject: '$context.authorizer.claims.sub',
          ip: '$context.identity.sourceIp',
          ms: '$context.responseLatency',
        }),
      },
    });
  }

  private createDistribution(api: apigateway.HttpApi, name: string): cloudfront.Distribution {
    const { environment, edge } = this.props;
    const domain = environment.console?.domain;
    const behavior: cloudfront.BehaviorOptions = {
      origin: new HttpOrigin(Fn.select(2, Fn.split('/', api.apiEndpoint))),
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
      // An HTTP API knows itself by its own host name only.
      originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
    };
    return new cloudfront.Distribution(this, 'Distribution', {
      comment: name,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      webAclId: edge.webAclId,
      errorResponses: UNCACHED_ERRORS,
      enableLogging: true,
      logBucket: accessLogBucket(this, 'AccessLogs', { objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_PREFERRED }),
      logIncludesCookies: false,
      ...(domain && {
        domainNames: [domain.name],
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
      }),
      defaultBehavior: behavior,
      additionalBehaviors: {
        '/api/*': { ...behavior, allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL },
        // Their names hold the hash of their content.
        '/assets/*': {
          ...behavior,
          cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
          originRequestPolicy: undefined,
          compress: true,
        },
      },
    });
  }
}

/** Consoles that take the same token: of the same provider and client, at a domain that is known beforehand. */
function otherConsoles(config: GreenroomConfig, { name, console }: EnvironmentConfig): { name: string; url: string }[] {
  const provider = console?.provider;
  if (provider === undefined) return [];
  return config.environments.flatMap((other) => {
    const { domain, provider: theirs } = other.console ?? {};
    const same = theirs?.issuer === provider.issuer && theirs.clientId === provider.clientId;
    return other.name !== name && same && domain ? [{ name: other.name, url: `https://${domain.name}` }] : [];
  });
}

/** Consoles that show what is live here too; whoever asks needs a token all the same. */
function readableBy(allowOrigins: string[]): apigateway.CorsPreflightOptions {
  return {
    allowOrigins,
    allowMethods: [apigateway.CorsHttpMethod.GET],
    allowHeaders: ['authorization', 'if-none-match'],
    exposeHeaders: ['date', 'etag'],
  };
}

function toRoute(route: string): { path: string; methods: apigateway.HttpMethod[] } {
  const [method, path] = route.split(' ') as [apigateway.HttpMethod, string];
  return { path, methods: [method] };
}
