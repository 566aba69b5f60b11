import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration, parsePercent } from '../units.ts';
import { canaryRoutingRules } from './canary-routing.ts';
import { asList, asMap, asNumber, read } from './look.ts';
import { distributionRules } from './steps.ts';

const LONGEST_REFRESH_MS = 172_800_000;
const LEAST_FLAGGER_MS = 10_000;

/** What roll-outs of a service may not say, with the vendors' limits. */
export function* rolloutRules(root: PlainMap, service: PlainMap, path: Path): Generator<Complaint> {
  const seen = new Map<number, number>();
  for (const [index, value] of asList(service['rollouts']).entries()) {
    const rollout = asMap(value);
    const at = [...path, 'rollouts', index];
    yield* momentRules(root, rollout, at);
    const atMs = read(rollout['at'], parseDuration);
    const twin = atMs === undefined ? undefined : seen.get(atMs);
    if (twin !== undefined) {
      const expected = `another moment than that of rollouts[${twin}]`;
      yield mismatch([...at, 'at'], expected, String(rollout['at']));
    }
    if (atMs !== undefined) seen.set(atMs, index);
    yield* versionRules(asMap(rollout['version']), [...at, 'version']);
    yield* strategyRules(asMap(rollout['strategy']), [...at, 'strategy']);
    if (rollout['gate'] !== undefined) yield* gateRules(rollout, at);
  }
}

function* momentRules(root: PlainMap, rollout: PlainMap, path: Path): Generator<Complaint> {
  const durationMs = read(root['duration'], parseDuration) ?? Number.POSITIVE_INFINITY;
  const atMs = read(rollout['at'], parseDuration);
  if (atMs === undefined || atMs < durationMs) return;
  const expected = `a moment before the end of the run at ${root['duration']}`;
  yield mismatch([...path, 'at'], expected, String(rollout['at']), { against: [['duration']] });
}

function* versionRules(version: PlainMap, path: Path): Generator<Complaint> {
  yield* atMost(version['errors'], 1, 'at most 100%', [...path, 'errors']);
  yield* distributionRules(version['boot'], [...path, 'boot']);
}

function* strategyRules(strategy: PlainMap, path: Path): Generator<Complaint> {
  yield* podRules(asMap(strategy['rolling']), [...path, 'rolling'], 'Kubernetes');
  yield* podRules(asMap(strategy['canary']), [...path, 'canary'], 'Argo Rollouts');
  yield* canaryRoutingRules(asMap(strategy['canary']), [...path, 'canary']);
  for (const [index, step] of asList(asMap(strategy['canary'])['steps']).entries()) {
    const at = [...path, 'canary', 'steps', index, 'weight'];
    yield* atMost(asMap(step)['weight'], 1, 'at most 100% (Argo Rollouts: setWeight)', at);
  }
  yield* refreshRules(asMap(strategy['instance-refresh']), [...path, 'instance-refresh']);
  yield* flaggerRules(asMap(strategy['flagger']), [...path, 'flagger']);
  yield* stageRules(asMap(strategy['groups']), [...path, 'groups']);
}

/** Source: kubernetes `pkg/apis/apps/validation/validation.go`, argo-rollouts' the same. */
function* podRules(limits: PlainMap, path: Path, vendor: string): Generator<Complaint> {
  const { surge, unavailable } = limits;
  if (isNone(surge) && isNone(unavailable)) {
    const expected = `surge or unavailable above 0 (${vendor}: both can not be zero)`;
    yield mismatch([...path, 'unavailable'], expected, `${surge} and ${unavailable}`);
  }
  const expected = `at most 100% (${vendor}: maxUnavailable)`;
  yield* atMost(unavailable, 1, expected, [...path, 'unavailable']);
  const minReadyMs = read(limits['min-ready'], parseDuration) ?? 0;
  const deadlineMs = read(limits['progress-deadline'], parseDuration) ?? 600_000;
  if (deadlineMs > minReadyMs) return;
  const more = `more than min-ready, ${limits['min-ready'] ?? '0s'} (${vendor})`;
  const found = String(limits['progress-deadline'] ?? '600s');
  const against = [[...path, 'min-ready']];
  yield mismatch([...path, 'progress-deadline'], more, found, { against });
}

function isNone(pods: Plain | undefined): boolean {
  return pods === 0 || pods === '0%';
}

/** Source: EC2 Auto Scaling API reference, RefreshPreferences. */
function* refreshRules(refresh: PlainMap, path: Path): Generator<Complaint> {
  const vendor = '(EC2 Auto Scaling)';
  const least = read(refresh['min-healthy'], parsePercent) ?? 0.9;
  const most = read(refresh['max-healthy'], parsePercent) ?? 1;
  const maxAt = [...path, 'max-healthy'];
  const maxFound = String(refresh['max-healthy']);
  yield* atMost(refresh['min-healthy'], 1, `from 0% to 100% ${vendor}`, [...path, 'min-healthy']);
  if (most < 1 || most > 2) yield mismatch(maxAt, `from 100% to 200% ${vendor}`, maxFound);
  else if (most - least > 1) {
    const expected = `at most 100 above min-healthy ${vendor}`;
    yield mismatch(maxAt, expected, maxFound, { against: [[...path, 'min-healthy']] });
  }
  yield* risingRules(asList(refresh['checkpoints']), [...path, 'checkpoints'], ` ${vendor}`);
  for (const key of ['checkpoint-delay', 'bake']) {
    const ms = read(refresh[key], parseDuration) ?? 0;
    if (ms <= LONGEST_REFRESH_MS) continue;
    yield mismatch([...path, key], `at most 48h ${vendor}`, String(refresh[key]));
  }
}

/** Source: flagger's CRD, and its scheduler, which looks no more often. */
function* flaggerRules(flagger: PlainMap, path: Path): Generator<Complaint> {
  const intervalMs = read(flagger['interval'], parseDuration);
  if (intervalMs !== undefined && intervalMs < LEAST_FLAGGER_MS) {
    yield mismatch([...path, 'interval'], 'at least 10s (Flagger)', String(flagger['interval']));
  }
  for (const key of ['step', 'max']) {
    const share = read(flagger[key], parsePercent);
    if (share === undefined || (share > 0 && share <= 1)) continue;
    const expected = 'above 0% and at most 100% (Flagger)';
    yield mismatch([...path, key], expected, String(flagger[key]));
  }
}

function* stageRules(groups: PlainMap, path: Path): Generator<Complaint> {
  yield* risingRules(asList(groups['stages']), [...path, 'stages'], '');
}

function* risingRules(shares: readonly Plain[], path: Path, by: string): Generator<Complaint> {
  let before = 0;
  for (const [index, value] of shares.entries()) {
    const share = read(value, parsePercent);
    if (share === undefined) continue;
    const at = [...path, index];
    if (share > 1) yield mismatch(at, `at most 100%${by}`, String(value));
    else if (share <= before) {
      yield mismatch(at, `above ${before * 100}%${by}`, String(value));
    }
    before = share;
  }
}

/** A gate looks at something, and only where the strategy asks it. */
function* gateRules({ strategy, gate }: PlainMap, path: Path): Generator<Complaint> {
  const at = [...path, 'gate'];
  const { errors, latency, confidence } = asMap(gate);
  if (errors === undefined && latency === undefined) {
    yield mismatch(at, '`errors` or `latency`', 'neither', { about: 'key' });
  }
  yield* atMost(errors, 1, 'at most 100%', [...at, 'errors']);
  const sure = read(confidence, parsePercent);
  if (sure !== undefined && (sure <= 0.5 || sure >= 1)) {
    const expected = 'above 50% and below 100%';
    yield mismatch([...at, 'confidence'], expected, String(confidence));
  }
  yield* askedRules(strategy, asMap(gate), at);
}

function* askedRules(
  strategy: Plain | undefined,
  gate: PlainMap,
  path: Path,
): Generator<Complaint> {
  const has = (name: string) => strategy === name || asMap(strategy)[name] !== undefined;
  const superfluous = (key: string, message: string) =>
    mismatch([...path, ...(key === '' ? [] : [key])], 'none', 'one', { about: 'key', message });
  if (has('rolling')) {
    yield superfluous(
      '',
      'a rolling update looks at no answers (Kubernetes): no gate sends it back',
    );
    return;
  }
  if (read(gate['every'], parseDuration) === 0) {
    yield mismatch([...path, 'every'], 'a duration above 0', String(gate['every']));
  }
  if (has('flagger') && gate['every'] !== undefined) {
    yield superfluous('every', '"every" does not go with flagger, which checks at its interval');
  }
  if (!has('canary') && gate['failures'] !== undefined && (asNumber(gate['failures']) ?? 1) > 0) {
    const why = '"failures" goes with a canary only (Argo Rollouts: failureLimit)';
    yield superfluous('failures', why);
  }
}

function* atMost(
  value: Plain | undefined,
  most: number,
  expected: string,
  path: Path,
): Generator<Complaint> {
  if ((read(value, parsePercent) ?? 0) > most) yield mismatch(path, expected, String(value));
}
