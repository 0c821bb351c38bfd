import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { ReleaseError } from '../domain/errors';
import type { ChangelogReference } from '../domain/release';
import { setting } from './settings';

const client = new S3Client({});

/** A version's changelog as the release uploaded it: paths are relative to `migrations/`. */
export interface ChangelogArtifact {
  /** The root changelog, a key of `files`. */
  readonly root: string;
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Reads a version's changelog and checks that its bytes are those that the release recorded.
 *
 * @throws ReleaseError ChangelogInvalid when it is not there, is not the recorded one, or is no changelog artifact
 */
export async function readChangelogArtifact({ key, sha256, root }: ChangelogReference): Promise<ChangelogArtifact> {
  const Bucket = setting('ARTIFACT_BUCKET');
  const place = `s3://${Bucket}/${key}`;
  let bytes: Uint8Array;
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
    bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    // Without permission to list the bucket, S3 answers AccessDenied for an object that does not exist.
    if (!(error instanceof Error) || !['NoSuchKey', 'AccessDenied'].includes(error.name)) throw error;
    throw new ReleaseError('ChangelogInvalid', `${place} cannot be read (${error.name}); publish the version again`, {
      cause: error,
    });
  }
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== sha256) {
    throw new ReleaseError(
      'ChangelogInvalid',
      `${place} has SHA-256 ${actual}, the release recorded ${sha256}; somebody changed it: publish the version again`,
    );
  }
  const artifact = parseArtifact(Buffer.from(bytes).toString('utf8'), place);
  if (root === undefined || Object.hasOwn(artifact.files, root)) return { ...artifact, ...(root && { root }) };
  throw new ReleaseError('ChangelogInvalid', `${place} has no changelog ${root}; its root is ${artifact.root}`);
}

function parseArtifact(text: string, place: string): ChangelogArtifact {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const artifact = value as Partial<ChangelogArtifact> | null | undefined;
  const files = artifact?.files;
  if (
    typeof artifact?.root !== 'string' ||
    typeof files !== 'object' ||
    files === null ||
    !Object.values(files).every((content) => typeof content === 'string')
  ) {
    throw new ReleaseError('ChangelogInvalid', `${place} is no changelog artifact ({"root", "files"})`);
  }
  return { root: artifact.root, files };
}
