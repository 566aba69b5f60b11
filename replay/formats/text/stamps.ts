/**
 * Moments as logs write them ↔ whole seconds since the epoch, and nanoseconds. Read by hand: Date
 * takes 29 February of every year and a number loses nanoseconds. From 1970 to April 2262, as far
 * as 63 bits of nanoseconds reach: everything else is no moment of a recorded request.
 */

export interface Moment {
  readonly second: number;
  readonly nanos: number;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'].concat([
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
]);
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const CLF =
  /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: ([+-]\d{4}))?$/;
const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\d*(Z|[+-]\d\d:?\d\d)?$/i;
const LAST_SECOND = 9_223_372_035;

/** The parts of a calendar moment, whole numbers; `offsetMinutes` east of UTC. */
export interface CalendarMoment {
  readonly year: number;
  /** 1 … 12 */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly offsetMinutes: number;
}

/**
 * Seconds since the epoch; undefined where the calendar has no such moment. A leap second (60) is
 * the second after it, as POSIX counts.
 */
export function epochSeconds(moment: CalendarMoment): number | undefined {
  const { year, month, day, hour, minute, second, offsetMinutes } = moment;
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return undefined;
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return undefined;
  if (!(year >= 1970 && Math.abs(offsetMinutes) < 24 * 60)) return undefined;
  const seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
  const utc = seconds - offsetMinutes * 60;
  return utc >= 0 && utc <= LAST_SECOND ? utc : undefined;
}

/** 0 for what is no month's name. `monthOf('Oct')` is 10. */
export function monthOf(name: string): number {
  return MONTHS.indexOf(name) + 1;
}

function daysIn(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : DAYS[month - 1]!;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Proleptic Gregorian; days of whole years, then of whole months. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const before = year - 1;
  const leaps = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400) - 477;
  let days = (year - 1970) * 365 + leaps + day - 1;
  for (let at = 1; at < month; at++) days += daysIn(year, at);
  return days;
}

/**
 * `10/Oct/2000:13:55:36 -0700`, the time of the common log format; also with a fraction and
 * without a zone (HAProxy), which is then UTC. `nanos` of a stamp without a fraction is 0.
 * `parseClf('10/Oct/2000:13:55:36 -0700')` is `{ second: 971211336, nanos: 0 }`.
 */
export function parseClf(text: string): Moment | undefined {
  const match = CLF.exec(text);
  if (match === null) return undefined;
  const [, day, month, year, hour, minute, second, fraction, zone] = match;
  return momentOf([year, monthOf(month!), day, hour, minute, second], fraction, zone);
}

/**
 * ISO 8601 or RFC 3339, up to nanoseconds; without a zone it is UTC. More than nine digits of a
 * second are cut off. `parseIso('2018-07-02T22:22:48.364Z')` is
 * `{ second: 1530570168, nanos: 364000000 }`.
 */
export function parseIso(text: string): Moment | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = match;
  return momentOf([year, month, day, hour, minute, second], fraction, zone);
}

function momentOf(
  parts: readonly (string | number | undefined)[],
  fraction: string | undefined,
  zone: string | undefined,
): Moment | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(Number);
  const offsetMinutes = zoneMinutes(zone);
  const seconds = epochSeconds({ year, month, day, hour, minute, second, offsetMinutes });
  return seconds === undefined ? undefined : { second: seconds, nanos: nanosOf(fraction) };
}

/** `zoneMinutes('-0730')` is −450. */
export function zoneMinutes(zone: string | undefined): number {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0;
  const digits = zone.replace(/\D/g, '');
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone.startsWith('-') ? -minutes : minutes;
}

function nanosOf(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.padEnd(9, '0'));
}

const DECIMAL = /^(\d{1,20})(?:\.(\d{1,30}))?$/;

/**
 * Decimal digits in a unit of 10^−places seconds, exactly: `parseEpoch('1530570168.364', 0)` and
 * `parseEpoch('1530570168364', 3)` are the same moment.
 */
export function parseEpoch(text: string, places: number): Moment | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, whole = '', fraction = ''] = match;
  const digits = whole.padStart(places + 1, '0') + fraction;
  const point = digits.length - fraction.length - places;
  const second = Number(digits.slice(0, point));
  const nanos = Number(digits.slice(point, point + 9).padEnd(9, '0'));
  return second <= LAST_SECOND ? { second, nanos } : undefined;
}

/** The unit of an epoch number by its size, as years 1973 to 2262 leave no other choice. */
export function parseEpochOfAnyUnit(text: string): Moment | undefined {
  const digits = /^\d+/.exec(text)?.[0].replace(/^0+/, '').length ?? 0;
  const places = digits <= 11 ? 0 : digits <= 14 ? 3 : digits <= 17 ? 6 : 9;
  return parseEpoch(text, places);
}

/** A duration in a unit of 10^−places seconds as nanoseconds; undefined where it is none. */
export function parseNanoseconds(text: string, places: number): number | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const ns = Math.round(Number(text) * 10 ** (9 - places));
  return ns <= Number.MAX_SAFE_INTEGER ? ns : undefined;
}

/** A moment, so many nanoseconds (a safe integer, ≥ 0) earlier; undefined before the epoch. */
export function earlier({ second, nanos }: Moment, byNs: number): Moment | undefined {
  const rest = nanos - (byNs % 1e9);
  const seconds = second - Math.floor(byNs / 1e9) - (rest < 0 ? 1 : 0);
  return seconds < 0 ? undefined : { second: seconds, nanos: rest < 0 ? rest + 1e9 : rest };
}

const NS_PER_SECOND = 1_000_000_000n;

/**
 * RFC 3339 with as many digits of a second as it takes, `leastDigits` at least.
 * `isoOf(1636397990900000000n)` is `2021-11-08T18:59:50.9Z`.
 */
export function isoOf(atNs: bigint, leastDigits = 0): string {
  const digits = String(atNs % NS_PER_SECOND)
    .padStart(9, '0')
    .replace(/0+$/, '')
    .padEnd(leastDigits, '0');
  return `${dateOf(atNs).toISOString().slice(0, 19)}${digits === '' ? '' : `.${digits}`}Z`;
}

/** The same to the millisecond, always: `2021-11-08T18:59:50.900Z`. */
export function isoMsOf(atNs: bigint): string {
  return isoOf(atNs - (atNs % 1_000_000n), 3);
}

/** The same to the microsecond: `2021-11-08T18:59:50.900000Z`. */
export function isoMicrosOf(atNs: bigint): string {
  return isoOf(atNs - (atNs % 1000n), 6);
}

/** As logs have it, in UTC. `clfOf(1636397990900000000n)` is `08/Nov/2021:18:59:50 +0000`. */
export function clfOf(atNs: bigint): string {
  const date = dateOf(atNs);
  const [, day, month, year] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${date.toISOString().slice(11, 19)} +0000`;
}

/** As HAProxy has it: `08/Nov/2021:18:59:50.900`. */
export function clfMsOf(atNs: bigint): string {
  return `${clfOf(atNs).slice(0, -6)}.${fractionOf(atNs, 3)}`;
}

function dateOf(atNs: bigint): Date {
  return new Date(Number(atNs / NS_PER_SECOND) * 1000);
}

/** As nginx has it: `2021-11-08T18:59:50+00:00`. */
export function isoSecondOf(atNs: bigint): string {
  return `${dateOf(atNs).toISOString().slice(0, 19)}+00:00`;
}

/**
 * Since the epoch in a unit of 10^−places seconds, with so many digits behind the point; what is
 * finer is cut off. `epochOf(1636397990900000001n, 0, 3)` is `1636397990.900`. The same of a
 * duration: `epochOf(5123000n, 3, 1)` is `5.1`.
 */
export function epochOf(ns: bigint, places: number, decimals: number): string {
  const digits = String(ns / 10n ** BigInt(9 - places - decimals)).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  return decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The first digits behind the second. `fractionOf(1636397990900000000n, 3)` is `900`. */
export function fractionOf(atNs: bigint, digits: number): string {
  return String(atNs % NS_PER_SECOND)
    .padStart(9, '0')
    .slice(0, digits);
}
