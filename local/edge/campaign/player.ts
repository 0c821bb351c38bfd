// A process that plays scenarios, as many at once as it is asked to. Started by index.ts.
import type { Asked, Played } from './index';
import { playScenario } from './scenario';

process.on('message', ({ number, options }: Asked) => {
  const tell = (played: Omit<Played, 'number'>): void => void process.send?.({ number, ...played });
  playScenario(options).then(
    (report) => tell({ report }),
    (error: Error) => tell({ error: error.stack ?? error.message }),
  );
});
// All have been played, or the parent is gone.
process.on('disconnect', () => process.exit(0));
