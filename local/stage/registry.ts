import { createHash } from 'node:crypto';
import type { Provenance, ProvenanceRule } from '../../lambda/domain/provenance';
import type { Assembly } from '../assembly';
import type { Broken } from '../broken';
import { type CloudModel, type EcrImage, OPERATOR } from '../cloud';
import type { RunnableImage } from '../fleet';
import { buildChangelog, buildImage, buildPlaceholder, type Fault } from '../images';

/** What the scan of a broken image finds. */
const FINDING = { name: 'CVE-2026-31337', severity: 'CRITICAL', description: 'planted by --broken scan' };

/** A version as it was published. */
export interface Published {
  readonly version: string;
  readonly digest: string;
}

/**
 * The image repository and the artifact bucket, filled as the release pipeline fills them: image with scan result,
 * changelog object, and the pointer that binds the two to the version.
 */
export class Registry {
  /** What the `ecr` model shows. */
  readonly images: EcrImage[] = [];
  private readonly runnable = new Map<string, RunnableImage>();
  private repository = { name: '', uri: '' };
  private placeholder: RunnableImage | undefined;
  private readonly building = new Set<Promise<Published>>();

  constructor(private readonly directory: string) {}

  /** Names the repository, once the assembly is known. */
  open(assembly: Assembly): void {
    const repository = assembly.find('AWS::ECR::Repository');
    this.repository = {
      name: repository.physicalId,
      uri: assembly.attribute(repository, 'RepositoryUri'),
    };
    this.placeholder = buildPlaceholder({ outdir: this.directory });
  }

  /** What runs for an image reference of a task definition. */
  readonly resolve = (reference: string): RunnableImage | undefined => {
    if (reference.startsWith(`${this.repository.uri}@`)) return this.runnable.get(reference.split('@')[1] ?? '');
    if (reference.startsWith(`${this.repository.uri}:`)) {
      const tag = reference.slice(this.repository.uri.length + 1);
      return this.runnable.get(this.images.find(({ tags }) => tags.includes(tag))?.digest ?? '');
    }
    // The only other image of the template is the placeholder, an asset of CDK's own repository.
    return this.placeholder;
  };

  /** Builds a version and publishes it. @throws Error for a version that the sample application does not have */
  publish(
    version: string,
    broken: Broken | undefined,
    s3: NonNullable<CloudModel['s3']>,
    bucket: string,
    rule?: ProvenanceRule,
  ): Promise<Published> {
    const built = this.build(version, broken, s3, bucket, rule).finally(() => this.building.delete(built));
    this.building.add(built);
    return built;
  }

  /** Waits for what is being built: it would write into a folder that is removed. */
  async close(): Promise<void> {
    await Promise.allSettled(this.building);
  }

  private async build(
    version: string,
    broken: Broken | undefined,
    s3: NonNullable<CloudModel['s3']>,
    bucket: string,
    rule: ProvenanceRule | undefined,
  ): Promise<Published> {
    const fault: Fault = broken === 'migration' || broken === 'scan' || broken === undefined ? 'none' : broken;
    const image = await buildImage({ version, fault, outdir: this.directory });
    const changelog = buildChangelog({ version, broken: broken === 'migration' });
    const put = async (Key: string, Body: Buffer): Promise<void> => {
      await s3.PutObject?.({ Bucket: bucket, Key, Body }, OPERATOR);
    };
    await put(changelog.key, changelog.bytes);
    const provenance = originOf(version, rule);
    const pointer = {
      version,
      digest: image.digest,
      changelog: { key: changelog.key, sha256: changelog.sha256 },
      ...provenance,
    };
    await put(`versions/${version}.json`, Buffer.from(JSON.stringify(pointer)));
    const findings = broken === 'scan' ? [FINDING] : [];
    this.runnable.set(image.digest, image);
    this.tag(image.digest, version, { status: 'COMPLETE', counts: broken === 'scan' ? { CRITICAL: 1 } : {}, findings });
    return { version, digest: image.digest };
  }

  /** A version may be published again (tests do, with another fault): its tag moves to the new image. */
  private tag(digest: string, version: string, scan: NonNullable<EcrImage['scan']>): void {
    const others = this.images
      .filter((image) => image.digest !== digest)
      .map((image) => ({ ...image, tags: image.tags.filter((tag) => tag !== version) }));
    const tags = this.images.find((image) => image.digest === digest)?.tags ?? [];
    const image = {
      repository: this.repository.name,
      tags: [...new Set([...tags, version])],
      digest,
      sizeBytes: 0,
      pushedAt: new Date(),
      scan,
    };
    this.images.splice(0, this.images.length, ...others, image);
  }
}

/** What the release workflow of the configured repository would say of itself: here it is the theatre that builds. */
function originOf(version: string, rule: ProvenanceRule | undefined): object {
  if (rule === undefined) return {};
  const { repository, repositoryId = '0', branches } = rule;
  const commit = createHash('sha1').update(version).digest('hex');
  const ref = `refs/tags/${version}`;
  const workflow = `${repository}/.github/workflows/release.yml@${ref}`;
  const provenance: Provenance = { repository, repositoryId, commit, ref, workflow, run: '1/1', branches };
  return { commit, provenance };
}
