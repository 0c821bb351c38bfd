// CloudFront Function (viewer request, JavaScript runtime 2.0): decides which color serves a viewer.
//
// The rules, in this order; the first that fits answers:
//  1. The store cannot be read, or holds no route of schema 1: 503 with Retry-After, logged once. Never a guess: the
//     wrong color could be one that is being redeployed.
//  2. The probe path tells the epoch that this edge sees, also during maintenance.
//  3. Everything else under /.greenroom/ is ours: the preview page sets the cookie, the rest does not exist. Nor does a
//     path of more than 16 empty, dot or climbing segments.
//  4. A preview credential is either good, or the answer is 403: never the live color in silence.
//  5. Maintenance holds for previews too, since both colors share one database.
//  6. Health paths are for the load balancer and for whoever previews.
//  7. Preview: the idle color. Shift: a share of the viewers gets the idle color. All others: the live color.
//  8. An asset that the chosen color does not know (404) comes from the other color, if that one is warm: pages that
//     were loaded before the cutover ask for files that only the old version has, and the other way round.
//
// During a shift every viewer has a lot: drawn from address and user agent at first contact, kept in a cookie from
// then on (set by viewer-response.js, since a request that goes to an origin cannot set one). The route's salt makes
// of the lot a place in the queue for this release, so that a viewer who was admitted stays admitted as the share
// grows, wherever it connects from, and nobody can make up a cookie that is admitted.
//
// A part of the route other than version, epoch, live and releases that makes no sense counts as absent: the live
// color is always a safe answer. Names agree with EDGE_NAMES in lambda/domain/route.ts and test/edge holds them to it.
// This runtime has no classes, for-of, destructuring, spread or default parameters, and allows 10 KB.
import cf from 'cloudfront';
// oxlint-disable-next-line typescript/no-require-imports -- the documented way to this built-in module
const crypto = require('crypto');

// Both are replaced at synthesis by the configured paths.
const HEALTH_PATHS = ['/livez', '/readyz'];
const ASSET_PATHS = ['/assets/', '/static/'];
// No closed path has more segments, no honest path more oddities.
const MAX_SEGMENTS = 16;
const OURS = 'x-greenroom-';
const PREVIEW = 'greenroom-preview';
const LOT = 'greenroom-lot';
// Lax: a link to the site from QA's chat must still carry the preview. No script needs to read it.
const COOKIE = 'Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=';
// The link's credential stands behind #, which no server gets and no log has. This script sends it in a header.
const PREVIEW_PAGE =
  '<!doctype html><title>Preview</title><p>The preview opens with JavaScript only.<script>' +
  'fetch("",{headers:{"x-greenroom-preview":location.hash.slice(1)}}).then(function(r){' +
  'r.ok?location.replace("/"):r.text().then(function(t){document.body.innerHTML=t})})</script>';
// A bad route is mended within seconds, maintenance lasts longer.
const RETRY_SECONDS = { route: '5', maintenance: '60' };

// oxlint-disable-next-line typescript/no-unused-vars -- the runtime calls it by this name
async function handler(event) {
  try {
    const route = await cf.kvs().get('route', { format: 'json' });
    if (!isRoute(route)) throw new Error('not a route of schema 1');
    return decide(event, route);
  } catch (error) {
    console.log('greenroom: not routed: ' + error);
    return later(RETRY_SECONDS.route, 'This service is not available right now. Please try again in a moment.');
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
    const epoch = String(route.epoch);
    const response = respond(200, 'text/plain', epoch);
    set(response.headers, 'x-greenroom-epoch', epoch);
    return response;
  }
  const now = Math.floor(Date.now() / 1000);
  const path = plainPath(request.uri);
  if (path === '/.greenroom/preview') return previewLink(request, route, idle, now);
  if (path === '' || path === '/.greenroom' || path.startsWith('/.greenroom/')) return notFound();

  const lot = takeCookie(request, LOT);
  const credential = takeCredential(request);
  const preview = credential !== undefined;
  if (preview && !isGood(credential, route, idle, now)) return forbidden();
  if (route.maintenance === 'full' || (route.maintenance === 'read-only' && !isSafe(request.method))) {
    return later(
      RETRY_SECONDS.maintenance,
      route.maintenance === 'full'
        ? 'This service is being maintained. Please try again in a minute.'
        : 'This service is being maintained: it can be read, but changes are not accepted for a moment.',
    );
  }
  if (!preview && HEALTH_PATHS.indexOf(path) >= 0) return notFound();

  const color = preview || isShifted(event, route, idle, lot) ? idle : route.live;
  const release = route.releases[color];
  // The release, not the color, is what the cache key holds: a color is used again by a later release.
  set(headers, 'x-greenroom-release', release === null ? 'none-' + color : release);
  set(headers, 'x-greenroom-color', color);
  // Which fleet works in the background: a task's own variables never change.
  set(headers, 'x-greenroom-live', route.live + ' ' + route.epoch);
  if (preview) {
    set(headers, 'x-greenroom-preview', '1');
    // Part of the cache key and different each time: nothing previewed is ever answered from a cache.
    set(headers, 'x-greenroom-once', String(event.context.requestId));
  }
  const other = color === 'blue' ? 'green' : 'blue';
  if (preview || !isSafe(request.method) || !isUnder(ASSET_PATHS, path) || !isWarm(route, other, now)) {
    cf.selectRequestOriginById(color);
  } else {
    selectBoth(color, other);
  }
  return request;
}

function selectBoth(color, other) {
  try {
    cf.createRequestOriginGroup({
      originIds: [{ originId: color }, { originId: other }],
      failoverCriteria: { statusCodes: [404] },
    });
  } catch (error) {
    console.log('greenroom: no origin group: ' + error);
    cf.selectRequestOriginById(color);
  }
}

function isUnder(prefixes, path) {
  return prefixes.some(function (prefix) {
    return path.startsWith(prefix);
  });
}

// Whether a color serves somebody, or could at once. One that is being deployed or scaled in would turn a 404 into 503.
function isWarm(route, color, now) {
  const release = route.releases[color];
  const fading = route.fading;
  return (
    (!!fading && color === fading.color && now < fading.until) ||
    (release !== null &&
      (color === route.live ||
        color === route.standby ||
        (!!route.shift && color === route.shift.to) ||
        (!!route.preview && release === route.preview.release)))
  );
}

// Removes everything of ours that the viewer sent, and returns the preview credential if there was one.
function takeCredential(request) {
  const header = request.headers[OURS + 'preview'];
  Object.keys(request.headers).forEach(function (name) {
    if (name.startsWith(OURS)) delete request.headers[name];
  });
  const cookie = takeCookie(request, PREVIEW);
  return header ? String(header.value) : cookie;
}

// Cookies are part of the cache key: ours must neither be in it nor reach an application.
function takeCookie(request, name) {
  const cookie = request.cookies[name];
  delete request.cookies[name];
  return cookie ? String(cookie.value) : undefined;
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

function isShifted(event, route, idle, carried) {
  const shift = route.shift;
  if (!shift || shift.to !== idle || route.releases[idle] === null) return false;
  const sticky = route.sticky || {};
  let lot = carried;
  if (!isLot(lot)) {
    const headers = event.request.headers;
    const agent = headers['user-agent'];
    lot = sha256(event.viewer.ip + ' ' + (agent ? agent.value.slice(0, 256) : '')).slice(0, 8);
    // For viewer-response.js. The header is not in the cache key.
    if (sticky.seconds > 0) set(headers, 'x-greenroom-lot', lot + ' ' + sticky.seconds);
  }
  // An avalanche of 32 bits (murmur3's finalizer): one to one, so that even lots give even places.
  let place = parseInt(lot, 16) ^ sticky.salt;
  place = Math.imul(place ^ (place >>> 16), 0x85ebca6b);
  place = Math.imul(place ^ (place >>> 13), 0xc2b2ae35);
  return ((place ^ (place >>> 16)) >>> 0) * 100 < shift.percent * 4294967296;
}

// Eight lower-case hexadecimal digits, as we write them.
function isLot(text) {
  return !!text && text.length === 8 && ('0000000' + parseInt(text, 16).toString(16)).slice(-8) === text;
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
      // oxlint-disable-next-line typescript/no-unused-vars -- catch without a binding is not in this runtime
    } catch (error) {
      path = uri;
    }
  }
  // Parsers of URLs take the one for the other.
  if (path.indexOf('\\') >= 0) path = path.split('\\').join('/');
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
  const header = request.headers[OURS + 'preview'];
  if (!header) return respond(200, 'text/html; charset=utf-8', PREVIEW_PAGE);
  const credential = String(header.value);
  if (!isGood(credential, route, idle, now)) return forbidden();
  const response = respond(200, 'text/plain', '');
  response.cookies = {};
  response.cookies[PREVIEW] = { value: credential, attributes: COOKIE + (route.preview.expires - now) };
  return response;
}

// The cookie goes with the refusal: the next request of QA's browser is an ordinary viewer's.
function forbidden() {
  const response = page(
    403,
    'This preview is not valid, or it has ended. Ask for a new link; load the page again to see the live version.',
  );
  response.cookies = {};
  response.cookies[PREVIEW] = { value: '', attributes: COOKIE + '0' };
  return response;
}

function notFound() {
  return page(404, 'There is nothing at this address.');
}

function later(seconds, text) {
  const response = page(503, text);
  set(response.headers, 'retry-after', seconds);
  return response;
}

function page(status, text) {
  return respond(
    status,
    'text/html; charset=utf-8',
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>' + text + '</title><p>' + text,
  );
}

function respond(status, type, text) {
  const headers = {};
  set(headers, 'content-type', type);
  set(headers, 'cache-control', 'no-store');
  return { statusCode: status, headers: headers, body: { encoding: 'text', data: text } };
}

function set(headers, name, value) {
  headers[name] = { value: value };
}
