/**
 * Cron expressions with five fields, as scheduled actions write them. Source: EC2 Auto Scaling user
 * guide, "Scheduled scaling" (recurring schedules), and crontab(5): when both days are restricted,
 * either is enough.
 *
 *     ┌ minute 0–59   ┌ day of month 1–31   ┌ day of week 0–7, SUN–SAT (0 and 7 are Sunday)
 *     30 0            1 1,6,12 *
 *        └ hour 0–23    └ month 1–12, JAN–DEC
 */

export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  /** 0 is Sunday. */
  readonly daysOfWeek: readonly number[];
  /** Whether either day is enough: neither field begins with an asterisk. */
  readonly eitherDay: boolean;
}

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun'].concat([
  'jul',
  'aug',
  'sep',
  'oct',
  'nov',
  'dec',
]);
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly Field[] = [
  { name: 'a minute', from: 0, to: 59 },
  { name: 'an hour', from: 0, to: 23 },
  { name: 'a day of month', from: 1, to: 31 },
  { name: 'a month', from: 1, to: 12, names: MONTHS },
  { name: 'a day of week', from: 0, to: 7, names: DAYS },
];

/**
 * Reads an expression; a text says what is wrong with it.
 * Example: `30 0 1 1,6,12 *` → half past midnight on the first of January, June and December.
 */
export function parseCron(text: string): Cron | string {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) return `five fields, found ${fields.length}`;
  const sets: number[][] = [];
  for (const [index, field] of FIELDS.entries()) {
    const values = parseField(fields[index]!, field);
    if (values === undefined) {
      return `${field.name} from ${field.from} to ${field.to}, found ${fields[index]}`;
    }
    sets.push(values);
  }
  const [minutes, hours, daysOfMonth, months, days] = sets as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  const daysOfWeek = unique(days.map((day) => day % 7));
  const eitherDay = !fields[2]!.startsWith('*') && !fields[4]!.startsWith('*');
  return { minutes, hours, daysOfMonth, months, daysOfWeek, eitherDay };
}

function parseField(text: string, field: Field): number[] | undefined {
  const values: number[] = [];
  for (const part of text.split(',')) {
    const range = parseRange(part, field);
    if (range === undefined) return undefined;
    for (let value = range.from; value <= range.to; value += range.step) values.push(value);
  }
  return unique(values);
}

function parseRange(part: string, field: Field) {
  const [range = '', stepText, ...more] = part.split('/');
  const step = stepText === undefined ? 1 : parseNumber(stepText, []);
  if (more.length > 0 || step === undefined || step < 1) return undefined;
  if (range === '*') return { from: field.from, to: field.to, step };
  const ends = range.split('-').map((text) => parseNumber(text, field.names ?? [], field.from));
  const [from, to = stepText === undefined ? from : field.to] = ends;
  if (ends.length > 2 || from === undefined || to === undefined) return undefined;
  if (ends.includes(undefined) || from < field.from || to > field.to || from > to) return undefined;
  return { from, to, step };
}

function parseNumber(text: string, names: readonly string[], first = 0): number | undefined {
  const index = names.indexOf(text.toLowerCase());
  if (index >= 0) return index + first;
  return /^\d{1,2}$/.test(text) ? Number(text) : undefined;
}

function unique(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** Whether an action may run on the day; `day` counts days since 1 January 1970. */
export function cronDay(cron: Cron, day: number): boolean {
  const { month, dayOfMonth } = civil(day);
  if (!cron.months.includes(month)) return false;
  const isDate = cron.daysOfMonth.includes(dayOfMonth);
  const isWeekday = cron.daysOfWeek.includes(weekday(day));
  return cron.eitherDay ? isDate || isWeekday : isDate && isWeekday;
}

/** Day of the week, 0 for Sunday: 1 January 1970 was a Thursday. */
export function weekday(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

const DAYS_PER_400_YEARS = 146_097;
/** Days from 1 March of the year 0 to 1 January 1970. */
const EPOCH_SHIFT = 719_468;

/**
 * Date of a day since 1 January 1970, in the Gregorian calendar. Method: years that begin in March
 * (H. Hinnant, "chrono-compatible low-level date algorithms", civil_from_days).
 * Example: 19,782 → 29 February 2024.
 */
export function civil(day: number): { year: number; month: number; dayOfMonth: number } {
  const shifted = day + EPOCH_SHIFT;
  const era = Math.floor(shifted / DAYS_PER_400_YEARS);
  const dayOfEra = shifted - era * DAYS_PER_400_YEARS;
  const leaps =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  const dayOfYear = dayOfEra - (365 * yearOfEra + leapDays);
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return { year, month, dayOfMonth };
}
