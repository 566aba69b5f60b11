/** One journey is one call for now: `GET /<endpoint>`. */
import http from 'k6/http';
import { errors, latency } from './metrics.ts';
import { timeoutMs } from './options.ts';
import type { Turn } from './turn.ts';

/** Sends the request and records what the client saw of it. A failure is data, not an exception. */
export function call(turn: Turn, headers: Readonly<Record<string, string>>): void {
  const { load, runId } = turn;
  const { status, timings } = http.get(load.url, {
    // Who records traffic can tell load from users by this mark.
    headers: { ...headers, 'x-plimsoll-run': runId },
    tags: { name: load.endpoint },
    timeout: timeoutMs(load),
    redirects: 0,
  });
  const isAnswered = status >= 200 && status < 400;
  errors.add(!isAnswered);
  if (isAnswered) latency.add(timings.blocked + timings.duration);
}
