import { isClean, type Planted, runCampaign, type ScenarioReport } from '../../local/edge/campaign';
import { freshSeed } from './fuzz';

// The whole of it, with locations up to 5 s late: `npm run campaign:edge`.
const QUICK = { locations: 20, lateMs: 400, viewers: 40, pauseMs: 1100 };
const SEEDS = [freshSeed() % 1_000_000];

/** What has to be seen when this is wrong. */
const FAULTS: [Planted, (report: ScenarioReport) => number][] = [
  ['key-without-release', (report) => report.crossReleaseHits],
];

let clean: ScenarioReport[];
let faulty: ScenarioReport[];
beforeAll(async () => {
  const planted = FAULTS.map(([fault]) => ({ ...QUICK, viewers: 10, seed: 1, planted: fault }));
  const reports = await runCampaign({ scenarios: [...SEEDS.map((seed) => ({ ...QUICK, seed })), ...planted] });
  clean = reports.slice(0, SEEDS.length);
  faulty = reports.slice(SEEDS.length);
}, 60_000);

it.each(SEEDS.map((seed, each) => [seed, each]))(
  'cutover, revert, reuse of a color and withdrawal with edges that follow unevenly, seed %i',
  (_seed, each) => {
    const report = clean[each] as ScenarioReport;
    expect({ report, clean: isClean(report) }).toMatchObject({ clean: true });
    // It went through what it is about: caches were used, pages outlived their version.
    expect(report.hits).toBeGreaterThan(100);
    expect(report.locationsSeen).toBeGreaterThan(15);
  },
);

it.each(FAULTS.map(([fault, found], each) => ({ fault, found, each })))(
  'the campaign finds the planted fault "$fault"',
  ({ found, each }) => {
    const report = faulty[each] as ScenarioReport;
    expect(found(report)).toBeGreaterThan(0);
    expect(isClean(report)).toBe(false);
  },
);
