/** The time of the week at which a run begins, and clocks of other zones. */

/** `08:00` or `Mon 08:00`. */
export const STARTS: RegExp = /^(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?([01]\d|2[0-3]):([0-5]\d)$/;

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const DAY_MS = 86_400_000;
/** 5 January 1970, the first Monday of the epoch. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/**
 * Milliseconds of the epoch's first whole week; undefined where the text is no such time.
 * Example: `Mon 08:00` is 374400000, 8 o'clock on 5 January 1970.
 */
export function parseStarts(text: string): number | undefined {
  const [, day = 'Mon', hours, minutes] = STARTS.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return undefined;
  const ofDayMs = Number(hours) * 3_600_000 + Number(minutes) * 60_000;
  return FIRST_MONDAY_MS + DAYS.indexOf(day) * DAY_MS + ofDayMs;
}

const OFFSET = /^([+-])(0\d|1[0-4]):([0-5]\d)$/;

/**
 * How far the clocks of a zone are ahead of UTC, in ms; undefined where the text is no offset, such
 * as the name of a zone: what those are needs tables of summer times, which this core has none of.
 * Example: `+05:30` is 19800000.
 */
export function parseOffset(text: string): number | undefined {
  if (text === 'UTC') return 0;
  const [, sign, hours, minutes] = OFFSET.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return undefined;
  const ms = Number(hours) * 3_600_000 + Number(minutes) * 60_000;
  return sign === '-' ? 0 - ms : ms;
}
