import type { Assembly, Resource } from '../../assembly';
import { AwsError } from '../model';
import type { ServiceModel } from '../model';

/** An image in a repository. */
export interface EcrImage {
  readonly repository: string;
  readonly tags: readonly string[];
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  readonly sizeBytes?: number;
  readonly pushedAt?: Date;
  /** @default - DescribeImageScanFindings answers ScanNotFoundException */
  readonly scan?: ImageScan;
}

export interface ImageScan {
  /** For example COMPLETE, ACTIVE, PENDING. */
  readonly status: string;
  readonly description?: string;
  /** findingSeverityCounts; leave it out for "there is a status, but no counts yet". */
  readonly counts?: Readonly<Record<string, number>>;
  /** Findings of basic scanning: name, severity, uri, … */
  readonly findings?: readonly object[];
  readonly enhancedFindings?: readonly object[];
}

interface ImageId {
  readonly imageDigest?: string;
  readonly imageTag?: string;
}

interface ImageInput {
  readonly repositoryName: string;
  readonly imageIds?: readonly ImageId[];
  readonly imageId?: ImageId;
  readonly imageTag?: string;
  readonly imageDigest?: string;
  readonly imageManifest?: string;
  readonly nextToken?: string;
  readonly maxResults?: number;
}

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
/** What ECR gives in one page when it is not told otherwise. */
const PAGE = 100;

/** Repositories of the template, with the images that the caller gives. */
export function ecrModel(assembly: Assembly, images: EcrImage[]): ServiceModel {
  const repositories = new Map(
    assembly.resources('AWS::ECR::Repository').map((resource) => [resource.physicalId, resource]),
  );
  const registry = assembly.account;

  const repositoryOf = ({ repositoryName }: ImageInput): Resource => {
    const repository = repositories.get(repositoryName);
    if (repository) return repository;
    const message = `The repository with name '${repositoryName}' does not exist in the registry with id '${registry}'`;
    throw new AwsError('RepositoryNotFoundException', message);
  };
  const imagesOf = (input: ImageInput): EcrImage[] => {
    const { physicalId } = repositoryOf(input);
    return images.filter(({ repository }) => repository === physicalId);
  };
  const imageOf = (input: ImageInput, { imageDigest, imageTag }: ImageId): EcrImage | undefined =>
    imagesOf(input).find(
      ({ digest, tags }) =>
        (imageDigest === undefined || digest === imageDigest) && (imageTag === undefined || tags.includes(imageTag)),
    );
  const missing = ({ repositoryName }: ImageInput, { imageDigest, imageTag }: ImageId): AwsError => {
    const id = `{imageDigest:'${imageDigest ?? 'null'}', imageTag:'${imageTag ?? 'null'}'}`;
    const message = `The image with imageId ${id} does not exist within the repository with name '${repositoryName}' in the registry with id '${registry}'`;
    return new AwsError('ImageNotFoundException', message);
  };
  const required = (input: ImageInput, id: ImageId): EcrImage => {
    const image = imageOf(input, id);
    if (!image) throw missing(input, id);
    return image;
  };

  return {
    DescribeImages: async (input: ImageInput) => {
      const found = input.imageIds ? input.imageIds.map((id) => required(input, id)) : imagesOf(input);
      return {
        imageDetails: found.map((image) => ({
          registryId: registry,
          repositoryName: image.repository,
          imageDigest: image.digest,
          imageTags: [...image.tags],
          imageSizeInBytes: image.sizeBytes,
          imagePushedAt: image.pushedAt,
          imageScanStatus: image.scan && { status: image.scan.status, description: image.scan.description },
          imageManifestMediaType: MANIFEST_TYPE,
        })),
      };
    },
    DescribeImageScanFindings: async (input: ImageInput) => {
      const image = required(input, input.imageId ?? {});
      if (!image.scan) {
        throw new AwsError(
          'ScanNotFoundException',
          `Image scan does not exist for the image with digest '${image.digest}'`,
        );
      }
      return { registryId: registry, repositoryName: image.repository, ...findingsPage(image, image.scan, input) };
    },
    BatchGetImage: async (input: ImageInput) => {
      const asked = (input.imageIds ?? []).map((imageId) => ({ imageId, image: imageOf(input, imageId) }));
      return {
        images: asked.flatMap(({ imageId, image }) => (image ? [answered(image, registry, imageId)] : [])),
        failures: asked
          .filter(({ image }) => !image)
          .map(({ imageId }) => ({
            imageId,
            failureCode: 'ImageNotFound',
            failureReason: 'Requested image not found',
          })),
      };
    },
    PutImage: async (input: ImageInput) => {
      const { imageTag = '', imageManifest, imageDigest } = input;
      const index = images.findIndex(
        (image) => image.repository === repositoryOf(input).physicalId && manifestOf(image) === imageManifest,
      );
      const image = images[index];
      if (!image)
        throw new AwsError('LayersNotFoundException', 'the local registry takes manifests of its own images only');
      if (imageDigest !== undefined && imageDigest !== image.digest) {
        throw new AwsError('ImageDigestDoesNotMatchException', `The digest of the manifest is '${image.digest}'`);
      }
      if (image.tags.includes(imageTag)) {
        const message = `Image with digest '${image.digest}' and tag '${imageTag}' already exists`;
        throw new AwsError('ImageAlreadyExistsException', message);
      }
      const holder = imageOf(input, { imageTag });
      if (holder && !isMutable(repositoryOf(input), imageTag)) {
        const message = `The image tag '${imageTag}' already exists in the '${input.repositoryName}' repository and cannot be overwritten because the tag is immutable.`;
        throw new AwsError('ImageTagAlreadyExistsException', message);
      }
      if (holder) images[images.indexOf(holder)] = { ...holder, tags: holder.tags.filter((tag) => tag !== imageTag) };
      const tagged = { ...image, tags: [...image.tags, imageTag] };
      images[index] = tagged;
      return { image: answered(tagged, registry, { imageDigest: image.digest, imageTag }) };
    },
  };
}

function answered(image: EcrImage, registryId: string, imageId: ImageId) {
  return {
    registryId,
    repositoryName: image.repository,
    imageId: { imageDigest: image.digest, imageTag: imageId.imageTag ?? image.tags[0] },
    imageManifest: manifestOf(image),
    imageManifestMediaType: MANIFEST_TYPE,
  };
}

/** A manifest that says whose it is; images have no layers here. */
function manifestOf({ digest }: EcrImage): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config: { digest }, layers: [] });
}

/** Whether a tag may move, by the repository's mutability and its wildcard filters. */
function isMutable({ properties }: Resource, tag: string): boolean {
  const mutability: string = properties.ImageTagMutability ?? 'MUTABLE';
  const filters: { ImageTagMutabilityExclusionFilterValue: string }[] =
    properties.ImageTagMutabilityExclusionFilters ?? [];
  const excluded = filters.some(({ ImageTagMutabilityExclusionFilterValue: pattern }) =>
    new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(tag),
  );
  return mutability.startsWith('MUTABLE') !== excluded;
}

function findingsPage(image: EcrImage, scan: ImageScan, { nextToken, maxResults = PAGE }: ImageInput) {
  const from = Number(nextToken ?? 0);
  const to = from + maxResults;
  const all = Math.max(scan.findings?.length ?? 0, scan.enhancedFindings?.length ?? 0);
  return {
    imageId: { imageDigest: image.digest, imageTag: image.tags[0] },
    imageScanStatus: { status: scan.status, description: scan.description },
    imageScanFindings: {
      findingSeverityCounts: scan.counts,
      findings: scan.findings?.slice(from, to),
      enhancedFindings: scan.enhancedFindings?.slice(from, to),
    },
    ...(to < all && { nextToken: String(to) }),
  };
}
