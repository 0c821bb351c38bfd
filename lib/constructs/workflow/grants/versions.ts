import { allow, type Grant } from './grant';

export const resolveTags: Grant = (t) => [allow(['ecr:DescribeImages'], [t.repositoryArn])];
export const tagImages: Grant = (t) => [allow(['ecr:BatchGetImage', 'ecr:PutImage'], [t.repositoryArn])];
export const readManifests: Grant = (t) => [allow(['ecr:BatchGetImage'], [t.repositoryArn])];
export const scanFindings: Grant = (t) => [allow(['ecr:DescribeImageScanFindings'], [t.repositoryArn])];
export const keepReports: Grant = (t) => [allow(['s3:PutObject'], [`${t.artifactBucketArn}/scans/*`])];

export const readVersions: Grant = (t) => [
  allow(['s3:GetObject'], [`${t.artifactBucketArn}/versions/*`]),
  // Without it S3 answers AccessDenied instead of NoSuchKey for a version that was never published.
  allow(['s3:ListBucket'], [t.artifactBucketArn]),
];

export const readChangelogs: Grant = (t) => [allow(['s3:GetObject'], [`${t.artifactBucketArn}/changelogs/*`])];
