import { formatRoute, seedRoute } from '../../../lambda/domain/route';
import { viewerRequestCode } from '../../../lib/constructs/edge-function';
import { EdgeFunction } from '../../../local/edge';
import type { FunctionEvent } from '../../../local/edge/function-event';

const VIEWER_REQUEST = viewerRequestCode(['/livez', '/readyz']);

function event(uri = '/'): FunctionEvent {
  return {
    version: '1.0',
    context: {
      distributionDomainName: 'd1.cloudfront.net',
      distributionId: 'E1',
      eventType: 'viewer-request',
      requestId: 'r',
    },
    viewer: { ip: '127.0.0.1' },
    request: { method: 'GET', uri, querystring: {}, headers: {}, cookies: {} },
  };
}

describe('running a CloudFront function', () => {
  test('the real function selects the live color of the route', async () => {
    const route = { ...seedRoute({ release: 'r1', nonce: 'n' }), live: 'green' as const };
    const edge = new EdgeFunction(VIEWER_REQUEST, () => new Map([['route', formatRoute(route)]]));

    const result = await edge.run(event());

    expect(result.origin).toBe('green');
    expect(result.request?.headers['x-greenroom-color']?.value).toBe('green');
  });

  test('the real function without a route answers 503', async () => {
    const edge = new EdgeFunction(VIEWER_REQUEST, () => new Map());

    expect((await edge.run(event())).response?.statusCode).toBe(503);
  });

  test('requests at the same time do not get each other’s origin', async () => {
    const code = `import cf from 'cloudfront';
      async function handler(event) {
        await cf.kvs().exists('x');
        cf.selectRequestOriginById(event.request.uri.slice(1));
        await cf.kvs().exists('x');
        return event.request;
      }`;
    const edge = new EdgeFunction(code, () => new Map());
    const names = Array.from({ length: 50 }, (_, index) => `origin-${index}`);

    const results = await Promise.all(names.map((name) => edge.run(event(`/${name}`))));

    expect(results.map((result) => result.origin)).toEqual(names);
  });

  test.each([
    ['eval', `function handler() { return eval('1'); }`],
    ['the process', `function handler() { return process.env; }`],
    ['a missing key', `import cf from 'cloudfront'; async function handler() { return cf.kvs().get('none'); }`],
    ['a result that is nothing', `function handler() {}`],
  ])('%s makes the function fail', async (_what, code) => {
    const edge = new EdgeFunction(code, () => new Map());

    await expect(edge.run(event())).rejects.toThrow();
  });

  test.each([
    ['fs', `import fs from 'fs'; function handler(event) { return event.request; }`],
    ['10240 bytes', `function handler(event) { return event.request; } // ${'x'.repeat(10240)}`],
  ])('code that the runtime does not take is refused at once (%s)', (part, code) => {
    expect(() => new EdgeFunction(code, () => new Map())).toThrow(part === 'fs' ? '"fs"' : 'it may have 10240');
  });
});
