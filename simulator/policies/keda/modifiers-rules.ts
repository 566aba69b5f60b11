/**
 * What `scalingModifiers` may not say. Source: KEDA `apis/keda/v1alpha1/scaledobject_webhook.go`
 * (ValidateAndCompileScalingModifiers), `pkg/scaling/modifiers/formula.go`.
 */
import { formulaComplaints } from '../../model/keda/formula.ts';
import { type Complaint, mismatch, type Path, quoted } from '../../model/problem.ts';
import type { ModifiersManifest, ScaledObjectSpec } from './manifest.ts';
import { isResource, parseDecimal } from './trigger-types.ts';

/** Example: a formula without a target → one complaint, at the modifiers. */
export function modifiersComplaints(spec: ScaledObjectSpec, base: Path): Complaint[] {
  const modifiers = spec.advanced?.scalingModifiers;
  if (modifiers === undefined) return [];
  const path = [...base, 'advanced', 'scalingModifiers'];
  return [
    ...formulaOf(spec, modifiers, path),
    ...targetComplaints(modifiers, path),
    ...nameComplaints(spec, base),
  ];
}

function formulaOf(
  { triggers }: ScaledObjectSpec,
  { formula = '' }: ModifiersManifest,
  path: Path,
): Complaint[] {
  if (formula === '') return [mismatch(path, 'formula (KEDA: it is mandatory)', 'none')];
  const names = triggers.flatMap((trigger) => (isResource(trigger) ? [] : (trigger.name ?? [])));
  return formulaComplaints(formula, names, [...path, 'formula']);
}

function targetComplaints(modifiers: ModifiersManifest, path: Path): Complaint[] {
  const { target, activationTarget, metricType } = modifiers;
  const complaints: Complaint[] = [];
  if (target === undefined) {
    complaints.push(mismatch(path, 'target (KEDA: it goes with a formula)', 'none'));
  } else if (!(parseDecimal(target) > 0)) {
    const expected = 'a number above 0 such as "5"';
    complaints.push(mismatch([...path, 'target'], expected, quoted(target)));
  }
  if (activationTarget !== undefined && Number.isNaN(parseDecimal(activationTarget))) {
    const at = [...path, 'activationTarget'];
    complaints.push(mismatch(at, 'a number such as "5"', quoted(activationTarget)));
  }
  if (metricType === 'Utilization') {
    const expected = 'AverageValue or Value (KEDA: scalingModifiers)';
    complaints.push(mismatch([...path, 'metricType'], expected, '"Utilization"'));
  }
  return complaints;
}

/** Each trigger needs a name, whether the formula uses it or not. */
function nameComplaints({ triggers }: ScaledObjectSpec, base: Path): Complaint[] {
  return triggers.flatMap((trigger, index) => {
    if (isResource(trigger) || trigger.name !== undefined) return [];
    return [mismatch([...base, 'triggers', index], 'name (KEDA: formulas go by it)', 'none')];
  });
}
