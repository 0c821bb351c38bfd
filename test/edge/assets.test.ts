import {
  claimIdle,
  EDGE_NAMES,
  formatRoute,
  retireStandby,
  revertToStandby,
  shiftTo,
  withdraw,
} from '../../lambda/domain/route';
import { edgeWith } from './decisions';
import { after, credentialOf, FIRST_RELEASE, now, WAITING } from './routes';
import { EdgeRuntime, viewerEvent } from './runtime';

const CREDENTIAL = credentialOf('release-2');
const waiting = after(...WAITING);

describe('assets', () => {
  const asset = viewerEvent({ uri: '/assets/app.1a2b3c.js' });
  const cutOver = [...WAITING, shiftTo('release-2', 100)];
  it.each([
    ['before anything else was released', after(...FIRST_RELEASE), 'green', undefined],
    ['while the idle color is being deployed', after(...FIRST_RELEASE, claimIdle('release-2')), 'green', undefined],
    [
      'while a standby that was given up still runs',
      after(...cutOver, claimIdle('release-3', now() + 60)),
      'blue',
      'green',
    ],
    ['while a release waits that can be previewed', waiting, 'green', 'blue'],
    ['during a shift', { ...waiting, shift: { to: 'blue' as const, percent: 1 } }, 'green', 'blue'],
    ['after the cutover', after(...cutOver), 'blue', 'green'],
    ['after a revert', after(...cutOver, revertToStandby()), 'green', 'blue'],
    ['after the standby was retired', after(...cutOver, retireStandby('green')), 'blue', undefined],
    ['after a withdrawal', after(...cutOver, withdraw('release-2')), 'green', undefined],
    ['while a withdrawn color still runs', after(...cutOver, withdraw('release-2', now() + 60)), 'green', 'blue'],
    ['when it runs no more', after(...cutOver, withdraw('release-2', now() - 1)), 'green', undefined],
  ])(
    '%s: what one color does not have comes from the other one if that is warm',
    async (_when, route, first, second) => {
      const decision = await edgeWith(route).run(structuredClone(asset));
      expect(decision).toMatchObject({ kind: 'origin', origin: first });
      expect(decision.kind === 'origin' && decision.second).toBe(second);
    },
  );

  it.each([
    ['another path', { uri: '/notes/7' }],
    ['another method', { uri: '/assets/a.js', method: 'POST' }],
    ['a path that only looks like it', { uri: '/assets/../notes' }],
  ])('%s is asked of one color only', async (_what, request) => {
    expect(await edgeWith(waiting).run(viewerEvent(request))).not.toHaveProperty('second');
  });

  it('of a preview are never those of the live color', async () => {
    const headers = { [EDGE_NAMES.previewHeader]: CREDENTIAL };
    const decision = await edgeWith(waiting).run(viewerEvent({ uri: '/assets/a.js', headers }));
    expect(decision).toMatchObject({ origin: 'blue' });
    expect(decision).not.toHaveProperty('second');
  });

  it('come from the chosen color alone where the service refuses the group, and that is logged', async () => {
    const edge = new EdgeRuntime(() => formatRoute(waiting), { originGroups: false });
    const decision = await edge.run(structuredClone(asset));
    expect(decision).toMatchObject({ origin: 'green', logs: [expect.stringContaining('no origin group')] });
  });
});
