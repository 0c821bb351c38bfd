import { isClean, type Planted, runCampaign, type ScenarioReport } from '../../local/edge/campaign';
import { freshSeed } from './fuzz';

// The whole of it, with locations up to 5 s late: `npm run campaign:edge`.
const QUICK = { locations: 20, lateMs: 300, viewers: 60, pauseMs: 600 };
const SEEDS = [1, freshSeed() % 1_000_000];

/** What has to be seen when this is wrong. */
const FAULTS: [Planted, (report: ScenarioReport) => number][] = [
  ['key-without-release', (report) => report.crossReleaseHits],
];

let clean: Promise<ScenarioReport[]>;
let faulty: Promise<ScenarioReport>[];
beforeAll(() => {
  clean = runCampaign({ ...QUICK, seeds: SEEDS });
  faulty = FAULTS.map(async ([planted]) => {
    const [report] = await runCampaign({ ...QUICK, seeds: [1], planted });
    return report as ScenarioReport;
  });
});

it.each(SEEDS)(
  'cutover, revert, reuse of a color and withdrawal with edges that follow unevenly, seed %i',
  async (seed) => {
    const report = (await clean).find((each) => each.seed === seed) as ScenarioReport;
    expect({ report, clean: isClean(report) }).toMatchObject({ clean: true });
    // It went through what it is about: caches were used, pages outlived their version.
    expect(report.hits).toBeGreaterThan(100);
    expect(report.locationsSeen).toBeGreaterThan(15);
  },
  60_000,
);

it.each(FAULTS)(
  'the campaign finds the planted fault "%s"',
  async (planted, found) => {
    const report = await (faulty[FAULTS.findIndex(([name]) => name === planted)] as Promise<ScenarioReport>);
    expect(found(report)).toBeGreaterThan(0);
    expect(isClean(report)).toBe(false);
  },
  60_000,
);
