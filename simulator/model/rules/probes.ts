import type { PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration } from '../units.ts';
import { asMap, asNumber, read } from './look.ts';

/** What Kubernetes takes as probes of a container. */
export function* probeRules(on: PlainMap, path: Path): Generator<Complaint> {
  for (const kind of ['startup', 'readiness', 'liveness'] as const) {
    const probe = asMap(on[kind]);
    yield* leastRule(probe, 'period', 'periodSeconds', [...path, kind]);
    if (kind === 'readiness') continue;
    yield* leastRule(probe, 'timeout', 'timeoutSeconds', [...path, kind]);
    yield* leastRule(probe, 'grace', 'terminationGracePeriodSeconds', [...path, kind]);
    const successes = asNumber(probe['successes']);
    if (successes === undefined || successes === 1) continue;
    const expected = `1 (Kubernetes: successThreshold of a ${kind} probe)`;
    yield mismatch([...path, kind, 'successes'], expected, String(successes));
  }
}

function* leastRule(probe: PlainMap, key: string, field: string, path: Path): Generator<Complaint> {
  const value = probe[key];
  const ms = read(value, parseDuration);
  if (ms === undefined || ms >= 1000) return;
  yield mismatch([...path, key], `at least 1s (Kubernetes: ${field})`, String(value));
}
