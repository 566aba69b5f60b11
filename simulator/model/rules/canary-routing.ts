/** What a canary may say with a router in front of it, and what only with one. */
import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration } from '../units.ts';
import { asList, asMap, read } from './look.ts';

/** Source: argo-rollouts `pkg/apis/rollouts/validation/validation.go` and `utils/defaults`. */
export function* canaryRoutingRules(canary: PlainMap, path: Path): Generator<Complaint> {
  if (canary['routing'] === undefined) {
    yield* scaleRules(canary, path);
    return;
  }
  const routing = asMap(canary['routing']);
  const at = [...path, 'routing'];
  if (canary['surge'] !== undefined) {
    yield superfluous([...path, 'surge'], '"surge" does nothing with routing', 'maxSurge');
  }
  if (routing['dynamic-stable-scale'] === true && routing['scale-down-delay'] !== undefined) {
    const message = '"scale-down-delay" does not go with dynamic-stable-scale';
    yield superfluous([...at, 'scale-down-delay'], message, 'scaleDownDelaySeconds');
  }
  yield* abortRules(routing['abort-scale-down-delay'], [...at, 'abort-scale-down-delay']);
}

function* scaleRules({ steps }: PlainMap, path: Path): Generator<Complaint> {
  for (const [index, step] of asList(steps).entries()) {
    if (asMap(step)['scale'] === undefined) continue;
    const at = [...path, 'steps', index, 'scale'];
    yield superfluous(at, '"scale" needs routing', 'setCanaryScale');
  }
}

/** With 0 the canary stays for good, and such a roll-out never ends. */
function* abortRules(delay: Plain | undefined, path: Path): Generator<Complaint> {
  if (read(delay, parseDuration) !== 0) return;
  const expected = 'above 0s (Argo Rollouts: with 0 an aborted canary stays for good)';
  yield mismatch(path, expected, String(delay));
}

function superfluous(path: Path, words: string, vendorKey: string): Complaint {
  const message = `${words} (Argo Rollouts: ${vendorKey})`;
  return mismatch(path, 'none', 'one', { about: 'key', message });
}
