/** A cron expression of five fields, read: which minutes of the day, and which days. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  matchesDay(year: number, month: number, day: number): boolean;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * Reads `minute hour day-of-month month day-of-week`, with lists, ranges, steps, and three-letter names of months and
 * weekdays; Sunday is 0 or 7. When both days are given, either is enough, as crontab(5) says.
 *
 * @throws Error naming the field that is wrong
 */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) throw new Error(`"${text}" has ${fields.length} fields, cron has five`);
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  const days = new Set(parseField(day, 1, 31));
  const months = new Set(parseField(month, 1, 12, MONTHS, 1));
  const weekdays = new Set(parseField(weekday, 0, 7, WEEKDAYS, 0).map((each) => each % 7));
  const [anyDay, anyWeekday] = [day.startsWith('*'), weekday.startsWith('*')];
  return {
    minutes: parseField(minute, 0, 59),
    hours: parseField(hour, 0, 23),
    matchesDay: (year, monthNumber, dayNumber) => {
      if (!months.has(monthNumber)) return false;
      const byDay = days.has(dayNumber);
      const byWeekday = weekdays.has(new Date(Date.UTC(year, monthNumber - 1, dayNumber)).getUTCDay());
      return anyDay || anyWeekday ? byDay && byWeekday : byDay || byWeekday;
    },
  };
}

function parseField(text: string, least: number, most: number, names: readonly string[] = [], first = 0): number[] {
  const values = new Set<number>();
  for (const part of text.toLowerCase().split(',')) {
    const match = /^(\*|[a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?(?:\/(\d{1,2}))?$/.exec(part);
    const value = (word: string) => (names.includes(word) ? names.indexOf(word) + first : Number(word));
    const [, from = '', to, step] = match ?? [];
    const low = from === '*' ? least : value(from);
    // A step after a single value goes on to the end of the field.
    const high = to !== undefined ? value(to) : from === '*' || step !== undefined ? most : low;
    const by = step === undefined ? 1 : Number(step);
    if (match === null || !(low >= least && high <= most && low <= high && by >= 1) || (from === '*' && to)) {
      throw new Error(`"${part}" is none of the values from ${least} to ${most}, a range or a step of them`);
    }
    for (let each = low; each <= high; each += by) values.add(each);
  }
  return [...values].sort((a, b) => a - b);
}

const DAY_MS = 86_400_000;

/**
 * The moments at which a cron expression comes true in a time zone, from `from` to before `to`, in order. A time that the
 * clocks leave out comes true that much later, one that they repeat at its first.
 */
export function cronTimes(cron: Cron, timeZone: string, from: Date, to: Date): Date[] {
  const times: number[] = [];
  // A day of the zone begins up to 14 hours before and ends up to 12 hours after the day of the same name in UTC.
  for (let day = startOfDay(from) - DAY_MS; day <= startOfDay(to) + DAY_MS; day += DAY_MS) {
    const date = new Date(day);
    const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    if (!cron.matchesDay(year, month, dayOfMonth)) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) times.push(momentOf(day + (hour * 60 + minute) * 60_000, timeZone));
    }
  }
  const wanted = times.filter((time) => time >= from.getTime() && time < to.getTime());
  return [...new Set(wanted)].sort((a, b) => a - b).map((time) => new Date(time));
}

const startOfDay = (moment: Date) => Math.floor(moment.getTime() / DAY_MS) * DAY_MS;

/** The moment at which the clocks of a zone show what UTC's show at `wall`. */
function momentOf(wall: number, timeZone: string): number {
  const before = wall - offsetAt(wall - DAY_MS, timeZone);
  const after = wall - offsetAt(wall + DAY_MS, timeZone);
  // Both offsets of a day with a change are tried: the earlier moment that shows this time is meant.
  const fitting = [before, after].filter((moment) => moment + offsetAt(moment, timeZone) === wall);
  return fitting.length > 0 ? Math.min(...fitting) : Math.max(before, after);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a zone's clocks are ahead of UTC at a moment, in milliseconds. */
function offsetAt(moment: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    const numeric = 'numeric' as const;
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: numeric,
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day, hour, minute, second } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1000) * 1000;
}
