// CloudFront Function (viewer response, JavaScript runtime 2.0): makes a cookie of the lot that viewer-request.js drew
// for a viewer at first contact. It runs after the cache: nobody gets somebody else's lot from there. A response of 400
// or above does not come by here; the viewer then draws the same lot again with its next request.
//
// Where the request's header does not arrive, there is no cookie, and viewers keep their place as long as their address.
const COOKIE = 'Secure; HttpOnly; SameSite=Lax; Path=/; Max-Age=';

// oxlint-disable-next-line typescript/no-unused-vars -- the runtime calls it by this name
function handler(event) {
  const response = event.response;
  const drawn = event.request.headers['x-greenroom-lot'];
  if (!drawn) return response;
  const parts = drawn.value.split(' ');
  if (!response.cookies) response.cookies = {};
  response.cookies['greenroom-lot'] = { value: parts[0], attributes: COOKIE + parts[1] };
  return response;
}
