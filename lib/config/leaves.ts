import { z } from 'zod';
import { parseCron } from '../../lambda/domain/cron';
import { formatDuration, parseDuration } from './duration';
import type { Seconds } from './model';

/*
 * The leaves of the schema. Each carries in `error` what is allowed, in words: the whole message is put together in
 * problems.ts from the path, what was given and these words.
 */

/** One of a few words. */
export function choice<const T extends string>(...values: readonly T[]) {
  return z.enum(values as unknown as readonly [T, ...T[]], { error: values.map((v) => `'${v}'`).join(' or ') });
}

export function flag() {
  return z.boolean({ error: 'true or false' });
}

/** A whole number within bounds, both included. */
export function whole(min: number, max: number, unit = '') {
  const error = `a whole number from ${min} to ${max}${unit && ` ${unit}`}`;
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

export function oneOf(numbers: readonly number[]) {
  const error = `one of ${numbers.join(', ')}`;
  return z.number({ error }).refine((n) => numbers.includes(n), { error });
}

/** Text of a certain form; `allowed` says it in words. */
export function text(form: RegExp, allowed: string) {
  return z.string({ error: allowed }).regex(form, { error: allowed });
}

export function anyText(allowed = 'text that is not empty') {
  return z.string({ error: allowed }).trim().min(1, { error: allowed });
}

/** A duration within bounds, as seconds. */
export function duration(min: Seconds, max: Seconds) {
  const error = `a duration from '${formatDuration(min)}' to '${formatDuration(max)}', for example '90s', '10m' or '1h'`;
  return z.string({ error }).transform((value, context): Seconds => {
    const seconds = parseDuration(value);
    if (seconds !== undefined && seconds >= min && seconds <= max) return seconds;
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });
}

/** A point in time, ISO 8601 with zone. */
export function instant() {
  const error = "a time with zone, for example '2026-12-24T00:00:00+01:00'";
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;
  return text(form, error).refine((value) => !Number.isNaN(Date.parse(value)), { error });
}

/** A day of the calendar. */
export function day() {
  const error = "a day of the calendar as 'YYYY-MM-DD'";
  // Date.parse takes 31 February for 3 March: a day is real only when it comes back as it was written.
  const real = (value: string) => new Date(`${value}T00:00:00Z`).toJSON()?.startsWith(value) ?? false;
  return text(/^\d{4}-\d{2}-\d{2}$/, error).refine(real, { error });
}

export function urlPath() {
  return text(/^\/[\w\-./~%?=&]*$/, "a path with leading slash, for example '/readyz'");
}
export function folderPath() {
  return text(/^\/([\w\-.~]+\/)+$/, "a folder between slashes, for example '/assets/'");
}

/** A cron expression of five fields that comes true at most 24 times a day. */
export function cron() {
  const error = "a cron expression of five fields, at most 24 times a day, for example '0 16 * * fri'";
  return z.string({ error }).refine(
    (value) => {
      try {
        const { hours, minutes } = parseCron(value);
        return hours.length * minutes.length <= 24;
      } catch {
        return false;
      }
    },
    { error },
  );
}

export function timeZone() {
  const error = "the IANA name of a time zone, for example 'Europe/Berlin'";
  return z.string({ error }).refine(
    (value) => {
      try {
        return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
      } catch {
        return false;
      }
    },
    { error },
  );
}
