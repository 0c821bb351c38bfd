import { createHash, createHmac } from 'node:crypto';
import { readSecret } from './secrets';
import { setting } from './settings';

/**
 * The credential that shows a release's color before it is live: derived from the environment's preview key, so that
 * nothing secret is stored with the release.
 */
export async function previewCredential(release: string): Promise<string> {
  return createHmac('sha256', await readSecret(setting('PREVIEW_KEY_ARN')))
    .update(release)
    .digest('hex');
}

/** What the route keeps of a credential. */
export function credentialHash(credential: string): string {
  return createHash('sha256').update(credential).digest('hex');
}
