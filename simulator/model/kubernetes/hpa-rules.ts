/**
 * What Kubernetes refuses in a HorizontalPodAutoscaler whose shape is right. Source: kubernetes
 * `pkg/apis/autoscaling/validation/validation.go`.
 */
import { type Complaint, mismatch, type Path } from '../problem.ts';
import {
  type HpaDocument,
  type MetricDocument,
  type PolicyDocument,
  type ScalingRulesDocument,
  type SpecDocument,
  specOf,
  type TargetDocument,
} from './hpa-document.ts';
import { milliOf, type Quantity } from './quantity.ts';

const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;
const MAX_INT32 = 2_147_483_647;

/**
 * What is wrong with a document, with Kubernetes' limits; paths start in the document.
 * Example: `stabilizationWindowSeconds: 7200` → `expected at most 3600 s (Kubernetes:
 * stabilizationWindowSeconds), found 7200`.
 */
export function hpaRules(document: HpaDocument): Complaint[] {
  const { spec, path } = specOf(document);
  const isZeroOpen = document.controller?.featureGates?.HPAScaleToZero ?? false;
  const { metrics = [] } = spec;
  return [
    ...replicaRules(spec, isZeroOpen, path),
    ...zeroRules(spec, path),
    ...metrics.flatMap((metric, index) => metricRules(metric, [...path, 'metrics', index])),
    ...behaviorRules(document),
  ];
}

/**
 * The part of `hpaRules` that concerns stabilisation, policies and the range of sizes.
 * Example: `maxReplicas: 2` with `minReplicas: 3` → one complaint.
 */
export function hpaBehaviorRules(document: HpaDocument): Complaint[] {
  const { spec, path } = specOf(document);
  const isZeroOpen = document.controller?.featureGates?.HPAScaleToZero ?? false;
  return [...replicaRules(spec, isZeroOpen, path), ...behaviorRules(document)];
}

function behaviorRules(document: HpaDocument): Complaint[] {
  const { spec, path } = specOf(document);
  const { scaleUp, scaleDown } = spec.behavior ?? {};
  return [
    ...scalingRules(scaleUp, [...path, 'behavior', 'scaleUp']),
    ...scalingRules(scaleDown, [...path, 'behavior', 'scaleDown']),
  ];
}

function* replicaRules(
  { minReplicas, maxReplicas }: SpecDocument,
  isZeroOpen: boolean,
  path: Path,
): Generator<Complaint> {
  const least = isZeroOpen ? 0 : 1;
  const gate = isZeroOpen ? '' : '; 0 with the feature gate HPAScaleToZero only';
  const at = [...path, 'minReplicas'];
  yield* within(minReplicas, least, MAX_INT32, `(Kubernetes: minReplicas${gate})`, at);
  const most = [...path, 'maxReplicas'];
  yield* within(maxReplicas, 1, MAX_INT32, '(Kubernetes: maxReplicas)', most);
  if (maxReplicas < (minReplicas ?? 1) && maxReplicas >= 1) {
    const expected = `at least minReplicas, ${minReplicas} (Kubernetes: maxReplicas)`;
    yield mismatch(most, expected, String(maxReplicas), { against: [at] });
  }
}

function* zeroRules({ minReplicas, metrics = [] }: SpecDocument, path: Path): Generator<Complaint> {
  const hasValue = metrics.some(({ type }) => type === 'Object' || type === 'External');
  if (minReplicas !== 0 || hasValue) return;
  const expected = 'an Object or External metric beside minReplicas 0 (Kubernetes: scale to zero)';
  yield mismatch([...path, 'minReplicas'], expected, 'none');
}

function* scalingRules(rules: ScalingRulesDocument | undefined, path: Path): Generator<Complaint> {
  if (rules === undefined) return;
  const { stabilizationWindowSeconds: seconds, policies, tolerance } = rules;
  const window = 'stabilizationWindowSeconds';
  yield* within(seconds, 0, MAX_WINDOW_SECONDS, `s (Kubernetes: ${window})`, [...path, window]);
  if (policies?.length === 0) {
    const expected = 'a policy or more (Kubernetes: policies; leave them out for the defaults)';
    yield mismatch([...path, 'policies'], expected, 'an empty list');
  }
  for (const [index, policy] of (policies ?? []).entries()) {
    yield* policyRules(policy, [...path, 'policies', index]);
  }
  if (tolerance !== undefined && (milliOf(tolerance) ?? 0n) < 0n) {
    const expected = '0 or more (Kubernetes: tolerance)';
    yield mismatch([...path, 'tolerance'], expected, String(tolerance));
  }
}

function* policyRules({ value, periodSeconds }: PolicyDocument, path: Path): Generator<Complaint> {
  yield* within(value, 1, MAX_INT32, '(Kubernetes: policies value)', [...path, 'value']);
  const at = [...path, 'periodSeconds'];
  yield* within(periodSeconds, 1, MAX_PERIOD_SECONDS, 's (Kubernetes: periodSeconds)', at);
}

function* within(
  value: number | undefined,
  least: number,
  most: number,
  what: string,
  path: Path,
): Generator<Complaint> {
  if (value === undefined) return;
  if (value < least) yield mismatch(path, `at least ${least} ${what}`, String(value));
  if (value > most) yield mismatch(path, `at most ${most} ${what}`, String(value));
}

function metricRules(metric: MetricDocument, path: Path): Complaint[] {
  switch (metric.type) {
    case 'Resource':
      return [...podTargetRules(metric.resource.target, [...path, 'resource', 'target'])];
    case 'ContainerResource': {
      const { target } = metric.containerResource;
      return [...podTargetRules(target, [...path, 'containerResource', 'target'])];
    }
    case 'Pods':
      return [...averageRules(metric.pods.target, [...path, 'pods', 'target'])];
    case 'Object':
      return [...valueRules(metric.object.target, false, [...path, 'object', 'target'])];
    case 'External':
      return [...valueRules(metric.external.target, true, [...path, 'external', 'target'])];
    default:
      throw new Error(`unknown metric ${metric satisfies never}`);
  }
}

/** Of pods' resources: either the one or the other. */
function* podTargetRules(target: TargetDocument, path: Path): Generator<Complaint> {
  yield* positiveRules(target, path);
  yield* oneOf(target, ['averageUtilization', 'averageValue'], path);
}

function* averageRules(target: TargetDocument, path: Path): Generator<Complaint> {
  yield* positiveRules(target, path);
  if (target.averageValue === undefined) {
    yield mismatch(path, 'an averageValue (Kubernetes: Pods metrics)', 'none', { about: 'key' });
  }
}

/** An Object's target may have both: its `type` says which one counts. */
function* valueRules(target: TargetDocument, isOne: boolean, path: Path): Generator<Complaint> {
  yield* positiveRules(target, path);
  const { value, averageValue } = target;
  if (isOne || (value === undefined && averageValue === undefined)) {
    yield* oneOf(target, ['value', 'averageValue'], path);
  }
}

type TargetKey = 'value' | 'averageValue' | 'averageUtilization';

function* oneOf(
  target: TargetDocument,
  keys: readonly [TargetKey, TargetKey],
  path: Path,
): Generator<Complaint> {
  const [first, second] = keys;
  const there = keys.filter((key) => target[key] !== undefined);
  if (there.length === 1) return;
  const found = there.length === 0 ? 'neither' : 'both';
  const expected = `either ${first} or ${second} (Kubernetes: target)`;
  yield mismatch(path, expected, found, { about: 'key' });
}

function* positiveRules(target: TargetDocument, path: Path): Generator<Complaint> {
  const { averageUtilization: percent } = target;
  const at = [...path, 'averageUtilization'];
  yield* within(percent, 1, MAX_INT32, '% (Kubernetes: target averageUtilization)', at);
  for (const key of ['value', 'averageValue'] as const) {
    if (isPositive(target[key])) continue;
    yield mismatch([...path, key], `more than 0 (Kubernetes: target ${key})`, String(target[key]));
  }
}

function isPositive(quantity: Quantity | undefined): boolean {
  return quantity === undefined || (milliOf(quantity) ?? 0n) > 0n;
}
