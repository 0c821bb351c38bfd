import {
  BatchGetImageCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  ECRClient,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { ReleaseError } from '../domain/errors';
import { chooseImage, type IndexEntry } from '../domain/platform';
import type { Finding, ScanReport } from '../domain/scan';
import { LIVE_TAG } from '../domain/tags';
import { policy } from './settings';

const client = new ECRClient({});

/** The digest that a tag resolves to. @throws ReleaseError UnknownVersion when no image has the tag. */
export async function resolveTag(tag: string): Promise<string> {
  const repositoryName = policy().repository;
  try {
    const { imageDetails } = await client.send(
      new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: tag }] }),
    );
    const digest = imageDetails?.[0]?.imageDigest;
    if (digest !== undefined) return digest;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ImageNotFoundException') throw error;
  }
  throw new ReleaseError(
    'UnknownVersion',
    `the repository "${repositoryName}" has no image tagged ${tag}; push it first`,
  );
}

/** All findings of an image's scan, basic or enhanced, every page. */
export async function scanReport(digest: string): Promise<ScanReport> {
  const repositoryName = policy().repository;
  const findings: Finding[] = [];
  let counted: number | undefined;
  let status = 'NOT_FOUND';
  let nextToken: string | undefined;
  do {
    try {
      const page = await client.send(
        new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageDigest: digest }, nextToken }),
      );
      status = page.imageScanStatus?.status ?? 'NOT_FOUND';
      const counts = page.imageScanFindings?.findingSeverityCounts;
      if (counts !== undefined) counted = Math.max(counted ?? 0, sum(Object.values(counts)));
      for (const { name, severity, attributes = [] } of page.imageScanFindings?.findings ?? []) {
        const of = (key: string) => attributes.find((each) => each.key === key)?.value;
        const found = { package: of('package_name'), version: of('package_version') };
        findings.push({ id: name ?? 'unnamed', severity: severity ?? 'UNKNOWN', ...found });
      }
      for (const finding of page.imageScanFindings?.enhancedFindings ?? []) {
        const id = finding.packageVulnerabilityDetails?.vulnerabilityId ?? finding.title ?? 'unnamed';
        const [found] = finding.packageVulnerabilityDetails?.vulnerablePackages ?? [];
        const { name, version } = found ?? {};
        findings.push({ id, severity: finding.severity ?? 'UNKNOWN', package: name, version });
      }
      nextToken = page.nextToken;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ScanNotFoundException') throw error;
      return { status: 'NOT_FOUND', findings: null };
    }
  } while (nextToken !== undefined);
  // Counts that say more than the list are ahead of it.
  const complete = findings.length > 0 || counted === 0;
  return { status, findings: complete ? findings : null };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

/** A stored manifest as it is, whatever it is. */
const MANIFESTS = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
];

/**
 * The digest that tasks run and that scanning knows: of an image index that of the platform, else the digest itself.
 *
 * @throws ReleaseError InvalidRelease when an index has no image for the platform
 */
export async function runnableDigest(digest: string): Promise<string> {
  const { images } = await client.send(
    new BatchGetImageCommand({
      repositoryName: policy().repository,
      imageIds: [{ imageDigest: digest }],
      acceptedMediaTypes: MANIFESTS,
    }),
  );
  const { manifests } = JSON.parse(images?.[0]?.imageManifest ?? '{}') as { manifests?: IndexEntry[] };
  return manifests === undefined ? digest : chooseImage(digest, manifests);
}

/** Platforms of an image index, as `linux/amd64`; null for an image of one platform, whose manifest does not name it. */
export async function platformsOf(digest: string): Promise<readonly string[] | null> {
  const { images } = await client.send(
    new BatchGetImageCommand({ repositoryName: policy().repository, imageIds: [{ imageDigest: digest }] }),
  );
  const { manifests } = JSON.parse(images?.[0]?.imageManifest ?? '{}') as {
    manifests?: { platform?: { os?: string; architecture?: string } }[];
  };
  return (
    manifests?.map(({ platform }) => `${platform?.os ?? 'unknown'}/${platform?.architecture ?? 'unknown'}`) ?? null
  );
}

/** Moves the `live` tag to a digest, so that lifecycle rules and people see what is live. */
export async function tagLive(digest: string): Promise<void> {
  const repositoryName = policy().repository;
  const { images } = await client.send(
    new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }),
  );
  const image = images?.[0];
  if (image?.imageManifest === undefined) {
    throw new ReleaseError('UnknownVersion', `the image ${digest} is gone from the repository "${repositoryName}"`);
  }
  try {
    await client.send(
      new PutImageCommand({
        repositoryName,
        imageTag: LIVE_TAG,
        imageDigest: digest,
        imageManifest: image.imageManifest,
        imageManifestMediaType: image.imageManifestMediaType,
      }),
    );
  } catch (error) {
    // The tag is on this image already.
    if (!(error instanceof Error) || error.name !== 'ImageAlreadyExistsException') throw error;
  }
}
