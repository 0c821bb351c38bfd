// One scenario in a process of its own. Started by index.ts.
import { playScenario, type ScenarioOptions } from './scenario';

process.once('message', (options: ScenarioOptions) => {
  playScenario(options).then(
    (report) => process.send?.({ report }, () => process.exit(0)),
    (error: Error) => process.send?.({ error: error.stack ?? error.message }, () => process.exit(1)),
  );
});
// The parent is gone.
process.on('disconnect', () => process.exit(1));
