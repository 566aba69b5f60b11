/** Times in a format of strftime, read back. Source: POSIX, strftime(). */
import { epochSeconds, type Moment, monthOf, zoneMinutes } from '../text/stamps.ts';

/** What a directive looks like, and which part of the moment it is. */
const DIRECTIVES: Readonly<Record<string, readonly [string, string]>> = {
  Y: ['\\d{4}', 'year'],
  m: ['\\d\\d', 'month'],
  b: ['[A-Z][a-z]{2}', 'monthName'],
  h: ['[A-Z][a-z]{2}', 'monthName'],
  d: ['\\d\\d', 'day'],
  e: ['[ \\d]\\d', 'day'],
  H: ['\\d\\d', 'hour'],
  M: ['\\d\\d', 'minute'],
  S: ['\\d\\d', 'second'],
  z: ['[+-]\\d{4}', 'zone'],
  s: ['\\d{1,12}', 'epoch'],
};
const SHORT: Readonly<Record<string, string>> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
};

interface Strftime {
  readonly parse: (text: string) => Moment | undefined;
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
  return { isWhole, parse: (text) => momentOf(pattern.exec(text)?.groups) };
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
