import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration, parseRate } from '../units.ts';
import { asMap, asNumber, read } from './look.ts';

/** A rate limit lets something pass, and says one thing. */
export function* rateLimitRules(limit: Plain | undefined, path: Path): Generator<Complaint> {
  const rules = asMap(limit);
  for (const kind of ['token-bucket', 'gcra'] as const) {
    yield* aboveNothing(asMap(rules[kind])['rate'], [...path, kind, 'rate']);
  }
  for (const kind of ['fixed-window', 'sliding-window'] as const) {
    const { window } = asMap(rules[kind]);
    if (read(window, parseDuration) === 0) {
      yield mismatch([...path, kind, 'window'], 'a duration above 0', String(window));
    }
  }
  yield* nginxRules(asMap(rules['nginx']), [...path, 'nginx']);
  if (rules['kong'] !== undefined) yield* kongLimitRules(asMap(rules['kong']), [...path, 'kong']);
}

const KONG_UNITS = ['second', 'minute', 'hour', 'day'] as const;

/** At least one window, and no limit above that of a longer one (Kong). */
function* kongLimitRules(kong: PlainMap, path: Path): Generator<Complaint> {
  const limits = KONG_UNITS.flatMap((unit) => {
    const limit = asNumber(kong[unit]);
    return limit === undefined ? [] : [{ unit, limit }];
  });
  if (limits.length === 0) {
    yield mismatch(path, 'at least one of second, minute, hour and day (Kong)', 'none');
  }
  for (const [index, { unit, limit }] of limits.entries()) {
    const shorter = limits[index - 1];
    if (shorter === undefined || limit >= shorter.limit) continue;
    const expected = `at least the ${shorter.limit} of each ${shorter.unit} (Kong)`;
    const against = [[...path, shorter.unit]];
    yield mismatch([...path, unit], expected, String(limit), { against });
  }
}

function* aboveNothing(value: Plain | undefined, path: Path): Generator<Complaint> {
  if (read(value, parseRate) === 0) yield mismatch(path, 'a rate above 0', String(value));
}

function* nginxRules({ rate, burst, delay, nodelay }: PlainMap, path: Path): Generator<Complaint> {
  const perSecond = read(rate, parseRate);
  if (perSecond !== undefined && perSecond < 0.001) {
    yield mismatch([...path, 'rate'], 'at least 0.001/s (nginx: thousandths)', String(rate));
  }
  if (nodelay === true && delay !== undefined) {
    const against = [[...path, 'nodelay']];
    yield mismatch([...path, 'delay'], 'either `delay` or `nodelay`', 'both', { against });
  }
  const [most, atOnce] = [asNumber(burst) ?? 0, asNumber(delay) ?? 0];
  if (atOnce > most) {
    const expected = `at most the burst of ${most}`;
    yield mismatch([...path, 'delay'], expected, String(delay), { against: [[...path, 'burst']] });
  }
}
