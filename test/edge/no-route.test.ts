import { formatRoute } from '../../lambda/domain/route';
import { answerOf } from './decisions';
import { after, WAITING } from './routes';
import { EdgeRuntime, viewerEvent } from './runtime';

const waiting = after(...WAITING);

describe('a store without a usable route', () => {
  const good = formatRoute(waiting);
  it.each([
    ['the key is missing', undefined],
    ['it is not JSON', 'epoch 7'],
    ['it is null', 'null'],
    ['it is another schema', good.replace('"v":1', '"v":2')],
    ['it has no epoch', good.replace(/"epoch":\d+,/, '')],
    ['its live color is unknown', good.replace('"live":"green"', '"live":"red"')],
    ['it has no releases', good.replace('"releases"', '"released"')],
    ['a release is no text', good.replace('"release-1"', '1')],
  ])('%s: 503, a time to come back, one line in the log', async (_title, stored) => {
    const decision = await new EdgeRuntime(() => stored).run(viewerEvent());
    expect(answerOf(decision)).toMatchObject({
      statusCode: 503,
      headers: { 'retry-after': { value: '5' }, 'cache-control': { value: 'no-store' } },
    });
    expect(decision.logs).toHaveLength(1);
  });

  it('an origin that the distribution does not have is answered the same way', async () => {
    const decision = await new EdgeRuntime(() => good, { knownOrigins: [] }).run(viewerEvent());
    expect(answerOf(decision).statusCode).toBe(503);
    expect(decision.logs).toHaveLength(1);
  });

  it.each([
    ['shift', { to: 'green', percent: 99 }],
    ['shift', 'all'],
    ['sticky', 'forever'],
    ['fading', 1],
    ['shift', { to: 'blue', percent: 'x' }],
    ['preview', 'open'],
    ['maintenance', 'sometimes'],
    ['standby', 7],
  ])('nonsense in "%s" (%j) counts as absent: the live color answers', async (member, value) => {
    const edge = new EdgeRuntime(() => JSON.stringify({ ...waiting, [member]: value }));
    expect(await edge.run(viewerEvent())).toMatchObject({ origin: 'green', logs: [] });
  });
});
