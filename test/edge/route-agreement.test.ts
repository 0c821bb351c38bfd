import fc from 'fast-check';
import { ReleaseError } from '../../lambda/domain/errors';
import * as domain from '../../lambda/domain/route';
import { expectation, mistakes, type PathKind } from './oracle';
import { credentialOf, hashOf, now, WRITER } from './routes';
import { EdgeRuntime, viewerEvent, type ViewerEvent } from './runtime';

const release = fc.constantFrom('release-1', 'release-2', 'release-3');

/** A change for the release that waits on the idle color, if there is one: most histories would get nowhere otherwise. */
const forWaiting =
  (make: (name: string) => domain.RouteChange): domain.RouteChange =>
  (route) =>
    make(route.releases[domain.idleColor(route)] ?? 'release-1')(route);

/** Every change that the domain knows, with what it may be given. */
const change: fc.Arbitrary<domain.RouteChange> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(release, fc.constantFrom(0, 60))
      .map(([name, left]) => domain.claimIdle(name, left && now() + left)),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(-10, 3600)
      .map((seconds) => forWaiting((name) => domain.openPreview(name, hashOf(credentialOf(name)), now() + seconds))),
  },
  {
    weight: 6,
    arbitrary: fc
      .constantFrom(1, 25, 50, 99, 100, 100, 100)
      .map((percent) => forWaiting((name) => domain.shiftTo(name, percent))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(release, fc.constantFrom(0, 60))
      .map(([name, left]) => domain.withdraw(name, left && now() + left)),
  },
  { weight: 1, arbitrary: fc.constant(domain.revertToStandby()) },
  { weight: 1, arbitrary: fc.constantFrom('blue' as const, 'green' as const).map(domain.retireStandby) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('off' as const, 'off' as const, 'read-only' as const, 'full' as const)
      .map(domain.setMaintenance),
  },
  { weight: 1, arbitrary: release.map(domain.beginReadOnly) },
  { weight: 2, arbitrary: release.map(domain.endReadOnly) },
);

/** One viewer of each kind. */
function viewers(): { path: PathKind; event: ViewerEvent }[] {
  const credentials = ['release-1', 'release-2', 'release-3'].map(credentialOf);
  const site = (request: Parameters<typeof viewerEvent>[0]) => ({ path: 'site' as const, event: viewerEvent(request) });
  return [
    ...Array.from({ length: 8 }, (_, i) => site({ ip: `198.51.100.${i}` })),
    site({ method: 'POST', ip: '2001:db8::1' }),
    ...['00000000', '7fffffff', 'nonsense'].map((lot) => site({ cookies: { [domain.EDGE_NAMES.lotCookie]: lot } })),
    { path: 'asset', event: viewerEvent({ uri: '/assets/app.1a2b3c.js' }) },
    ...credentials.map((credential) => site({ headers: { [domain.EDGE_NAMES.previewHeader]: credential } })),
    ...credentials.map((credential) => site({ cookies: { [domain.EDGE_NAMES.previewCookie]: credential } })),
    ...credentials.map((credential) => ({
      path: 'preview-link' as const,
      event: viewerEvent({
        uri: domain.EDGE_NAMES.previewPath,
        headers: { [domain.EDGE_NAMES.previewHeader]: credential },
      }),
    })),
    { path: 'health', event: viewerEvent({ uri: '/readyz' }) },
    { path: 'probe', event: viewerEvent({ uri: domain.EDGE_NAMES.probePath }) },
  ];
}

/** All routes that a history of changes goes through; what the domain refuses leaves the route as it was. */
function history(changes: domain.RouteChange[]): domain.Route[] {
  const routes = [domain.seedRoute(WRITER)];
  for (const each of changes) {
    const route = routes.at(-1) as domain.Route;
    try {
      routes.push(domain.moveRoute(route, each, WRITER));
    } catch (error) {
      if (!(error instanceof ReleaseError)) throw error;
    }
  }
  return routes;
}

it('the function reads every route that the domain can write as the domain means it', async () => {
  let stored = '';
  const edge = new EdgeRuntime(() => stored);
  const seen = { shifted: 0, previewed: 0, standby: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 30, size: 'max' }), async (changes) => {
      for (const route of history(changes)) {
        stored = domain.formatRoute(route);
        seen.shifted += Number(route.shift !== null);
        seen.previewed += Number(route.preview !== null);
        seen.standby += Number(route.standby !== null);
        for (const { path, event } of viewers()) {
          const expected = expectation(route, event, path, now());
          const decision = await edge.run(structuredClone(event));
          expect({ route, event, mistakes: mistakes(route, event, expected, decision) }).toMatchObject({
            mistakes: [],
          });
        }
      }
    }),
    { numRuns: 100 },
  );
  // Histories that never get anywhere would prove nothing.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
});
