import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { LIVE_TAG } from '../../lambda/domain/tags';
import { repositoryName } from '../config';
import { GITHUB_ROLE, resourceName } from '../names';
import { type EnvironmentStackProps, namesOf } from './environment-props';

/**
 * Versions kept, newest first. An image is needed while it is live or standby and for as long as somebody may want to
 * go back to it; 500 releases are more than any revert reaches, and far below the 20,000 images of a repository.
 */
const VERSIONS_KEPT = 500;

/** The images and, beside them, what belongs to a version: its changelog and the pointer that names both. */
export class RegistryStack extends Stack {
  readonly repository: ecr.Repository;
  /** Keys `changelogs/<sha256>.json` and `versions/<version>.json`. */
  readonly artifacts: s3.Bucket;

  constructor(scope: Construct, id: string, props: EnvironmentStackProps) {
    super(scope, id, props);
    this.repository = new ecr.Repository(this, 'Repository', {
      repositoryName: repositoryName(props.config, props.environment),
      imageTagMutability: ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION,
      imageTagMutabilityExclusionFilters: [ecr.ImageTagMutabilityExclusionFilter.wildcard(LIVE_TAG)],
      imageScanOnPush: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        {
          // An image that a rule matches is never expired by a later one: whatever carries `live` is safe from the
          // rules below. There is one such image, so that this rule never expires any.
          rulePriority: 1,
          description: 'The live image stays',
          tagPatternList: [LIVE_TAG],
          maxImageCount: 10,
        },
        {
          // By number and not by age: a version that has served well for years is still there to go back to.
          rulePriority: 2,
          description: `The ${VERSIONS_KEPT} newest versions stay`,
          tagPatternList: ['v*'],
          maxImageCount: VERSIONS_KEPT,
        },
        {
          rulePriority: 3,
          description: 'The 100 newest builds of branches stay',
          tagPatternList: ['develop-*'],
          maxImageCount: 100,
        },
        {
          // Tags are immutable and only `live` moves, so that no version loses its tag: without one are pushes that were
          // broken off. (ECR itself never expires an image that a tagged index refers to.)
          rulePriority: 4,
          description: 'Pushes that were broken off go',
          tagStatus: ecr.TagStatus.UNTAGGED,
          maxImageAge: Duration.days(14),
        },
      ],
    });

    const { replicateImagesTo: region } = props.environment;
    if (region !== undefined) {
      new ecr.CfnReplicationConfiguration(this, 'Replication', {
        replicationConfiguration: {
          rules: [
            {
              destinations: [{ region, registryId: this.account }],
              repositoryFilters: [
                { filter: repositoryName(props.config, props.environment), filterType: 'PREFIX_MATCH' },
              ],
            },
          ],
        },
      });
    }

    const accessLogs = new s3.Bucket(this, 'AccessLogs', {
      ...PRIVATE,
      lifecycleRules: [{ expiration: Duration.days(400), abortIncompleteMultipartUploadAfter: Duration.days(7) }],
    });
    this.artifacts = new s3.Bucket(this, 'Artifacts', {
      ...PRIVATE,
      versioned: true,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: 'artifacts/',
      // No rule expires artifacts: a changelog is some kilobytes, and a cold revert needs it after years.
      lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(7) }],
    });
    for (const statement of this.writeOnce(props)) this.artifacts.addToResourcePolicy(statement);
  }

  /** For everybody: who has to get round it changes the bucket's policy first, which CloudTrail sees. */
  private writeOnce({ config, environment }: EnvironmentStackProps): iam.PolicyStatement[] {
    const deny = (actions: string[], keys: string[], conditions?: iam.Conditions) =>
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions,
        resources: keys.map((key) => this.artifacts.arnForObjects(key)),
        conditions,
      });
    const names = namesOf({ config, environment });
    const role = { service: 'iam', region: '', resource: 'role', resourceName: resourceName(names, GITHUB_ROLE) };
    return [
      // Without it a version could be published again, as something else.
      deny(['s3:PutObject'], ['versions/*', 'changelogs/*'], { Null: { 's3:if-none-match': 'true' } }),
      // A key without a current object would be free again.
      deny(['s3:DeleteObject', 's3:DeleteObjectVersion'], KEPT),
      ...(environment.provenance === 'required'
        ? [
            deny(['s3:PutObject'], ['versions/*', 'changelogs/*'], {
              ArnNotEquals: { 'aws:PrincipalArn': this.formatArn(role) },
            }),
          ]
        : []),
    ];
  }
}

/** What belongs to versions and releases, and is never written again. */
const KEPT = ['versions/*', 'changelogs/*', 'scans/*'];

const PRIVATE: s3.BucketProps = {
  encryption: s3.BucketEncryption.S3_MANAGED,
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  removalPolicy: RemovalPolicy.RETAIN,
};
