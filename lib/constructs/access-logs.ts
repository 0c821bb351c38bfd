import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as elb from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** Days for which access logs are kept. */
const KEPT = Duration.days(90);

/** A bucket that services deliver access logs into. It outlives the stack, since it tells what happened. */
export function accessLogBucket(scope: Construct, id: string, props: Partial<s3.BucketProps> = {}): s3.Bucket {
  return new s3.Bucket(scope, id, {
    encryption: s3.BucketEncryption.S3_MANAGED,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    lifecycleRules: [{ expiration: KEPT, abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    removalPolicy: RemovalPolicy.RETAIN,
    ...props,
  });
}

/**
 * Sends a load balancer's access logs to the bucket. `logAccessLogs` of the construct asks for a region at synthesis,
 * because it names an account for each of the older regions; the service principal works in all of them.
 */
export function sendAccessLogs(loadBalancer: elb.ApplicationLoadBalancer, bucket: s3.Bucket, prefix: string): void {
  loadBalancer.setAttribute('access_logs.s3.enabled', 'true');
  loadBalancer.setAttribute('access_logs.s3.bucket', bucket.bucketName);
  loadBalancer.setAttribute('access_logs.s3.prefix', prefix);
  bucket.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('logdelivery.elasticloadbalancing.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects(`${prefix}/AWSLogs/${Stack.of(bucket).account}/*`)],
    }),
  );
  // The service checks that it may write at the moment the attribute is set.
  if (bucket.policy) loadBalancer.node.addDependency(bucket.policy);
}
