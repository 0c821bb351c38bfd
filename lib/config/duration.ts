import type { Seconds } from './model';

/**
 * A span of time as text: a whole number and a unit, `s`, `m`, `h` or `d`, for example `'90s'`, `'10m'`, `'1h'`.
 */
export type DurationText = `${number}${'s' | 'm' | 'h' | 'd'}`;

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400 };

/** Reads a duration such as `'90s'`, `'10m'`, `'1h'`, `'3d'`; undefined when the text is none. */
export function parseDuration(text: string): Seconds | undefined {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  return match ? Number(match[1]) * (SECONDS[match[2] as string] as number) : undefined;
}

/** Writes seconds in the largest unit that keeps them whole. */
export function formatDuration(seconds: Seconds): string {
  const unit = (['d', 'h', 'm'] as const).find((u) => seconds > 0 && seconds % (SECONDS[u] as number) === 0) ?? 's';
  return `${seconds / (SECONDS[unit] as number)}${unit}`;
}
