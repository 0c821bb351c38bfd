import { type Color, otherColor } from '../../lambda/domain/color';
import { EDGE_NAMES, idleColor, type Route } from '../../lambda/domain/route';
import { hashOf, now } from './routes';
import type { Decision, ViewerEvent } from './runtime';

/** What a path is to the edge; a test knows it, because it made the path. */
export type PathKind = 'site' | 'asset' | 'health' | 'ours' | 'probe' | 'preview-link';

/** What must become of a request: written from the rules, not from the function. */
export type Expectation =
  | { status: number; /** What the preview cookie is set to. */ cookie?: string }
  | { colors: readonly Color[]; preview: boolean; asset: boolean };

/** The rules of the edge on a good route, in the domain's own words. */
export function expectation(route: Route, event: ViewerEvent, path: PathKind, seconds: number): Expectation {
  const { request } = event;
  const idle = idleColor(route);
  const opens = (credential: string): boolean =>
    route.preview !== null &&
    route.preview.hash === hashOf(credential) &&
    route.preview.release === route.releases[idle] &&
    route.preview.expires > seconds;

  if (path === 'probe') return { status: 200 };
  if (path === 'preview-link') {
    if (request.method !== 'GET') return { status: 404 };
    const sent = request.headers[EDGE_NAMES.previewHeader]?.value;
    if (sent === undefined) return { status: 200 };
    return opens(sent) ? { status: 200, cookie: sent } : { status: 403 };
  }
  if (path === 'ours') return { status: 404 };
  const carried = request.headers[EDGE_NAMES.previewHeader] ?? request.cookies[EDGE_NAMES.previewCookie];
  if (carried !== undefined && !opens(carried.value)) return { status: 403 };
  if (route.maintenance === 'full') return { status: 503 };
  if (route.maintenance === 'read-only' && !['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return { status: 503 };
  if (carried !== undefined) return { colors: [idle], preview: true, asset: false };
  if (path === 'health') return { status: 404 };
  const asset = path === 'asset' && ['GET', 'HEAD', 'OPTIONS'].includes(request.method);
  return { colors: route.shift === null ? [route.live] : [route.live, route.shift.to], preview: false, asset };
}

/** The color that has an asset which the chosen color does not know, if it can be asked. */
function secondColor(route: Route, first: Color, seconds: number): Color | undefined {
  const other = otherColor(first);
  const release = route.releases[other];
  if (route.fading?.color === other && route.fading.until > seconds) return other;
  if (release === null) return undefined;
  const warm = [route.live, route.standby, route.shift?.to].includes(other) || route.preview?.release === release;
  return warm ? other : undefined;
}

/** Names of everything in which a decision differs from what must be; none when it is right. */
export function mistakes(route: Route, event: ViewerEvent, expected: Expectation, decision: Decision): string[] {
  const found: string[] = [];
  const must = (holds: boolean, what: string) => void (holds || found.push(what));
  must(decision.reads === 1, 'the store is read once');
  must(decision.logs.length === 0, 'nothing is logged on a good route');
  if ('status' in expected) {
    must(decision.kind === 'answer' && decision.answer.statusCode === expected.status, `status ${expected.status}`);
    const cookie = decision.kind === 'answer' ? decision.answer.cookies?.[EDGE_NAMES.previewCookie]?.value : undefined;
    must((cookie || undefined) === expected.cookie, 'the preview cookie');
    return found;
  }
  if (decision.kind !== 'origin') return [`an origin, not status ${decision.answer.statusCode}`];
  const { origin, request, hashes } = decision;
  const color = origin as Color;
  const ours = Object.entries(request.headers).filter(([name]) => name.startsWith('x-greenroom-'));
  const header = (name: string) => request.headers[name]?.value;
  must(expected.colors.includes(color), `one of ${expected.colors.join(', ')}`);
  must(header(EDGE_NAMES.colorHeader) === color, 'the color header names the origin');
  must(header(EDGE_NAMES.liveHeader) === `${route.live} ${route.epoch}`, 'the origin learns which color is live');
  must(header(EDGE_NAMES.releaseHeader) === (route.releases[color] ?? `none-${color}`), "the release is the color's");
  must(header(EDGE_NAMES.previewHeader) === (expected.preview ? '1' : undefined), 'the preview header');
  must(header('x-greenroom-once') === (expected.preview ? event.context.requestId : undefined), 'the once header');
  const drawn = header(EDGE_NAMES.lotHeader) === undefined ? 0 : 1;
  must(drawn === 0 || (route.shift !== null && !expected.preview), 'a lot is drawn for a shift only');
  must(ours.length === (expected.preview ? 5 : 3 + drawn), 'no other header of ours');
  must(!(EDGE_NAMES.lotCookie in request.cookies), 'no lot in the cookies');
  must(
    decision.second === (expected.asset ? secondColor(route, color, now()) : undefined),
    'the second color for assets',
  );
  must(!(EDGE_NAMES.previewCookie in request.cookies), 'no preview cookie');
  must(hashes <= 1, 'at most one hash');
  return found;
}
