// What handlers tell their log about the faults that tests inject is nothing for whoever reads the tests' output. A test
// that wants to know it spies for itself. Imported for its effect, since scenarios are played before the first test too.
const ignore = (): void => undefined;
Object.assign(console, { error: ignore, warn: ignore, log: ignore });

export {};
