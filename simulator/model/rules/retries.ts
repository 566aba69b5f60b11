import type { PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration } from '../units.ts';
import { asMap, asNumber, read } from './look.ts';

/** gRPC clients make no more, whatever the service config says. */
const MOST_ATTEMPTS = 5;

/** What jitter and budgets say must be of use, and within what their vendors allow. */
export function* retryRules(retry: PlainMap, path: Path): Generator<Complaint> {
  const { attempts, backoff, factor, jitter, budget } = retry;
  const isDrawn = jitter !== undefined && jitter !== 'none';
  if (isDrawn && backoff === undefined) {
    yield mismatch([...path, 'jitter'], 'a `backoff` with it', 'none', { about: 'key' });
  }
  if (jitter === 'decorrelated' && factor !== undefined) {
    const against = [[...path, 'jitter']];
    const expected = 'no `factor` with decorrelated jitter, which goes by the pause before';
    yield mismatch([...path, 'factor'], expected, String(factor), { about: 'key', against });
  }
  const { 'grpc-throttle': throttle, 'per-request': perRequest, ttl } = asMap(budget);
  if (throttle !== undefined && (asNumber(attempts) ?? 0) > MOST_ATTEMPTS) {
    const expected = `at most ${MOST_ATTEMPTS} with a gRPC throttle (gRPC: maxAttempts)`;
    yield mismatch([...path, 'attempts'], expected, String(attempts));
  }
  const ttlMs = read(ttl, parseDuration);
  if (perRequest !== undefined && ttlMs !== undefined && (ttlMs < 1000 || ttlMs > 60_000)) {
    const expected = '1s to 60s (Finagle: RetryBudget ttl)';
    yield mismatch([...path, 'budget', 'ttl'], expected, String(ttl));
  }
}
