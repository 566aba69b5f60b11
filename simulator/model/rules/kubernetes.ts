import { formulaComplaints, formulaName } from '../keda/formula.ts';
import type { BehaviorDocument, ControllerDocument } from '../kubernetes/hpa-document.ts';
import { hpaBehaviorRules } from '../kubernetes/hpa-rules.ts';
import { behavior as behaviorSchema, controller as flagsSchema } from '../kubernetes/hpa-schema.ts';
import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseDuration, parsePercent } from '../units.ts';
import { asList, asMap, asNumber, named, read } from './look.ts';
import { readThreshold, unitRules } from './metric-unit.ts';

/** Targets are above 0 in the unit of their metric; the behaviour is one that Kubernetes takes. */
export function* hpaPolicyRules(settings: PlainMap, path: Path): Generator<Complaint> {
  for (const [index, entry] of asList(settings['metrics']).entries()) {
    const { metric, target } = asMap(entry);
    const at = [...path, 'metrics', index, 'target'];
    yield* targetRules(metric, target, at);
    const ratio = read(target, parsePercent);
    if (metric === 'utilization' && ratio !== undefined && !isWholePercent(ratio)) {
      const expected = 'whole per cent (Kubernetes: averageUtilization)';
      yield mismatch(at, expected, String(target));
    }
  }
  if (read(settings['request'], parsePercent) === 0) {
    yield mismatch([...path, 'request'], 'more than 0%', String(settings['request']));
  }
  yield* vendorRules(settings, path);
}

function isWholePercent(ratio: number): boolean {
  return Math.abs(ratio * 100 - Math.round(ratio * 100)) < 1e-9 && ratio >= 0.01;
}

function* targetRules(
  metric: Plain | undefined,
  target: Plain | undefined,
  path: Path,
): Generator<Complaint> {
  yield* unitRules(metric, target, path);
  if (readThreshold(target) === 0) yield mismatch(path, 'more than 0', String(target));
}

/** Kubernetes' own rules for what is written as it is written there. */
function* vendorRules({ behavior, controller }: PlainMap, path: Path): Generator<Complaint> {
  const rules = behaviorSchema.safeParse(behavior ?? {});
  const flags = flagsSchema.safeParse(controller ?? {});
  if (!rules.success || !flags.success) return;
  const document: { behavior: BehaviorDocument; controller: ControllerDocument } = {
    behavior: rules.data,
    controller: flags.data,
  };
  for (const complaint of hpaBehaviorRules({ maxReplicas: 1, ...document })) {
    yield { ...complaint, path: [...path, ...complaint.path] };
  }
}

/** KEDA polls; what it compares are sums, so that a percentage means nothing. */
export function* kedaRules(settings: PlainMap, path: Path): Generator<Complaint> {
  for (const [index, entry] of asList(settings['triggers']).entries()) {
    const { metric, target, activation } = asMap(entry);
    const at = [...path, 'triggers', index];
    if (metric === 'utilization' || metric === 'latency') {
      const expected =
        'a metric that can be summed (requests-per-instance, in-flight, queue-length)';
      yield mismatch([...at, 'metric'], expected, metric);
      continue;
    }
    yield* targetRules(metric, target, [...at, 'target']);
    yield* unitRules(metric, activation, [...at, 'activation']);
  }
  yield* modifierRules(settings, path);
  const polling = read(settings['polling'], parseDuration);
  if (polling !== undefined && polling < 1000) {
    const expected = 'at least 1s (KEDA: pollingInterval)';
    yield mismatch([...path, 'polling'], expected, String(settings['polling']));
  }
  yield* vendorRules(settings, path);
}

/** The formula is understood, and goes by metrics that are triggers, each once. */
function* modifierRules(settings: PlainMap, path: Path): Generator<Complaint> {
  const { behavior } = asMap(settings['fallback']);
  if (behavior === 'scaling-modifiers' && settings['scaling-modifiers'] === undefined) {
    const expected = 'scaling-modifiers with a formula such as queue_length ?? 5 (KEDA: fallback)';
    yield mismatch([...path, 'fallback', 'behavior'], expected, 'none');
  }
  const { formula } = asMap(settings['scaling-modifiers']);
  if (typeof formula !== 'string') return;
  const metrics = asList(settings['triggers']).map((entry) => asMap(entry)['metric']);
  for (const [index, metric] of metrics.entries()) {
    if (metrics.indexOf(metric) === index) continue;
    const at = [...path, 'triggers', index, 'metric'];
    yield mismatch(at, 'another metric: the formula goes by them', String(metric));
  }
  const names = metrics.map((metric) => formulaName(String(metric)));
  yield* formulaComplaints(formula, names, [...path, 'scaling-modifiers', 'formula']);
}

/** Kubernetes scales a group by itself, and only KEDA lets it go to zero. */
export function* groupRules(scaling: PlainMap, path: Path): Generator<Complaint> {
  const policies = asList(scaling['policies']).flatMap((policy) => named(policy)[0]?.[0] ?? []);
  const pods = policies.findIndex((name) => name === 'hpa' || name === 'keda');
  if (pods >= 0 && policies.length > 1) {
    const other = policies.find((_, index) => index !== pods);
    const expected = `${policies[pods]} alone: two controllers would fight over one size`;
    yield mismatch([...path, 'policies', pods], expected, `${other} beside it`);
  }
  const min = asNumber(scaling['min']);
  if (min === 0 && !policies.includes('keda')) {
    yield mismatch([...path, 'min'], 'at least 1, or a `keda` policy (KEDA scales to zero)', '0');
  }
  const keda = asMap(asMap(asList(scaling['policies'])[pods])['keda']);
  const idle = asNumber(keda['idle']);
  if (idle !== undefined && min !== undefined && idle >= min) {
    const expected = `less than min (${min}) (KEDA: idleReplicaCount)`;
    yield mismatch([...path, 'policies', pods, 'keda', 'idle'], expected, String(idle));
  }
}
