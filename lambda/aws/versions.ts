import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ReleaseError } from '../domain/errors';
import type { Provenance } from '../domain/provenance';
import type { ChangelogReference } from '../domain/release';
import { setting } from './settings';

const client = new S3Client({});

/** What was built for a version: the image's digest and the changelog that belongs to it. */
export interface PublishedVersion {
  readonly version: string;
  readonly digest: string;
  readonly commit?: string;
  readonly changelog: ChangelogReference;
  /** @default - it was not published by a workflow */
  readonly provenance?: Provenance;
}

/** Reads `versions/<version>.json` of the artifact bucket. @throws ReleaseError UnknownVersion */
export async function publishedVersion(version: string): Promise<PublishedVersion> {
  const Bucket = setting('ARTIFACT_BUCKET');
  const Key = `versions/${version}.json`;
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return JSON.parse((await Body?.transformToString()) ?? '') as PublishedVersion;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'NoSuchKey') throw error;
    throw new ReleaseError(
      'UnknownVersion',
      `${version} was not published: s3://${Bucket}/${Key} does not exist; publish it first`,
    );
  }
}
