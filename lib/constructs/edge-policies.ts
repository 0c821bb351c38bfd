import { Duration } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import type { Construct } from 'constructs';
import { EDGE_NAMES } from '../../lambda/domain/route';

/**
 * What tells cached answers apart: path, query, cookies, authorization, and the release that the function chose.
 * The key ignores the origin, and a color comes back with another release, so that the release has to be in it. Cookies
 * are in it because an application that nobody looked at may answer by session; nothing is cached unless the
 * application says so.
 */
export function releaseCachePolicy(scope: Construct, name: string): cloudfront.CachePolicy {
  return new cloudfront.CachePolicy(scope, 'CachePolicy', {
    cachePolicyName: name,
    comment: 'Cached answers are told apart by release',
    minTtl: Duration.seconds(0),
    defaultTtl: Duration.seconds(0),
    maxTtl: Duration.days(365),
    headerBehavior: cloudfront.CacheHeaderBehavior.allowList(
      EDGE_NAMES.releaseHeader,
      EDGE_NAMES.previewHeader,
      EDGE_NAMES.onceHeader,
      'Authorization',
    ),
    queryStringBehavior: cloudfront.CacheQueryStringBehavior.all(),
    cookieBehavior: cloudfront.CacheCookieBehavior.all(),
    enableAcceptEncodingGzip: true,
    enableAcceptEncodingBrotli: true,
  });
}

/**
 * Everything that the viewer sent, Host included, and what the application cannot know behind a load balancer that
 * speaks HTTP: scheme and address of the viewer. The function has taken the preview credential out before.
 */
export function viewerRequestPolicy(scope: Construct, name: string): cloudfront.OriginRequestPolicy {
  return new cloudfront.OriginRequestPolicy(scope, 'OriginRequestPolicy', {
    originRequestPolicyName: name,
    comment: 'All that the viewer sent, with scheme and address of the viewer',
    headerBehavior: cloudfront.OriginRequestHeaderBehavior.all(
      'CloudFront-Forwarded-Proto',
      'CloudFront-Viewer-Address',
    ),
    queryStringBehavior: cloudfront.OriginRequestQueryStringBehavior.all(),
    cookieBehavior: cloudfront.OriginRequestCookieBehavior.all(),
  });
}

/** Security headers; where an application has a reason to differ, what it says stands. */
export function securityHeaders(scope: Construct, name: string): cloudfront.ResponseHeadersPolicy {
  return new cloudfront.ResponseHeadersPolicy(scope, 'SecurityHeaders', {
    responseHeadersPolicyName: name,
    comment: 'Security headers',
    securityHeadersBehavior: {
      strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override: true },
      contentTypeOptions: { override: true },
      frameOptions: { frameOption: cloudfront.HeadersFrameOption.SAMEORIGIN, override: false },
      referrerPolicy: {
        referrerPolicy: cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN,
        override: false,
      },
    },
    removeHeaders: ['X-Powered-By'],
  });
}

/** Statuses that CloudFront keeps for ten seconds unless told otherwise: an error would outlive its cause. */
export const UNCACHED_ERRORS: cloudfront.ErrorResponse[] = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504].map(
  (httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) }),
);
