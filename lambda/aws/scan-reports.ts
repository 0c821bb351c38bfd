import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { setting } from './settings';

const client = new S3Client({});

/** Where a scan's report lies in the artifact bucket, and the SHA-256 of its bytes. */
export interface ReportReference {
  readonly key: string;
  readonly sha256: string;
}

/** Keeps what a release was judged by: a scan's findings change from day to day, what was known then does not. */
export async function keepReport(release: string, report: object): Promise<ReportReference> {
  const text = JSON.stringify(report, null, 1);
  const sha256 = createHash('sha256').update(text).digest('hex');
  // Named after its bytes: a step that is repeated does not change what the ledger refers to.
  const key = `scans/${release}/${sha256}.json`;
  await client.send(
    new PutObjectCommand({
      Bucket: setting('ARTIFACT_BUCKET'),
      Key: key,
      Body: text,
      ContentType: 'application/json',
    }),
  );
  return { key, sha256 };
}
