/** Times in a format of strftime, written and read back. Source: POSIX, strftime(). */
import {
  clfOf,
  epochOf,
  epochSeconds,
  isoOf,
  type Moment,
  monthOf,
  zoneMinutes,
} from '../text/stamps.ts';

/** What a directive looks like, which part of the moment it is, and how it is written in UTC. */
const DIRECTIVES: Readonly<Record<string, readonly [string, string, (atNs: bigint) => string]>> = {
  Y: ['\\d{4}', 'year', (atNs) => isoOf(atNs).slice(0, 4)],
  m: ['\\d\\d', 'month', (atNs) => isoOf(atNs).slice(5, 7)],
  b: ['[A-Z][a-z]{2}', 'monthName', (atNs) => clfOf(atNs).slice(3, 6)],
  h: ['[A-Z][a-z]{2}', 'monthName', (atNs) => clfOf(atNs).slice(3, 6)],
  d: ['\\d\\d', 'day', (atNs) => isoOf(atNs).slice(8, 10)],
  e: ['[ \\d]\\d', 'day', (atNs) => isoOf(atNs).slice(8, 10).replace(/^0/, ' ')],
  H: ['\\d\\d', 'hour', (atNs) => isoOf(atNs).slice(11, 13)],
  M: ['\\d\\d', 'minute', (atNs) => isoOf(atNs).slice(14, 16)],
  S: ['\\d\\d', 'second', (atNs) => isoOf(atNs).slice(17, 19)],
  z: ['[+-]\\d{4}', 'zone', () => '+0000'],
  s: ['\\d{1,12}', 'epoch', (atNs) => epochOf(atNs, 0, 0)],
};
const SHORT: Readonly<Record<string, string>> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
};

interface Strftime {
  readonly parse: (text: string) => Moment | undefined;
  /** In UTC. */
  readonly stamp: (atNs: bigint) => string;
  /** Whether it says all of a moment, and not the zone alone, for example. */
  readonly isWhole: boolean;
}

/** Undefined where there is a directive that cannot be read back. Without `%z` times are UTC. */
export function compileStrftime(format: string): Strftime | undefined {
  const long = format.replace(/%([FTR])/g, (_, letter: string) => SHORT[letter]!);
  const names = new Set<string>();
  let source = '';
  for (const [whole, letter] of long.matchAll(/%(.)|[^%]+|%$/gs)) {
    const directive = letter === undefined ? undefined : DIRECTIVES[letter];
    if (letter === undefined) source += escaped(whole);
    else if (letter === '%') source += '%';
    else if (directive === undefined || names.has(directive[1])) return undefined;
    else {
      names.add(directive[1]);
      source += `(?<${directive[1]}>${directive[0]})`;
    }
  }
  const pattern = new RegExp(`^${source}$`);
  const isMonth = names.has('month') || names.has('monthName');
  const isWhole =
    names.has('epoch') ||
    (isMonth && ['year', 'day', 'hour', 'minute', 'second'].every((name) => names.has(name)));
  return {
    isWhole,
    parse: (text) => momentOf(pattern.exec(text)?.groups),
    stamp: (atNs) => long.replace(/%(.)/g, (_, letter) => DIRECTIVES[letter]?.[2](atNs) ?? '%'),
  };
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function momentOf(parts: Readonly<Record<string, string>> | undefined): Moment | undefined {
  if (parts === undefined) return undefined;
  const number = (name: string) => Number(parts[name] ?? '0');
  if (parts['epoch'] !== undefined) return { second: number('epoch'), nanos: 0 };
  const second = epochSeconds({
    year: number('year'),
    month: parts['monthName'] === undefined ? number('month') : monthOf(parts['monthName']),
    day: number('day'),
    hour: number('hour'),
    minute: number('minute'),
    second: number('second'),
    offsetMinutes: zoneMinutes(parts['zone']),
  });
  return second === undefined ? undefined : { second, nanos: 0 };
}
