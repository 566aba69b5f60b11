/** What a ScaledObject may not say. Source: KEDA `apis/keda/v1alpha1/scaledobject_types.go`. */
import { type Complaint, mismatch, type Path, quoted, unknown } from '../../model/problem.ts';
import { type Manifest, partsOf, type ScaledObjectSpec, type TriggerManifest } from './manifest.ts';
import { modifiersComplaints } from './modifiers-rules.ts';
import { PAUSED_REPLICAS } from './scaled-object.ts';
import { isResource, parseDecimal, TRIGGER_TYPES } from './trigger-types.ts';

/**
 * Everything that is wrong with a manifest of the right shape; paths start in it.
 * Example: minReplicaCount 5 and maxReplicaCount 3 → one complaint, at minReplicaCount.
 */
export function scaledObjectComplaints(manifest: Manifest<ScaledObjectSpec>): Complaint[] {
  const { spec, annotations, isWhole } = partsOf(manifest);
  const base: Path = isWhole ? ['spec'] : [];
  const paused = annotations[PAUSED_REPLICAS];
  return [
    ...boundComplaints(spec, base),
    ...fallbackComplaints(spec, base),
    ...triggersComplaints(spec.triggers, [...base, 'triggers']),
    ...modifiersComplaints(spec, base),
    ...(paused === undefined || /^\d{1,9}$/.test(paused)
      ? []
      : [
          mismatch(
            ['metadata', 'annotations', PAUSED_REPLICAS],
            'a number of replicas such as "4"',
            quoted(paused),
          ),
        ]),
  ];
}

function boundComplaints(spec: ScaledObjectSpec, base: Path): Complaint[] {
  const { idleReplicaCount: idle, minReplicaCount: min, maxReplicaCount: max = 100 } = spec;
  const complaints: Complaint[] = [];
  // KEDA counts a minimum of 0 as 1 here, because the HPA's is.
  const least = min === undefined ? 0 : Math.max(1, min);
  if (least > max) {
    const expected = `at most maxReplicaCount ${max} (KEDA: minReplicaCount)`;
    const at = min === undefined ? 'maxReplicaCount' : 'minReplicaCount';
    complaints.push(mismatch([...base, at], expected, String(least)));
  }
  if (idle !== undefined && idle > 0) {
    const expected = '0 (KEDA: idleReplicaCount, the only value that works with the HPA)';
    complaints.push(mismatch([...base, 'idleReplicaCount'], expected, String(idle)));
  } else if (idle !== undefined && idle >= least) {
    const expected = 'a minReplicaCount above idleReplicaCount (KEDA: idleReplicaCount)';
    complaints.push(mismatch([...base, 'idleReplicaCount'], expected, `${least} for it`));
  }
  return complaints;
}

function fallbackComplaints(spec: ScaledObjectSpec, base: Path): Complaint[] {
  const isByFormula = spec.fallback?.behavior === 'scalingModifiers';
  if (isByFormula && spec.advanced?.scalingModifiers === undefined) {
    const expected = 'scalingModifiers with a formula such as queue ?? 5 (KEDA: fallback.behavior)';
    return [mismatch([...base, 'fallback', 'behavior'], expected, 'none')];
  }
  if (spec.fallback === undefined || spec.triggers.some((trigger) => !isResource(trigger))) {
    return [];
  }
  const expected = 'a trigger other than cpu and memory (KEDA: fallback)';
  return [mismatch([...base, 'fallback'], expected, 'none')];
}

/** What is wrong with a list of triggers; for ScaledJobs, too. */
export function triggersComplaints(triggers: readonly TriggerManifest[], base: Path): Complaint[] {
  const names = triggers.map(({ name }) => name);
  return triggers.flatMap((trigger, index) => {
    const path = [...base, index];
    const { name } = trigger;
    const isTwice = name !== undefined && names.indexOf(name) < index;
    return [
      ...(isTwice ? [mismatch([...path, 'name'], 'a name of its own', quoted(name))] : []),
      ...triggerComplaints(trigger, path),
    ];
  });
}

function triggerComplaints(trigger: TriggerManifest, path: Path): Complaint[] {
  const type = TRIGGER_TYPES[trigger.type];
  if (type === undefined) {
    return [unknown('trigger type', [...path, 'type'], trigger.type, Object.keys(TRIGGER_TYPES))];
  }
  const complaints = [...metricTypeComplaints(trigger, path)];
  const target = trigger.metadata[type.target];
  const at = [...path, 'metadata'];
  if (target === undefined && type.targetDefault === undefined) {
    const expected = `${type.target} (KEDA: ${trigger.type})`;
    complaints.push(mismatch(at, expected, 'none'));
  } else if (target !== undefined && !(parseDecimal(target) > 0)) {
    const expected = 'a number above 0 such as "5"';
    complaints.push(mismatch([...at, type.target], expected, quoted(target)));
  }
  const activation = trigger.metadata[type.activation];
  if (activation !== undefined && Number.isNaN(parseDecimal(activation))) {
    const expected = 'a number such as "5"';
    complaints.push(mismatch([...at, type.activation], expected, quoted(activation)));
  }
  for (const key of ['scaleOnInFlight', 'scaleOnDelayed']) {
    const flag = trigger.metadata[key] ?? 'true';
    if (flag === 'true' || flag === 'false') continue;
    complaints.push(mismatch([...at, key], '"true" or "false"', quoted(flag)));
  }
  return complaints;
}

function metricTypeComplaints(trigger: TriggerManifest, path: Path): Complaint[] {
  const { metricType, type } = trigger;
  const at = [...path, 'metricType'];
  if (isResource(trigger)) {
    if (trigger.useCachedMetrics) {
      const expected = 'no useCachedMetrics (KEDA: cpu and memory are not read by KEDA)';
      return [mismatch([...path, 'useCachedMetrics'], expected, 'true')];
    }
    if (metricType !== 'Value') return [];
    return [mismatch(at, `Utilization or AverageValue (KEDA: ${type})`, '"Value"')];
  }
  if (metricType !== 'Utilization') return [];
  return [mismatch(at, `AverageValue or Value (KEDA: ${type})`, '"Utilization"')];
}
