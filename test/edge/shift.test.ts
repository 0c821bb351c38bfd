import { EDGE_NAMES, formatRoute, type Route, shiftTo } from '../../lambda/domain/route';
import { after, FIRST_RELEASE, WAITING } from './routes';
import { EdgeRuntime, viewerEvent, ViewerResponseRuntime } from './runtime';

const VIEWERS = 100_000;
const STEPS = [5, 25, 50];

const at = (percent: number): Route => after(...WAITING, shiftTo('release-2', percent));
const onResponse = new ViewerResponseRuntime();

/** Somebody at a browser, who keeps cookies and may move to another address. */
class Viewer {
  readonly cookies: Record<string, string> = {};
  attributes = '';

  constructor(
    public ip: string,
    readonly agent = 'Mozilla/5.0',
  ) {}

  /** The color that the viewer gets. */
  async visit(edge: EdgeRuntime): Promise<string> {
    const { ip, cookies } = this;
    const decision = await edge.run(viewerEvent({ ip, cookies, headers: { 'user-agent': this.agent } }));
    if (decision.kind !== 'origin') throw new Error('was answered at the edge');
    const response = onResponse.run(decision.request, { statusCode: 200, headers: {}, cookies: {} });
    for (const [name, cookie] of Object.entries(response.cookies)) {
      cookies[name] = cookie.value;
      this.attributes = cookie.attributes ?? '';
    }
    return decision.origin;
  }
}

const viewers = (count: number): Viewer[] =>
  Array.from({ length: count }, (_, i) => new Viewer(`10.${i >> 14}.${(i >> 7) & 127}.${i & 127}`, `agent ${i % 7}`));

test('each step has its share of 100,000 viewers within 0.5 percentage points, and takes nobody back', async () => {
  let route = '';
  const edge = new EdgeRuntime(() => route);
  const lots = new Array<string | undefined>(VIEWERS);
  let before = new Set<number>();
  for (const percent of STEPS) {
    route = formatRoute(at(percent));
    const admitted = new Set<number>();
    for (let i = 0; i < VIEWERS; i += 1) {
      const lot = lots[i];
      const cookies: Record<string, string> = lot === undefined ? {} : { [EDGE_NAMES.lotCookie]: lot };
      const request = (await edge.raw(viewerEvent({ ip: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, cookies }))) as {
        headers: Record<string, { value: string }>;
      };
      if (request.headers[EDGE_NAMES.colorHeader]?.value === 'blue') admitted.add(i);
      lots[i] ??= request.headers[EDGE_NAMES.lotHeader]?.value.split(' ')[0];
    }

    expect(Math.abs((admitted.size / VIEWERS) * 100 - percent)).toBeLessThan(0.5);
    expect([...before].filter((viewer) => !admitted.has(viewer))).toEqual([]);
    before = admitted;
  }
}, 60_000);

test('who comes back with a cookie takes part in the same draw as at first contact', async () => {
  const edge = new EdgeRuntime(() => formatRoute(at(25)));
  for (const viewer of viewers(1_000)) {
    const first = await viewer.visit(edge);
    expect(viewer.cookies).toHaveProperty(EDGE_NAMES.lotCookie);
    expect(await viewer.visit(edge)).toBe(first);
  }
});

test('a viewer keeps its color when its address changes, admitted or not', async () => {
  const edge = new EdgeRuntime(() => formatRoute(at(5)));
  const later = new EdgeRuntime(() => formatRoute(at(25)));
  const met = new Set<string>();
  for (const [i, viewer] of viewers(1_000).entries()) {
    const first = await viewer.visit(edge);
    viewer.ip = `172.16.${i >> 8}.${i & 255}`;
    const second = await viewer.visit(edge);
    viewer.ip = `2001:db8::${i}`;
    const third = await viewer.visit(later);

    expect(second).toBe(first);
    if (first === 'blue') expect(third).toBe('blue');
    met.add(`${first} ${third}`);
  }
  // Admitted at once, admitted at the next step, and not yet: all three were among them.
  expect(met.size).toBe(3);
});

test('without the cookie some would have changed color: the draw is really by the lot', async () => {
  const edge = new EdgeRuntime(() => formatRoute(at(50)));
  const moved = viewers(200);
  let changed = 0;
  for (const viewer of moved) {
    const first = await viewer.visit(edge);
    delete viewer.cookies[EDGE_NAMES.lotCookie];
    viewer.ip = `172.16.0.${moved.indexOf(viewer)}`;
    if ((await viewer.visit(edge)) !== first) changed += 1;
  }
  expect(changed).toBeGreaterThan(50);
});

test('the next release draws anew: it is not always the same viewers who go first', async () => {
  const edges = ['release-2', 'release-9'].map((release) => {
    const sticky = at(10).sticky as NonNullable<Route['sticky']>;
    const other = after(...FIRST_RELEASE);
    const salt = release === 'release-2' ? sticky.salt : sticky.salt ^ 0x5bd1e995;
    return new EdgeRuntime(() =>
      formatRoute({
        ...other,
        releases: { ...other.releases, blue: release },
        shift: { to: 'blue', percent: 10 },
        sticky: { ...sticky, salt },
      }),
    );
  });
  let both = 0;
  let once = 0;
  for (const viewer of viewers(2_000)) {
    const colors = [await viewer.visit(edges[0] as EdgeRuntime), await viewer.visit(edges[1] as EdgeRuntime)];
    if (colors.every((color) => color === 'blue')) both += 1;
    else if (colors.includes('blue')) once += 1;
  }
  // Independent draws of 10 % meet in 1 % of the viewers.
  expect(both).toBeLessThan(once / 4);
});

test('the cookie is the viewer’s own, out of reach of scripts, for a week', async () => {
  const viewer = new Viewer('192.0.2.1');
  await viewer.visit(new EdgeRuntime(() => formatRoute(at(5))));
  expect(viewer.cookies[EDGE_NAMES.lotCookie]).toMatch(/^[0-9a-f]{8}$/);
  expect(viewer.attributes.split('; ').sort()).toEqual([
    'HttpOnly',
    'Max-Age=604800',
    'Path=/',
    'SameSite=Lax',
    'Secure',
  ]);
});

test.each([
  ['outside a shift', after(...WAITING), {}],
  ['to a viewer who has one', at(5), { [EDGE_NAMES.lotCookie]: '0123abcd' }],
  ['when the rule makes no sense', { ...at(5), sticky: null }, {}],
])('no cookie is set %s', async (_when, route, cookies) => {
  const edge = new EdgeRuntime(() => formatRoute(route as Route));
  const viewer = new Viewer('192.0.2.1');
  Object.assign(viewer.cookies, cookies);
  await viewer.visit(edge);
  expect(viewer.cookies).toEqual(cookies);
});

test.each(['', '0', 'canary', '00000000 ', 'FFFFFFFF', '0x000001', '-1', '1e7', 'f'.repeat(8000), '00000000\u0000'])(
  'a lot %j that we never wrote counts as none',
  async (lot) => {
    const edge = new EdgeRuntime(() => formatRoute(at(50)));
    for (const ip of ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']) {
      const made = new Viewer(ip);
      made.cookies[EDGE_NAMES.lotCookie] = lot;
      expect(await made.visit(edge)).toBe(await new Viewer(ip).visit(edge));
    }
  },
);

test('made-up lots are admitted as often as anybody, and reach neither cache key nor application', async () => {
  const edge = new EdgeRuntime(() => formatRoute(at(5)));
  let admitted = 0;
  for (let lot = 0; lot < 2_000; lot += 1) {
    const cookies = { [EDGE_NAMES.lotCookie]: lot.toString(16).padStart(8, '0'), session: 's' };
    const decision = await edge.run(viewerEvent({ cookies, headers: { [EDGE_NAMES.lotHeader]: '00000000 9999999' } }));
    if (decision.kind !== 'origin') throw new Error('was answered at the edge');
    if (decision.origin === 'blue') admitted += 1;
    expect(decision.request.cookies).toEqual({ session: { value: 's' } });
    expect(decision.request.headers).not.toHaveProperty(EDGE_NAMES.lotHeader);
  }
  expect(admitted).toBeGreaterThan(50);
  expect(admitted).toBeLessThan(150);
});

test('names the release of the chosen color, and takes one hash at most', async () => {
  const edge = new EdgeRuntime(() => formatRoute(at(50)));
  for (let i = 0; i < 50; i += 1) {
    const decision = await edge.run(viewerEvent({ ip: `192.0.2.${i}` }));
    if (decision.kind !== 'origin') throw new Error('was answered at the edge');
    const release = decision.request.headers[EDGE_NAMES.releaseHeader]?.value;
    expect(decision).toMatchObject({ hashes: 1, reads: 1, origin: release === 'release-2' ? 'blue' : 'green' });
  }
});

test('serves a request without user agent', async () => {
  const event = viewerEvent();
  delete event.request.headers['user-agent'];
  expect((await new EdgeRuntime(() => formatRoute(at(50))).run(event)).kind).toBe('origin');
});

test('the response function leaves every other answer as it is', () => {
  const response = { statusCode: 200, headers: { a: { value: 'b' } }, cookies: { session: { value: 's' } } };
  expect(onResponse.run(viewerEvent().request, structuredClone(response))).toEqual(response);
});
