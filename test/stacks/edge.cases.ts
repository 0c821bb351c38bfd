import { Match } from 'aws-cdk-lib/assertions';
import { EDGE_NAMES } from '../../lambda/domain/route';
import { viewerRequestCode } from '../../lib/constructs/edge-function';
import { cachePolicyOf } from '../../local/edge/cache';
import { DEPLOYED_CACHE_POLICY } from '../../local/edge/campaign/cache-policy';
import { all, only } from './base-stacks';
import { fleetAndEdge } from './fleet-edge-stacks';

// Bundles are another test's business, and take time.
jest.mock('../../lib/constructs/handlers', () => ({
  handlerCode: () => jest.requireActual('aws-cdk-lib/aws-lambda').Code.fromInline('exports.handler = () => undefined;'),
}));

const DOMAIN = {
  name: 'shop.example.com',
  certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555',
};
const WEB_ACL = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop/11111111-2222-3333-4444-555555555555';

const { edge, edgeStack } = fleetAndEdge({ name: 'production', domain: DOMAIN, waf: { webAclArn: WEB_ACL } });
const plain = fleetAndEdge({ name: 'staging' });
const rolling = fleetAndEdge({ name: 'dev', strategy: 'rolling' });
const { DistributionConfig: distribution } = only(edge, 'AWS::CloudFront::Distribution');

describe('the distribution', () => {
  it('has both colors as origins under fixed ids, by VPC origins', () => {
    const found = distribution.Origins.map((origin: { Id: string; VpcOriginConfig?: object }) => [
      origin.Id,
      origin.VpcOriginConfig !== undefined,
    ]);
    expect(found).toEqual([
      ['blue', true],
      ['green', true],
    ]);
    const endpoints = all(edge, 'AWS::CloudFront::VpcOrigin').map(
      ({ VpcOriginEndpointConfig }) => VpcOriginEndpointConfig,
    );
    expect(endpoints).toEqual([
      expect.objectContaining({ Name: 'shop-production-blue', OriginProtocolPolicy: 'http-only', HTTPPort: 80 }),
      expect.objectContaining({ Name: 'shop-production-green', OriginProtocolPolicy: 'http-only', HTTPPort: 80 }),
    ]);
  });

  it('runs the function on every behavior, also on the one that only carries green', () => {
    const behaviors = [distribution.DefaultCacheBehavior, ...distribution.CacheBehaviors];
    const association = [
      { EventType: 'viewer-request', FunctionARN: { 'Fn::GetAtt': [expect.stringMatching(/^Route/), 'FunctionARN'] } },
    ];
    expect(behaviors).toHaveLength(2);
    for (const behavior of behaviors) {
      expect(behavior).toMatchObject({ FunctionAssociations: association, ViewerProtocolPolicy: 'redirect-to-https' });
    }
    expect(distribution.CacheBehaviors[0]).toMatchObject({ TargetOriginId: 'green' });
    // Under this prefix the function answers 404: test/edge.
    expect(distribution.CacheBehaviors[0].PathPattern).toMatch(/^\/\.greenroom\//);
  });

  it('takes all methods, HTTP/2 and HTTP/3, and no old TLS', () => {
    expect(distribution.DefaultCacheBehavior.AllowedMethods.sort()).toEqual(
      ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'].sort(),
    );
    expect(distribution).toMatchObject({
      HttpVersion: 'http2and3',
      IPV6Enabled: true,
      ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021', AcmCertificateArn: DOMAIN.certificateArn },
    });
  });

  it('has domain and firewall when they are configured', () => {
    expect(distribution).toMatchObject({ Aliases: ['shop.example.com'], WebACLId: WEB_ACL });
    expect(edgeStack.url).toBe('https://shop.example.com');
    const { DistributionConfig: other } = only(plain.edge, 'AWS::CloudFront::Distribution');
    expect(other).not.toHaveProperty('Aliases');
    expect(other).not.toHaveProperty('WebACLId');
    expect(plain.edgeStack.resolve(plain.edgeStack.url)).toEqual({
      'Fn::Join': ['', ['https://', { 'Fn::GetAtt': [expect.stringMatching(/^Distribution/), 'DomainName'] }]],
    });
  });

  it('keeps no error beyond its cause', () => {
    const kept = distribution.CustomErrorResponses.filter(
      ({ ErrorCachingMinTTL }: { ErrorCachingMinTTL: number }) => ErrorCachingMinTTL !== 0,
    );
    const codes = distribution.CustomErrorResponses.map(({ ErrorCode }: { ErrorCode: number }) => ErrorCode);
    expect(kept).toEqual([]);
    expect(codes).toEqual(expect.arrayContaining([404, 500, 502, 503, 504]));
  });

  it('logs requests without cookies, privately', () => {
    expect(distribution.Logging).toMatchObject({ IncludeCookies: false });
    edge.allResourcesProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    });
  });
});

describe('cached answers', () => {
  const { CachePolicyConfig: policy } = only(edge, 'AWS::CloudFront::CachePolicy');
  const key = policy.ParametersInCacheKeyAndForwardedToOrigin;

  it('are told apart by release, and every preview from everything', () => {
    const names = [EDGE_NAMES.releaseHeader, EDGE_NAMES.previewHeader, EDGE_NAMES.onceHeader];
    expect(key.HeadersConfig.Headers).toEqual(expect.arrayContaining(names));
    // The function sets these very headers.
    const text = viewerRequestCode([]);
    for (const name of names) expect(text).toContain(`"${name}"`);
  });

  it('are kept by the campaign as the template says', () => {
    expect(cachePolicyOf(policy)).toEqual(DEPLOYED_CACHE_POLICY);
  });

  it('never go from one session to another, and exist only where the application says so', () => {
    expect(key).toMatchObject({
      CookiesConfig: { CookieBehavior: 'all' },
      QueryStringsConfig: { QueryStringBehavior: 'all' },
    });
    expect(key.HeadersConfig.Headers).toContain('Authorization');
    expect(policy).toMatchObject({ MinTTL: 0, DefaultTTL: 0 });
  });

  it('do not keep anything from the application: it gets all that the viewer sent', () => {
    const { OriginRequestPolicyConfig: request } = only(edge, 'AWS::CloudFront::OriginRequestPolicy');
    expect(request).toMatchObject({
      HeadersConfig: { HeaderBehavior: 'allViewerAndWhitelistCloudFront' },
      CookiesConfig: { CookieBehavior: 'all' },
      QueryStringsConfig: { QueryStringBehavior: 'all' },
    });
  });
});

describe('the route', () => {
  it('lies in a store that no deployment can fill, rename or replace (promise P7)', () => {
    const store = only(edge, 'AWS::CloudFront::KeyValueStore');
    expect(store).toEqual({ Name: 'shop-production-route', Comment: expect.any(String) });
  });

  it('is read by the function as it was tested, with the configured health paths', () => {
    edge.hasResourceProperties('AWS::CloudFront::Function', {
      FunctionCode: viewerRequestCode(['/health/live', '/health/ready']),
      FunctionConfig: { Runtime: 'cloudfront-js-2.0', KeyValueStoreAssociations: [Match.anyValue()] },
      AutoPublish: true,
    });
  });

  it('has a preview key that stands in no template', () => {
    const secret = only(edge, 'AWS::SecretsManager::Secret');
    expect(secret.GenerateSecretString).toMatchObject({ PasswordLength: 64 });
    expect(secret).not.toHaveProperty('SecretString');
  });
});

describe('the way to the load balancers', () => {
  it('is open to the group of the VPC origins, found after they exist, and to nothing else', () => {
    const ingress = all(edge, 'AWS::EC2::SecurityGroupIngress');
    expect(ingress).toEqual([
      expect.objectContaining({
        SourceSecurityGroupId: { 'Fn::GetAtt': [expect.stringMatching(/^IngressLookup/), 'GroupId'] },
        FromPort: 80,
        ToPort: 80,
        IpProtocol: 'tcp',
      }),
    ]);
    const origins = Object.keys(edge.findResources('AWS::CloudFront::VpcOrigin'));
    expect(only(edge, 'Custom::VpcOriginIngress').Origins).toEqual(origins.map((id) => ({ 'Fn::GetAtt': [id, 'Id'] })));
  });

  it('sends security headers back, where the application does not say otherwise', () => {
    const { ResponseHeadersPolicyConfig: headers } = only(edge, 'AWS::CloudFront::ResponseHeadersPolicy');
    expect(headers.SecurityHeadersConfig).toMatchObject({
      StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000 },
      ContentTypeOptions: { Override: true },
      FrameOptions: { Override: false },
    });
  });
});

describe('with the strategy rolling', () => {
  it('there is one origin, nothing to choose and nothing cached', () => {
    const { DistributionConfig: config } = only(rolling.edge, 'AWS::CloudFront::Distribution');
    expect(config.Origins.map(({ Id }: { Id: string }) => Id)).toEqual(['blue']);
    expect(config).not.toHaveProperty('CacheBehaviors');
    expect(config.DefaultCacheBehavior).not.toHaveProperty('FunctionAssociations');
    // Managed policy CachingDisabled.
    expect(config.DefaultCacheBehavior.CachePolicyId).toBe('4135ea2d-6df8-44a3-9df3-4b5a84be39ad');
    for (const type of ['AWS::CloudFront::KeyValueStore', 'AWS::CloudFront::Function', 'AWS::SecretsManager::Secret']) {
      rolling.edge.resourceCountIs(type, 0);
    }
    expect(rolling.edgeStack.liveRoute).toBeUndefined();
  });
});
