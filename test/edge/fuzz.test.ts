import { freshSeed, fuzz } from './fuzz';

// The whole million: `npm run fuzz:edge`.
it.each([1, freshSeed()])('10,000 odd requests with seed %i: no throw, no wrong color', async (seed) => {
  const report = await fuzz({ requests: 10_000, seed });
  expect(report.origins).toBeGreaterThan(1_000);
  expect(Object.keys(report.answers).sort()).toEqual(['200', '403', '404', '503']);
});
