import { loadConfig } from '../../lib/config/load';
import { machinesOf } from '../workflow/cloud/definition';
import { READ_ONLY } from '../workflow/cloud/stage';
import { productionAssembly } from './production';
import { type RecordedCall, RecordedWorld } from './recorded-world';
import { SCENARIOS } from './scenarios';

/** What happened in a scenario. */
export interface ScenarioRun {
  readonly name: string;
  readonly calls: readonly RecordedCall[];
  readonly items: readonly Readonly<Record<string, unknown>>[];
  /** Every write of the ledger. */
  readonly changes: RecordedWorld['ledger']['changes'];
}

const config = loadConfig();

const EVERYTHING = {
  readOnlyDuringMigrations: 'always',
  migrations: { runOn: 'fargate', timeBudget: 4 * 3_600 },
} as const;

/** Production with everything that a configuration may ask for. */
export const assembly = productionAssembly({
  ...config,
  environments: config.environments.map((each) => ({ ...each, ...EVERYTHING })),
});

const STAGE = { ...READ_ONLY, machines: machinesOf('production', EVERYTHING) };

let made: Promise<readonly ScenarioRun[]> | undefined;

/** Runs all scenarios, once for all tests. */
export function runs(): Promise<readonly ScenarioRun[]> {
  return (made ??= runAll());
}

async function runAll(): Promise<ScenarioRun[]> {
  const done: ScenarioRun[] = [];
  for (const [name, run] of Object.entries(SCENARIOS)) {
    const world = new RecordedWorld(assembly, STAGE);
    try {
      await world.releaseFully('v1.0.0');
      await world.releaseFully('v1.1.0');
      await run(world);
    } finally {
      world.close();
      done.push({ name, calls: world.recorded, items: world.ledger.all(), changes: world.ledger.changes });
    }
  }
  return done;
}
