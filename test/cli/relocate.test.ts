import { greenroom } from './world';

test('relocate prints every step with the names of the other region, and asks nobody', async () => {
  const { code, out } = await greenroom([
    'relocate',
    '--to',
    'eu-west-1',
    '--image-version',
    'v1.4.0',
    '-e',
    'production',
  ]);

  const text = out.join('\n');
  expect(code).toBe(0);
  expect(text.match(/^# \d+\. /gm)).toHaveLength(7);
  expect(text).toContain(
    "{ name: 'production-eu-west-1', region: 'eu-west-1', production: true, database: { restoreFrom: '$SNAPSHOT' } }",
  );
  expect(text).toContain('npx greenroom publish v1.4.0 --digest $DIGEST -e production-eu-west-1 --yes');
});

test('an environment with one fleet is not relocated', async () => {
  const { code, err } = await greenroom(['relocate', '--to', 'eu-west-1', '-e', 'dev']);

  expect([code, err.join()]).toEqual([2, expect.stringContaining('needs two colors')]);
});
