import { Match } from 'aws-cdk-lib/assertions';
import { all, baseTemplates, only } from './base-stacks';

const { registry } = baseTemplates({ name: 'production' });
const repository = only(registry, 'AWS::ECR::Repository');

interface LifecycleRule {
  rulePriority: number;
  selection: { tagStatus: string; tagPatternList?: string[]; countType: string; countNumber: number };
}

describe('images', () => {
  it('lie in a repository of the environment that outlives the stack', () => {
    expect(repository.RepositoryName).toBe('shop/production');
    registry.hasResource('AWS::ECR::Repository', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  it('keep their tags for ever, but for "live"', () => {
    expect(repository).toMatchObject({
      ImageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      ImageTagMutabilityExclusionFilters: [
        { ImageTagMutabilityExclusionFilterType: 'WILDCARD', ImageTagMutabilityExclusionFilterValue: 'live' },
      ],
    });
  });

  it('are scanned when they are pushed', () => {
    expect(repository.ImageScanningConfiguration).toEqual({ ScanOnPush: true });
  });
});

describe('replication', () => {
  it('copies what is pushed to the region that is asked for, of this repository alone', () => {
    const { registry: replicated } = baseTemplates({ name: 'production', replicateImagesTo: 'eu-west-1' });

    expect(only(replicated, 'AWS::ECR::ReplicationConfiguration').ReplicationConfiguration).toEqual({
      Rules: [
        {
          Destinations: [{ Region: 'eu-west-1', RegistryId: { Ref: 'AWS::AccountId' } }],
          RepositoryFilters: [{ Filter: 'shop/production', FilterType: 'PREFIX_MATCH' }],
        },
      ],
    });
  });

  it('is left as it is where nobody asks, since it is one setting for the whole registry', () => {
    registry.resourceCountIs('AWS::ECR::ReplicationConfiguration', 0);
  });
});

describe('what expires', () => {
  const rules: LifecycleRule[] = JSON.parse(repository.LifecyclePolicy.LifecyclePolicyText).rules;
  const rule = (pattern: string) => rules.find(({ selection }) => selection.tagPatternList?.includes(pattern));

  it('is never the live image: the first rule holds it and keeps more than the one there is', () => {
    expect(rule('live')?.rulePriority).toBe(Math.min(...rules.map(({ rulePriority }) => rulePriority)));
    expect(rule('live')?.selection.countNumber).toBeGreaterThan(1);
  });

  it('is a version only when there are very many newer ones, whatever its age', () => {
    expect(rule('v*')?.selection).toMatchObject({ countType: 'imageCountMoreThan' });
    expect(rule('v*')?.selection.countNumber).toBeGreaterThanOrEqual(100);
  });

  it('goes by age only where there is no tag', () => {
    const byAge = rules.filter(({ selection }) => selection.countType === 'sinceImagePushed');
    expect(byAge.map(({ selection }) => selection.tagStatus)).toEqual(['untagged']);
  });
});

describe('the artifact bucket', () => {
  const buckets = all(registry, 'AWS::S3::Bucket');

  it('keeps every version of every object, privately', () => {
    registry.hasResource('AWS::S3::Bucket', {
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        LoggingConfiguration: Match.objectLike({ LogFilePrefix: 'artifacts/' }),
        LifecycleConfiguration: { Rules: [{ AbortIncompleteMultipartUpload: Match.anyValue(), Status: 'Enabled' }] },
      },
      DeletionPolicy: 'Retain',
    });
  });

  it.each(buckets.map((bucket, i) => [i, bucket]))(
    'bucket %i is encrypted, private and has owner-only objects',
    (_, b) => {
      expect(b).toMatchObject({
        BucketEncryption: { ServerSideEncryptionConfiguration: [expect.anything()] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      });
    },
  );

  it('refuses what comes without TLS', () => {
    const policies = all(registry, 'AWS::S3::BucketPolicy');
    expect(policies).toHaveLength(buckets.length);
    for (const { PolicyDocument } of policies) {
      expect(PolicyDocument.Statement).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    }
  });

  describe('what was published stays as it was', () => {
    const denials = (template: typeof registry) =>
      all(template, 'AWS::S3::BucketPolicy')
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement as Denial[])
        .filter(
          ({ Effect, Condition }) => Effect === 'Deny' && !/Transport|TlsVersion/.test(JSON.stringify(Condition ?? {})),
        );
    interface Denial {
      readonly Effect: string;
      readonly Principal: unknown;
      readonly Action: string | string[];
      readonly Resource: unknown;
      readonly Condition?: object;
    }
    const keys = ({ Resource }: Denial) =>
      [...JSON.stringify(Resource).matchAll(/\/(\w+)\/\*/g)].map(([, key]) => key).sort();

    it('for everybody: nothing is written over, nothing is deleted', () => {
      const [once, kept] = denials(registry);
      expect(once).toMatchObject({
        Principal: { AWS: '*' },
        Action: 's3:PutObject',
        Condition: { Null: { 's3:if-none-match': 'true' } },
      });
      expect(keys(once as Denial)).toEqual(['changelogs', 'versions']);
      expect(kept).toMatchObject({ Principal: { AWS: '*' }, Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'] });
      expect(kept).not.toHaveProperty('Condition');
      expect(keys(kept as Denial)).toEqual(['changelogs', 'scans', 'versions']);
    });

    it('and in production nobody but the release workflow publishes', () => {
      const only = denials(registry)[2];
      expect(only).toMatchObject({ Principal: { AWS: '*' }, Action: 's3:PutObject' });
      expect(JSON.stringify(only?.Condition)).toMatch(
        /ArnNotEquals.*aws:PrincipalArn.*role\/shop-production-github-release/,
      );
      expect(denials(baseTemplates({ name: 'production', provenance: 'recorded' }).registry)).toHaveLength(2);
    });
  });
});
