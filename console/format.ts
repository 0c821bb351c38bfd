const UNITS: readonly (readonly [seconds: number, unit: string])[] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** A span of time in its two largest units: `42 s`, `3 min 5 s`. */
export function span(ms: number): string {
  let seconds = Math.max(0, Math.round(ms / 1000));
  const parts: string[] = [];
  for (const [size, unit] of UNITS) {
    const amount = Math.floor(seconds / size);
    seconds %= size;
    if (amount > 0 || parts.length > 0) parts.push(amount > 0 ? `${amount} ${unit}` : '');
    if (parts.length === 2) break;
  }
  return parts.filter(Boolean).join(' ') || 'under 1 s';
}

const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A moment where the reader is. */
export function moment(iso: string): string {
  return MOMENT.format(new Date(iso));
}

/** How long ago: `just now`, `3 min ago`. */
export function ago(iso: string, now: number): string {
  const ms = now - Date.parse(iso);
  if (ms < 5_000) return 'just now';
  const largest = UNITS.find(([size]) => ms >= size * 1000) ?? [1, 's'];
  return `${Math.floor(ms / 1000 / largest[0])} ${largest[1]} ago`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
