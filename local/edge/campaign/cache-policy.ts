import { EDGE_NAMES } from '../../../lambda/domain/route';
import type { CachePolicy } from '../cache';

/** The cache policy of the edge stack, without loading the CDK for it: test/stacks/edge.cases.ts holds it to the template. */
export const DEPLOYED_CACHE_POLICY: CachePolicy = {
  headers: [EDGE_NAMES.releaseHeader, EDGE_NAMES.previewHeader, EDGE_NAMES.onceHeader, 'authorization'],
  allCookies: true,
  allQueryStrings: true,
  minTtl: 0,
  defaultTtl: 0,
  maxTtl: 365 * 24 * 3600,
};
