const UNITS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

/** Seconds of a `rate(5 minutes)`; undefined for any other expression. */
export function rateSeconds(expression: string): number | undefined {
  const [, count, unit = ''] = /^rate\((\d+) (\w+?)s?\)$/.exec(expression.trim()) ?? [];
  const seconds = UNITS[unit];
  return count === undefined || seconds === undefined ? undefined : Number(count) * seconds;
}
