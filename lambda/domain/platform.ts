import { ReleaseError } from './errors';

/** What the task definition's template asks for: what `docker build` makes on the hosted runners of GitHub. */
export const PLATFORM = 'linux/amd64';

/** An entry of an image index. */
export interface IndexEntry {
  readonly digest: string;
  readonly platform?: { readonly os?: string; readonly architecture?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * The image of an index that tasks run: that of the platform. BuildKit's attestations are entries without a platform,
 * which scanning does not know.
 *
 * @throws ReleaseError InvalidRelease unless there is exactly one
 */
export function chooseImage(index: string, entries: readonly IndexEntry[]): string {
  const images = entries.filter(({ annotations }) => annotations?.['vnd.docker.reference.type'] === undefined);
  const fitting = images.filter(({ platform }) => `${platform?.os}/${platform?.architecture}` === PLATFORM);
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only.digest;
  const found = images.map(({ platform }) => `${platform?.os ?? 'unknown'}/${platform?.architecture ?? 'unknown'}`);
  throw new ReleaseError(
    'InvalidRelease',
    `the image index ${index} has ${fitting.length} images for ${PLATFORM} (${found.join(', ') || 'none at all'}), one is needed; build for ${PLATFORM} alone`,
  );
}
