import { createHmac } from 'node:crypto';
import { previewLink } from '../../lambda/domain/route';
import type { Theatre } from '../theatre';

/** The address that shows a release to QA before anybody else sees it. */
export function linkToPreview(theatre: Theatre, release: string): string {
  const key = theatre.parts.secret(theatre.parts.settings.PREVIEW_KEY_ARN as string) ?? '';
  const credential = createHmac('sha256', key).update(release).digest('hex');
  return previewLink(theatre.url, credential);
}
