import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Assembly } from '../../assembly';
import { AwsError } from '../model';
import type { ServiceModel } from '../model';

interface ObjectInput {
  readonly Bucket: string;
  readonly Key: string;
  readonly Body?: Uint8Array;
  readonly IfNoneMatch?: string;
}

/** Buckets of the template as folders: an object is the file `<bucket>/<key>`. */
export function s3Model(assembly: Assembly, directory: string): ServiceModel {
  const buckets = new Set(assembly.resources('AWS::S3::Bucket').map(({ physicalId }) => physicalId));

  const fileOf = ({ Bucket, Key }: ObjectInput): string => {
    if (!buckets.has(Bucket)) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
    const steps = Key.split('/');
    if (steps.some((step) => step === '' || step === '.' || step === '..')) {
      throw new AwsError('InvalidArgument', `the local S3 keeps objects as files, and cannot take the key ${Key}`);
    }
    return join(directory, Bucket, ...steps);
  };

  const read = async (input: ObjectInput, missing: AwsError) => {
    const file = fileOf(input);
    try {
      const [bytes, { mtime }] = await Promise.all([readFile(file), stat(file)]);
      return { bytes, ETag: etag(bytes), LastModified: mtime, ContentLength: bytes.length };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR' ? missing : error;
    }
  };

  return {
    GetObject: async (input: ObjectInput) => {
      const missing = new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
      const { bytes, ...about } = await read(input, missing);
      return { ...about, Body: bytes };
    },
    HeadObject: async (input: ObjectInput) => {
      const { bytes: _bytes, ...about } = await read(input, new AwsError('NotFound', 'Not Found', 404));
      return about;
    },
    PutObject: async (input: ObjectInput) => {
      const file = fileOf(input);
      const bytes = input.Body ?? new Uint8Array();
      await mkdir(dirname(file), { recursive: true });
      try {
        await writeFile(file, bytes, { flag: input.IfNoneMatch === '*' ? 'wx' : 'w' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
      }
      return { ETag: etag(bytes) };
    },
  };
}

const etag = (bytes: Uint8Array) => `"${createHash('md5').update(bytes).digest('hex')}"`;
