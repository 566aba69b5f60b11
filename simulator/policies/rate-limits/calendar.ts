/** Windows of the calendar (UTC, proleptic Gregorian), without a clock of the machine's. */

export const CALENDAR_UNITS = ['second', 'minute', 'hour', 'day', 'month', 'year'] as const;
export type CalendarUnit = (typeof CALENDAR_UNITS)[number];

const DAY_MS = 86_400_000;
const UNIT_MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: DAY_MS } as const;

/** From a moment of the Unix epoch to the next one. */
export interface CalendarWindow {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The window of a unit that a moment is in.
 * Example: month of 1709210096000 (2024-02-29T12:34:56Z) is 1706745600000 … 1709251200000.
 */
export function calendarWindow(unit: CalendarUnit, nowMs: number): CalendarWindow {
  if (unit === 'month' || unit === 'year') return monthsWindow(unit, nowMs);
  const startMs = Math.floor(nowMs / UNIT_MS[unit]) * UNIT_MS[unit];
  return { startMs, endMs: startMs + UNIT_MS[unit] };
}

function monthsWindow(unit: 'month' | 'year', nowMs: number): CalendarWindow {
  const { year, month } = civilDate(Math.floor(nowMs / DAY_MS));
  if (unit === 'year') {
    return { startMs: dayOf(year, 1) * DAY_MS, endMs: dayOf(year + 1, 1) * DAY_MS };
  }
  const [nextYear, next] = month === 12 ? [year + 1, 1] : [year, month + 1];
  return { startMs: dayOf(year, month) * DAY_MS, endMs: dayOf(nextYear, next) * DAY_MS };
}

const DAYS_OF_400_YEARS = 146_097;
/** Of 0000-03-01, from which leap days come last in their year, to 1970-01-01. */
const DAYS_TO_1970 = 719_468;

/**
 * Year and month (1 … 12) of a day since 1970-01-01. Source: Howard Hinnant, "chrono-compatible
 * low-level date algorithms", `civil_from_days`.
 */
function civilDate(day: number): { readonly year: number; readonly month: number } {
  const from = day + DAYS_TO_1970;
  const era = Math.floor(from / DAYS_OF_400_YEARS);
  const inEra = from - era * DAYS_OF_400_YEARS;
  const leap = Math.floor(inEra / 1460) - Math.floor(inEra / 36_524) + Math.floor(inEra / 146_096);
  const yearInEra = Math.floor((inEra - leap) / 365);
  const inYear = inEra - daysBefore(yearInEra);
  const fromMarch = Math.floor((5 * inYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return { year: yearInEra + era * 400 + (month <= 2 ? 1 : 0), month };
}

/** Days from 1970-01-01 to the first of a month (`days_from_civil` there). */
function dayOf(year: number, month: number): number {
  const fromMarch = month > 2 ? month - 3 : month + 9;
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / 400);
  const inYear = Math.floor((153 * fromMarch + 2) / 5);
  return era * DAYS_OF_400_YEARS + daysBefore(marchYear - era * 400) + inYear - DAYS_TO_1970;
}

/** Days of the years of an era before one of them. */
function daysBefore(year: number): number {
  return 365 * year + Math.floor(year / 4) - Math.floor(year / 100);
}
