import {
  BatchGetImageCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  ECRClient,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { ReleaseError } from '../domain/errors';
import type { Finding, ScanReport } from '../domain/scan';
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
  let counted = false;
  let status = 'NOT_FOUND';
  let nextToken: string | undefined;
  do {
    try {
      const page = await client.send(
        new DescribeImageScanFindingsCommand({ repositoryName, imageId: { imageDigest: digest }, nextToken }),
      );
      status = page.imageScanStatus?.status ?? 'NOT_FOUND';
      counted ||= page.imageScanFindings?.findingSeverityCounts !== undefined;
      for (const { name, severity } of page.imageScanFindings?.findings ?? []) {
        findings.push({ id: name ?? 'unnamed', severity: severity ?? 'UNKNOWN' });
      }
      for (const finding of page.imageScanFindings?.enhancedFindings ?? []) {
        const id = finding.packageVulnerabilityDetails?.vulnerabilityId ?? finding.title ?? 'unnamed';
        findings.push({ id, severity: finding.severity ?? 'UNKNOWN' });
      }
      nextToken = page.nextToken;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ScanNotFoundException') throw error;
      return { status: 'NOT_FOUND', findings: null };
    }
  } while (nextToken !== undefined);
  return { status, findings: counted || findings.length > 0 ? findings : null };
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
        imageTag: 'live',
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
