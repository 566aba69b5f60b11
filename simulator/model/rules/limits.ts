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
