/**
 * Units as words at the edge, numbers inside: this file alone reads and prints them. A bare number
 * is never taken for a quantity, and nothing that `Number()` would guess at (`0x18`, ``, `1e3`, a
 * sign, a space) slips through. Nothing is imported here, so that k6 scenarios can use it, too.
 *
 * `parse…` read and `write…` print the language of model files and undo each other; `format…`
 * print for people, with three significant digits.
 */

/** At most nine digits on either side of the point: every quantity stays finite. */
const DIGITS = '(?:0|[1-9]\\d{0,8})(?:\\.\\d{1,9})?';
const MS_PER_UNIT: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600 };

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  KiB: 1024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
  TiB: 1_099_511_627_776,
};

type Written =
  | 'duration'
  | 'rate'
  | 'percent'
  | 'price'
  | 'memory'
  | 'count'
  | 'datapoints'
  | 'quantile';

/** The written forms; the model's schema checks by the same ones. */
export const PATTERN: Readonly<Record<Written, RegExp>> = {
  duration: new RegExp(`^${DIGITS}(us|ms|s|m|h|d)$`),
  rate: new RegExp(`^${DIGITS}/(s|min|h)$`),
  percent: new RegExp(`^${DIGITS}%$`),
  price: new RegExp(`^\\$${DIGITS}/h$`),
  memory: /^(?:0|[1-9]\d{0,5})(?:\.\d{1,3})?(KiB|MiB|GiB|TiB)$/,
  count: /^(?:0|[1-9]\d{0,8})$/,
  datapoints: /^([1-9]\d{0,2}) of ([1-9]\d{0,2})$/,
  quantile: /^p([1-9]\d?(?:\.\d{0,2}[1-9])?)$/,
};

/** Milliseconds; undefined where the text is no duration. `parseDuration('90s')` is 90000. */
export function parseDuration(text: string): number | undefined {
  const unit = PATTERN.duration.exec(text)?.[1];
  if (unit === undefined) return undefined;
  return scaled(text.slice(0, -unit.length), MS_PER_UNIT[unit]!);
}

const CLOCK = /^(?:(?:(\d{1,5}):(?=[0-5]\d:))?(\d{1,5}):)([0-5]\d(?:\.\d{1,3})?)$/;
const PART = `${DIGITS} ?(d|h|min|ms|us|m|s)`;
const PARTS = new RegExp(`^${PART}(?: ?${PART})*$`);

/**
 * A moment of a run in ms since its start; undefined where the text is none. As a clock shows it
 * (`10:42`, `1:10:42`), as a model file says a duration (`642s`), or in parts, the largest first,
 * as reports print it (`10m42s`, `10 min 42 s`).
 */
export function parseMoment(text: string): number | undefined {
  const clock = CLOCK.exec(text);
  if (clock !== null) {
    const [, hours = '0', minutes, seconds] = clock;
    const wholeMs = Number(hours) * MS_PER_UNIT['h']! + Number(minutes) * MS_PER_UNIT['m']!;
    return addMs(wholeMs, Number(seconds) * 1000);
  }
  if (!PARTS.test(text)) return undefined;
  let [sumMs, smallestMs] = [0, Number.POSITIVE_INFINITY];
  for (const [part, unit] of text.matchAll(new RegExp(PART, 'g'))) {
    const unitMs = MS_PER_UNIT[unit === 'min' ? 'm' : unit!]!;
    if (unitMs >= smallestMs) return undefined;
    smallestMs = unitMs;
    sumMs = addMs(sumMs, scaled(part.replace(/ ?[a-z]+$/, ''), unitMs));
  }
  return sumMs;
}

/** Requests per second; undefined where the text is no rate. `parseRate('12/min')` is 0.2. */
export function parseRate(text: string): number | undefined {
  const unit = PATTERN.rate.exec(text)?.[1];
  if (unit === undefined) return undefined;
  return Number(text.slice(0, -unit.length - 1)) / SECONDS_PER_UNIT[unit]!;
}

/** Ratio; undefined where the text is no percentage. `parsePercent('0.1%')` is 0.001. */
export function parsePercent(text: string): number | undefined {
  return PATTERN.percent.test(text) ? scaled(text.slice(0, -1), 0.01) : undefined;
}

/** Dollars an hour; undefined where the text is no price. `parsePrice('$0.096/h')` is 0.096. */
export function parsePrice(text: string): number | undefined {
  return PATTERN.price.test(text) ? Number(text.slice(1, -2)) : undefined;
}

/** Whole bytes; undefined where the text is no memory. `parseMemory('1.5GiB')` is 1610612736. */
export function parseMemory(text: string): number | undefined {
  const unit = PATTERN.memory.exec(text)?.[1];
  if (unit === undefined) return undefined;
  return Math.round(Number(text.slice(0, -unit.length)) * BYTES_PER_UNIT[unit]!);
}

/** Whole number from 0 on; undefined for anything else. `parseCount('24')` is 24. */
export function parseCount(text: string): number | undefined {
  return PATTERN.count.test(text) ? Number(text) : undefined;
}

/** M of N; undefined for anything else. `parseDatapoints('2 of 3')` is [2, 3]. */
export function parseDatapoints(text: string): [number, number] | undefined {
  const match = PATTERN.datapoints.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

/** Quantile of a name such as p99; undefined for other names. `parseQuantile('p99.9')` is 0.999. */
export function parseQuantile(name: string): number | undefined {
  const percent = PATTERN.quantile.exec(name)?.[1];
  return percent === undefined ? undefined : scaled(percent, 0.01);
}

/** Decimal text × factor without a stray last digit: 99.9 × 0.01 is 0.999. */
function scaled(digits: string, factor: number): number {
  return Number((Number(digits) * factor).toPrecision(15));
}

/** Sum of two durations to the nanosecond: 0.1 + 0.2 is 0.3. */
export function addMs(a: number, b: number): number {
  return Math.round((a + b) * 1e6) / 1e6;
}

/**
 * As a model file says it, to the nanosecond: `writeDuration(90_000)` is `90s`,
 * `writeDuration(0.25)` is `250us`. Throws a RangeError for what no
 * nine digits hold, and below 0.
 */
export function writeDuration(ms: number): string {
  const us = Math.round(ms * 1e6) / 1000;
  const whole = ['d', 'h', 'm', 's', 'ms'].find(
    (unit) => us > 0 && us % (MS_PER_UNIT[unit]! * 1000) === 0 && isPreferred(unit, ms),
  );
  if (whole !== undefined) return written(ms / MS_PER_UNIT[whole]!, whole, PATTERN.duration);
  const [value, unit] = ms >= 1 ? [us / 1000, 'ms'] : ms > 0 ? [us, 'us'] : [ms, 's'];
  return written(value, unit, PATTERN.duration);
}

/** 90 s rather than 1.5 m, 60 s rather than 1 m; minutes from 2, hours from 1, days from 2. */
function isPreferred(unit: string, ms: number): boolean {
  if (unit === 'd') return ms >= 2 * MS_PER_UNIT['d']!;
  return unit !== 'm' || ms >= 2 * MS_PER_UNIT['m']!;
}

/** As a model file says it: `writeRate(150)` is `150/s`. Throws as `writeDuration` does. */
export function writeRate(perSecond: number): string {
  return written(perSecond, '/s', PATTERN.rate);
}

/** As a model file says it: `writePercent(0.001)` is `0.1%`. Throws as `writeDuration` does. */
export function writePercent(ratio: number): string {
  return written(ratio * 100, '%', PATTERN.percent);
}

/** As a model file says it: `writePrice(0.096)` is `$0.096/h`. Throws as `writeDuration` does. */
export function writePrice(dollarsPerHour: number): string {
  return `$${written(dollarsPerHour, '/h', /^[\d.]+\/h$/)}`;
}

function written(value: number, unit: string, pattern: RegExp): string {
  const digits = value.toFixed(9).replace(/\.?0+$/, '');
  const text = `${digits}${unit}`;
  if (!pattern.test(text)) throw new RangeError(`no way to write ${value} ${unit}`);
  return text;
}

/**
 * As a person says it: `formatDuration(90_000)` is `1 min 30 s`, `formatDuration(12.345)` is
 * `12.3 ms`; a dash where there is no finite number.
 */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 0) return `−${formatDuration(-ms)}`;
  if (ms < 999.5) return `${significant(ms)} ms`;
  if (ms < 59_950) return `${significant(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(' ');
}

/**
 * A moment since the start as a clock shows it, to the millisecond: `formatClock(642_000)` is
 * `10:42`, `formatClock(4_242_500)` is `1:10:42.5`; a dash where there is no finite number from 0 on.
 */
export function formatClock(ms: number): string {
  if (!(ms >= 0 && Number.isFinite(ms))) return '–';
  const whole = Math.round(ms);
  const two = (count: number) => String(count).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3_600_000), Math.floor(whole / 60_000) % 60];
  const rest = whole % 1000 === 0 ? '' : `.${String(whole % 1000).padStart(3, '0')}`;
  const seconds = two(Math.floor(whole / 1000) % 60) + rest.replace(/0+$/, '');
  return hours > 0 ? `${hours}:${two(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/** `formatRate(150)` is `150/s`; a dash where there is no finite number. */
export function formatRate(perSecond: number): string {
  return Number.isFinite(perSecond) ? `${significant(perSecond)}/s` : '–';
}

/** `formatPercent(0.0123)` is `1.23 %`; a dash where there is no finite number. */
export function formatPercent(ratio: number): string {
  return Number.isFinite(ratio) ? `${significant(ratio * 100)} %` : '–';
}

/** `formatMoney(1.5)` is `$1.50`, below a dollar `$0.096`; a dash without a finite number. */
export function formatMoney(dollars: number): string {
  if (!Number.isFinite(dollars)) return '–';
  if (dollars < 0) return `−${formatMoney(-dollars)}`;
  return `$${dollars > 0 && dollars < 0.9995 ? dollars.toFixed(3) : dollars.toFixed(2)}`;
}

/** `formatCount(1234567)` is `1,234,567`, the same in every locale; a dash without a number. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return '–';
  return count.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Three significant digits, all digits from 100 on, no exponent: 0.0421 and 4.21 and 4213. */
export function significant(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95 || size === 0) return value.toFixed(0);
  if (size >= 9.995) return trimmed(value.toFixed(1));
  if (size >= 0.9995) return trimmed(value.toFixed(2));
  return trimmed(value.toFixed(size >= 0.09995 ? 3 : size >= 0.0005 ? 4 : 6));
}

/** 12.0 says no more than 12. */
function trimmed(digits: string): string {
  return digits.replace(/\.?0+$/, '');
}
