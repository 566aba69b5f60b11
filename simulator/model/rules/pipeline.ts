import type { PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration, parsePercent } from '../units.ts';
import { read } from './look.ts';

/** What scrapes is scraped at intervals, and a rate needs two samples. */
export function* pipelineRules(metrics: PlainMap, path: Path): Generator<Complaint> {
  const { source, missing } = metrics;
  const isByPeriod = source === 'direct' || source === 'cloudwatch';
  for (const key of ['scrape', 'phase', 'window']) {
    if (!isByPeriod || metrics[key] === undefined) continue;
    const expected = `no \`${key}\`: ${source} has a value at the end of each period`;
    yield mismatch([...path, key], expected, String(metrics[key]), { about: 'key' });
  }
  if (source === 'direct' && metrics['delay'] !== undefined) {
    const expected = 'no `delay`: direct has none';
    yield mismatch([...path, 'delay'], expected, String(metrics['delay']), { about: 'key' });
  }
  if ((read(missing, parsePercent) ?? 0) >= 1) {
    yield mismatch([...path, 'missing'], 'less than 100%', String(missing));
  }
  yield* intervalRules(metrics, path);
}

/** Prometheus: `rate()` over a window that holds fewer than two samples has no value. */
function* intervalRules(metrics: PlainMap, path: Path): Generator<Complaint> {
  const scrapeMs = read(metrics['scrape'], parseDuration) ?? 15_000;
  const windowMs = read(metrics['window'], parseDuration);
  const phaseMs = read(metrics['phase'], parseDuration);
  if (scrapeMs < 1000) {
    yield mismatch([...path, 'scrape'], 'at least 1s', String(metrics['scrape']));
  }
  if (windowMs !== undefined && windowMs < 2 * scrapeMs) {
    const expected = `at least two scrapes (${(2 * scrapeMs) / 1000}s): a rate needs two samples`;
    const against = [[...path, 'scrape']];
    yield mismatch([...path, 'window'], expected, String(metrics['window']), { against });
  }
  if (phaseMs !== undefined && phaseMs >= scrapeMs) {
    const expected = `less than the time between scrapes (${scrapeMs / 1000}s)`;
    yield mismatch([...path, 'phase'], expected, String(metrics['phase']));
  }
}
