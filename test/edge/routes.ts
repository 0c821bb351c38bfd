import { createHash, createHmac } from 'node:crypto';
import {
  claimIdle,
  moveRoute,
  openPreview,
  seedRoute,
  shiftTo,
  type Route,
  type RouteChange,
} from '../../lambda/domain/route';

export const WRITER = { release: 'release-1', nonce: 'n' };

/** Unix seconds, as the function counts. */
export const now = (): number => Math.floor(Date.now() / 1000);

/** A preview credential as the workflow makes it. */
export function credentialOf(release: string): string {
  return createHmac('sha256', 'preview key of the tests').update(release).digest('hex');
}

export function hashOf(credential: string): string {
  return createHash('sha256').update(credential).digest('hex');
}

/** Applies changes one after the other. */
export function after(...changes: RouteChange[]): Route {
  return changes.reduce((route, change) => moveRoute(route, change, WRITER), seedRoute(WRITER));
}

/** `release-1` is live on green, blue never had a release. */
export const FIRST_RELEASE = [claimIdle('release-1'), shiftTo('release-1', 100)];

/** `release-1` is live on green, `release-2` waits on blue and can be previewed for an hour. */
export const WAITING = [
  ...FIRST_RELEASE,
  claimIdle('release-2'),
  openPreview('release-2', hashOf(credentialOf('release-2')), now() + 3600),
];
