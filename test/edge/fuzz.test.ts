import { freshSeed, fuzz } from './fuzz';

// The whole million: `tsx bench/edge-fuzz.ts`.
it.each([1, freshSeed()])('20,000 odd requests with seed %i: no throw, no wrong color', async (seed) => {
  const report = await fuzz({ requests: 20_000, seed });
  expect(report.origins).toBeGreaterThan(2_000);
  expect(Object.keys(report.answers).sort()).toEqual(['200', '302', '403', '404', '503']);
});
