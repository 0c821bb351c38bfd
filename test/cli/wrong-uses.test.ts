import { FakeCloud, greenroom } from './world';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const REASON = ['--reason', 'because'];

test.each<[string[], RegExp]>([
  [['relase', 'v1.0.0'], /unknown command 'relase'/],
  [['status', '--loud'], /unknown option '--loud'/],
  [['status', 'production'], /too many arguments/],
  [['status', '-e', 'prod'], /"prod" is not in the configuration; it has dev, production/],
  [['status', '--local', '--region', 'eu-west-1'], /cannot be used with/],
  [['release'], /missing required argument 'version'/],
  [['release', '1.0.0', '-y'], /vX\.Y\.Z/],
  [['release', 'v1.0.0', '-y', '--commit', 'abc'], /40 hex digits/],
  [['release', 'v1.0.0', '-y', '--by', 'Ann Other'], /without spaces/],
  [['release', 'v1.0.0', '-y', '--interval', '0'], /whole number from 1 to 300/],
  [['release', 'v1.0.0'], /add --yes\. Nothing was done/],
  [['approve', 'v1.0.0-x'], /add --yes/],
  [['approve', 'v1.0.0 x', '-y'], /release id looks like/],
  [['approve', 'v1.0.0-x', '-y', '-e', 'dev'], /dev has one fleet/],
  [['reject', 'v1.0.0-x', '-y'], /--reason/],
  [['reject', 'v1.0.0-x', '-y', '--reason', ' '], /1 to 500 characters/],
  [['revert', '-y'], /--reason/],
  [['revert', '-y', '-e', 'dev', ...REASON], /dev has one fleet/],
  [['cancel', 'v1.0.0-x', '-y'], /--reason/],
  [['preview', 'v1.0.0-x', '-e', 'dev'], /dev has one fleet/],
  [['freeze', '-y', ...REASON], /either --until or --for/],
  [['freeze', '-y', ...REASON, '--for', '2h', '--until', '2027-01-01T00:00:00Z'], /either --until or --for/],
  [['freeze', '-y', ...REASON, '--for', 'ever'], /for example 90m/],
  [['freeze', '-y', ...REASON, '--until', '2027-01-01T00:00:00'], /with zone/],
  [['freeze', '-y', ...REASON, '--until', '2020-01-01T00:00:00Z'], /is past/],
  [['publish', 'v1.0.0', '-y'], /--digest/],
  [['publish', 'v1.0.0', '-y', '--digest', 'sha256:abc'], /64 hex digits/],
  [['history', '-n', 'all'], /whole number from 1 to 500/],
])('%j is refused with exit code 2, and nothing is done', async (args, message) => {
  const cloud = new FakeCloud();

  const { code, out, err } = await greenroom(args, { cloud });

  expect({ code, out, changes: cloud.changes, objects: cloud.objects.size }).toEqual({
    code: 2,
    out: [],
    changes: [],
    objects: 0,
  });
  expect(err.join('\n')).toMatch(message);
});

test('without a verb the help goes to stderr', async () => {
  const { code, out, err } = await greenroom([]);

  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(err.join('\n')).toContain('Usage: greenroom VERB');
});

test('when nothing says who it is, a changing verb that has to claim it is refused', async () => {
  const cloud = new FakeCloud();

  const { code, err } = await greenroom(['resume', '-y', '--claim'], { cloud, env: {} });

  expect({ code, changes: cloud.changes }).toEqual({ code: 2, changes: [] });
  expect(err.join()).toContain('--by');
});

test('a publish that would be fine is refused without --yes, before anything is uploaded', async () => {
  const cloud = new FakeCloud();

  const { code } = await greenroom(['publish', 'v1.0.0', '--digest', DIGEST], { cloud });

  expect({ code, objects: cloud.objects.size }).toEqual({ code: 2, objects: 0 });
});
