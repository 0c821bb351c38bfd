// CloudFront Function (viewer request, JavaScript runtime 2.0): decides which color serves a viewer.
//
// The rules, in this order; the first that fits answers:
//  1. The store cannot be read, or holds no route of schema 1: 503 with Retry-After, logged once. Never a guess: the
//     wrong color could be one that is being redeployed.
//  2. The probe path tells the epoch that this edge sees, also during maintenance.
//  3. Everything else under /.greenroom/ is ours: the preview link sets the cookie, the rest does not exist. Nor does a
//     path of more than 16 empty, dot or climbing segments.
//  4. A preview credential is either good, or the answer is 403: never the live color in silence.
//  5. Maintenance holds for previews too, since both colors share one database.
//  6. Health paths are for the load balancer and for whoever previews.
//  7. Preview: the idle color. Shift: a share of the viewers gets the idle color. All others: the live color.
//
// A part of the route other than version, epoch, live and releases that makes no sense counts as absent: the live
// color is always a safe answer. Names agree with EDGE_NAMES in lambda/domain/route.ts and test/edge holds them to it.
// This runtime has no classes, for-of, destructuring, spread or default parameters, and allows 10 KB.
import cf from 'cloudfront';
// eslint-disable-next-line @typescript-eslint/no-require-imports -- the documented way to this built-in module
const crypto = require('crypto');

// Replaced at synthesis by the configured paths.
const HEALTH_PATHS = ['/livez', '/readyz'];
// No closed path has more segments, no honest path more oddities.
const MAX_SEGMENTS = 16;
const OURS = 'x-greenroom-';
const PREVIEW = 'greenroom-preview';
// Lax: a link to the site from QA's chat must still carry the preview. No script needs to read it.
const COOKIE = 'Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=';
// A bad route is mended within seconds, maintenance lasts longer.
const RETRY_SECONDS = { route: '5', maintenance: '60' };

// eslint-disable-next-line @typescript-eslint/no-unused-vars -- the runtime calls it by this name
async function handler(event) {
  try {
    const route = await cf.kvs().get('route', { format: 'json' });
    if (!isRoute(route)) throw new Error('not a route of schema 1');
    return decide(event, route);
  } catch (error) {
    console.log('greenroom: not routed: ' + error);
    return page(503, 'Service Unavailable', 'This service is not available right now. Please try again in a moment.', {
      'retry-after': { value: RETRY_SECONDS.route },
    });
  }
}

function isRoute(route) {
  return (
    !!route &&
    route.v === 1 &&
    Number.isInteger(route.epoch) &&
    isColor(route.live) &&
    !!route.releases &&
    isRelease(route.releases.blue) &&
    isRelease(route.releases.green)
  );
}

function isRelease(release) {
  return release === null || typeof release === 'string';
}

function isColor(color) {
  return color === 'blue' || color === 'green';
}

function decide(event, route) {
  const request = event.request;
  const headers = request.headers;
  const idle = route.live === 'blue' ? 'green' : 'blue';
  if (request.uri === '/.greenroom/route') {
    return respond(200, 'OK', String(route.epoch), {
      'content-type': { value: 'text/plain' },
      'x-greenroom-epoch': { value: String(route.epoch) },
    });
  }
  const now = Math.floor(Date.now() / 1000);
  const path = plainPath(request.uri);
  if (path === '/.greenroom/preview') return previewLink(request, route, idle, now);
  if (path === '' || path === '/.greenroom' || path.startsWith('/.greenroom/')) return notFound();

  const credential = takeCredential(request);
  const preview = credential !== undefined;
  if (preview && !isGood(credential, route, idle, now)) return forbidden();
  if (route.maintenance === 'full' || (route.maintenance === 'read-only' && !isSafe(request.method))) {
    return page(
      503,
      'Service Unavailable',
      route.maintenance === 'full'
        ? 'This service is being maintained. Please try again in a minute.'
        : 'This service is being maintained: it can be read, but changes are not accepted for a moment.',
      { 'retry-after': { value: RETRY_SECONDS.maintenance } },
    );
  }
  if (!preview && HEALTH_PATHS.indexOf(path) >= 0) return notFound();

  const color = preview || isShifted(event, route, idle) ? idle : route.live;
  const release = route.releases[color];
  // The release, not the color, is what the cache key holds: a color is used again by a later release.
  headers['x-greenroom-release'] = { value: release === null ? 'none-' + color : release };
  headers['x-greenroom-color'] = { value: color };
  if (preview) {
    headers['x-greenroom-preview'] = { value: '1' };
    // Part of the cache key and different each time: nothing previewed is ever answered from a cache.
    headers['x-greenroom-once'] = { value: String(event.context.requestId) };
  }
  cf.selectRequestOriginById(color);
  return request;
}

// Removes everything of ours that the viewer sent, and returns the preview credential if there was one.
function takeCredential(request) {
  const header = request.headers[OURS + 'preview'];
  const cookie = request.cookies[PREVIEW];
  Object.keys(request.headers).forEach(function (name) {
    if (name.startsWith(OURS)) delete request.headers[name];
  });
  delete request.cookies[PREVIEW];
  const source = header || cookie;
  return source ? String(source.value) : undefined;
}

function isGood(credential, route, idle, now) {
  const preview = route.preview;
  // Only something of a credential's length is worth a hash.
  return (
    credential.length === 64 &&
    !!preview &&
    typeof preview.release === 'string' &&
    preview.release === route.releases[idle] &&
    preview.expires > now &&
    preview.hash === sha256(credential)
  );
}

function isShifted(event, route, idle) {
  const shift = route.shift;
  if (!shift || shift.to !== idle || route.releases[idle] === null) return false;
  const agent = event.request.headers['user-agent'];
  // The release is in it, so that it is not the same viewers who go first every time.
  const viewer = event.viewer.ip + ' ' + route.releases[idle] + ' ' + (agent ? agent.value.slice(0, 256) : '');
  return parseInt(sha256(viewer).slice(0, 8), 16) % 100 < shift.percent;
}

function sha256(text) {
  return crypto.createHash('sha256').update(text).digest('hex');
}

function isSafe(method) {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

// The path as an origin would read it, so that no spelling of a closed path slips through: decoded once, lower case,
// without parameters, empty segments and dots. Empty text for a path that has more such oddities than any address.
function plainPath(uri) {
  let path = uri;
  if (path.indexOf('%') >= 0) {
    try {
      path = decodeURIComponent(path);
      // eslint-disable-next-line @typescript-eslint/no-unused-vars -- catch without a binding is not in this runtime
    } catch (error) {
      path = uri;
    }
  }
  let plain = '';
  let kept = 0;
  let odd = 0;
  let climbs = 0;
  // From the end, so that a long path is left early.
  for (let end = path.length, start; end > 0; end = start) {
    start = path.lastIndexOf('/', end - 1);
    const name = path.slice(start + 1, end).split(';', 1)[0];
    if (name !== '' && name !== '.' && name !== '..' && climbs === 0) {
      if (++kept > MAX_SEGMENTS) return path;
      plain = '/' + name + plain;
    } else {
      if (++odd > MAX_SEGMENTS) return '';
      if (name === '..') climbs++;
      else if (name !== '' && name !== '.') climbs--;
    }
  }
  return plain === '' ? '/' : plain.toLowerCase();
}

function previewLink(request, route, idle, now) {
  if (request.method !== 'GET') return notFound();
  const parameter = request.querystring.credential;
  const credential = parameter ? String(parameter.value) : '';
  if (!isGood(credential, route, idle, now)) return forbidden();
  const response = respond(302, 'Found', '', {
    location: { value: '/' },
    'referrer-policy': { value: 'no-referrer' },
  });
  response.cookies = {};
  response.cookies[PREVIEW] = { value: credential, attributes: COOKIE + (route.preview.expires - now) };
  return response;
}

// The cookie goes with the refusal: the next request of QA's browser is an ordinary viewer's.
function forbidden() {
  const response = page(
    403,
    'Forbidden',
    'This preview is not valid, or it has ended. Ask for a new link; load the page again to see the live version.',
    {},
  );
  response.cookies = {};
  response.cookies[PREVIEW] = { value: '', attributes: COOKIE + '0' };
  return response;
}

function notFound() {
  return page(404, 'Not Found', 'There is nothing at this address.', {});
}

function page(status, title, text, headers) {
  headers['content-type'] = { value: 'text/html; charset=utf-8' };
  return respond(
    status,
    title,
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>' + title + '</title><p>' + text + '</p></html>',
    headers,
  );
}

function respond(status, title, text, headers) {
  headers['cache-control'] = { value: 'no-store' };
  return { statusCode: status, statusDescription: title, headers: headers, body: { encoding: 'text', data: text } };
}
