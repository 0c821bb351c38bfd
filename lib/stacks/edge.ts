import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { EnvironmentConfig } from '../config';
import { accessLogBucket } from '../constructs/access-logs';
import type { ColorFleet } from '../constructs/color-fleet';
import { releaseCachePolicy, securityHeaders, UNCACHED_ERRORS, viewerRequestPolicy } from '../constructs/edge-policies';
import { LiveRoute } from '../constructs/live-route';
import { WebAclArn } from '../constructs/web-acl-arn';
import { VpcOriginIngress } from '../constructs/vpc-origin-ingress';
import { type Names, resourceName } from '../names';
import { type EnvironmentStackProps, namesOf } from './environment-props';
import type { FirewallStack } from './firewall';
import type { FleetStack } from './fleet';
import type { NetworkStack } from './network';

export interface EdgeStackProps extends EnvironmentStackProps {
  readonly network: NetworkStack;
  readonly fleet: FleetStack;
  /** The firewall before the distribution. @default - the web ACL of the configuration, or none */
  readonly firewall?: FirewallStack;
}

/**
 * A distribution has no way to carry an origin that no behavior uses, so green hangs on this path. The function answers
 * 404 there, as for everything under `/.greenroom/` that it does not serve itself.
 */
const CARRIER_PATH = '/.greenroom/origins/green';

/**
 * What viewers reach: the distribution, the function that picks a color, and the way to the internal load balancers.
 * With the strategy `rolling` there is one origin and nothing to pick.
 */
export class EdgeStack extends Stack {
  readonly distribution: cloudfront.Distribution;
  /** Route store, function and preview key; none with the strategy `rolling`. */
  readonly liveRoute?: LiveRoute;
  /** ARN of the firewall; the console stands behind the same one. @default - there is none */
  readonly webAclId?: string;
  /** Where viewers and smoke tests go, without a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: EdgeStackProps) {
    super(scope, id, props);
    const { config, environment, fleet } = props;
    const names = namesOf(props);
    const { blue, green } = fleet.fleets;
    const vpcOrigins = [blue, green].filter((each) => each !== undefined).map((each) => this.createVpcOrigin(each));
    const [blueOrigin, greenOrigin] = vpcOrigins;

    if (greenOrigin !== undefined) {
      const { livenessPath, readinessPath, assetPaths } = config.container;
      this.liveRoute = new LiveRoute(this, 'Route', {
        ...names,
        healthPaths: [livenessPath, readinessPath],
        assetPaths,
        canary: environment.traffic.some(({ percent }) => percent < 100),
      });
    }
    const behavior = this.createBehavior(resourceName(names));
    this.webAclId = this.webAcl(names, props);
    this.distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: resourceName(names),
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      ...this.domain(environment),
      webAclId: this.webAclId,
      errorResponses: UNCACHED_ERRORS,
      enableLogging: true,
      logBucket: accessLogBucket(this, 'AccessLogs', {
        // Standard logging writes by access control lists.
        objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_PREFERRED,
      }),
      // The log is about requests; sessions in it would be secrets in a bucket.
      logIncludesCookies: false,
      defaultBehavior: {
        ...behavior,
        origin: toOrigin('blue', blue, blueOrigin as cloudfront.VpcOrigin),
        allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      },
      additionalBehaviors:
        green && greenOrigin
          ? {
              [CARRIER_PATH]: {
                ...behavior,
                origin: toOrigin('green', green, greenOrigin),
                allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
              },
            }
          : undefined,
    });

    new VpcOriginIngress(this, 'Ingress', {
      functionName: resourceName(names, 'vpc-origin-ingress'),
      vpc: props.network.vpc,
      origins: vpcOrigins,
      securityGroup: props.network.loadBalancerSecurityGroup,
      port: 80,
    });
    this.url = `https://${environment.domain?.name ?? this.distribution.distributionDomainName}`;
    new CfnOutput(this, 'Url', { value: this.url });
    new CfnOutput(this, 'DistributionDomainName', {
      value: this.distribution.distributionDomainName,
      description: 'What the DNS record of a custom domain points at',
    });
  }

  private webAcl(names: Names, { environment, firewall }: EdgeStackProps): string | undefined {
    if (firewall === undefined) return environment.waf?.webAclArn;
    this.addStackDependency(firewall);
    const { arn } = new WebAclArn(this, 'WebAcl', {
      functionName: resourceName(names, 'web-acl-arn'),
      stackName: firewall.stackName,
    });
    return arn;
  }

  private createVpcOrigin(fleet: ColorFleet): cloudfront.VpcOrigin {
    return new cloudfront.VpcOrigin(this, fleet.color === 'blue' ? 'BlueOrigin' : 'GreenOrigin', {
      vpcOriginName: fleet.serviceName,
      endpoint: cloudfront.VpcOriginEndpoint.applicationLoadBalancer(fleet.loadBalancer),
      protocolPolicy: cloudfront.OriginProtocolPolicy.HTTP_ONLY,
      httpPort: 80,
    });
  }

  private createBehavior(name: string): cloudfront.AddBehaviorOptions {
    return {
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      compress: true,
      // Without a route no release is in the key: nothing may be cached then.
      cachePolicy: this.liveRoute ? releaseCachePolicy(this, name) : cloudfront.CachePolicy.CACHING_DISABLED,
      originRequestPolicy: viewerRequestPolicy(this, name),
      responseHeadersPolicy: securityHeaders(this, name),
      functionAssociations: this.liveRoute?.associations,
    };
  }

  /** Old TLS can be refused on a custom domain only: names on cloudfront.net have a policy that nobody can change. */
  private domain({ domain }: EnvironmentConfig): Partial<cloudfront.DistributionProps> {
    if (domain === undefined) return {};
    return {
      domainNames: [domain.name],
      minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
    };
  }
}

function toOrigin(originId: string, fleet: ColorFleet, vpcOrigin: cloudfront.VpcOrigin): origins.VpcOrigin {
  return origins.VpcOrigin.withVpcOrigin(vpcOrigin, {
    originId,
    domainName: fleet.loadBalancer.loadBalancerDnsName,
    readTimeout: Duration.seconds(60),
    // Below the 60 s after which the load balancer closes an idle connection.
    keepaliveTimeout: Duration.seconds(50),
  });
}
