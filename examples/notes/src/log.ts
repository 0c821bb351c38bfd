import { VERSION } from './constants';

type Level = 'info' | 'warn' | 'error';
let color = 'none';

// Whoever read the log is gone: no reason to stop serving.
process.stdout.on('error', () => {});

/** Every line says which color wrote it. */
export function setLogColor(value: string): void {
  color = value;
}

/** Writes one line of JSON to standard output. Give no note text, no settings and no headers: logs are read by many. */
export function log(level: Level, message: string, fields: Record<string, unknown> = {}): void {
  const line = { time: new Date().toISOString(), level, message, version: VERSION, color, ...fields };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** What may be told of an error: its message and code, and the place in the code for unexpected ones. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { reason: String(error) };
  const code = (error as { code?: unknown }).code;
  // A refused connection to several addresses is an AggregateError without a message.
  const reason = error.message || String(code ?? error.name);
  return { reason, ...(code === undefined ? { stack: error.stack } : { code }) };
}
