/**
 * What `PutScalingPolicy` refuses in a step policy. Source: EC2 Auto Scaling user guide, "Step and
 * simple scaling policies", step adjustments; quotas page. Keys are AWS's own.
 */
import { type Complaint, mismatch } from '../../model/problem.ts';

export type AdjustmentType = 'ChangeInCapacity' | 'ExactCapacity' | 'PercentChangeInCapacity';

export interface StepInterval {
  readonly MetricIntervalLowerBound?: number | null | undefined;
  readonly MetricIntervalUpperBound?: number | null | undefined;
  readonly ScalingAdjustment: number;
}

export interface StepPolicy {
  readonly AdjustmentType: AdjustmentType;
  readonly StepAdjustments: readonly StepInterval[];
  readonly MinAdjustmentMagnitude?: number | undefined;
}

interface Range {
  readonly index: number;
  readonly lower: number;
  readonly upper: number;
}

const MOST_STEPS = 20;

/**
 * Complaints about a step policy; paths start at its keys; empty when AWS would take it.
 * Example: steps [0, 10) and [20, ∞) → "expected no gap between steps …, found 10 to 20".
 */
export function stepComplaints(policy: StepPolicy): Complaint[] {
  return [...countComplaints(policy), ...rangeComplaints(policy), ...changeComplaints(policy)];
}

function countComplaints({ StepAdjustments }: StepPolicy): Complaint[] {
  if (StepAdjustments.length <= MOST_STEPS) return [];
  const expected = `at most ${MOST_STEPS} (EC2 Auto Scaling: StepAdjustments)`;
  return [mismatch(['StepAdjustments'], expected, `${StepAdjustments.length}`)];
}

function rangeComplaints({ StepAdjustments }: StepPolicy): Complaint[] {
  const ranges = StepAdjustments.map((step, index) => ({
    index,
    lower: step.MetricIntervalLowerBound ?? Number.NEGATIVE_INFINITY,
    upper: step.MetricIntervalUpperBound ?? Number.POSITIVE_INFINITY,
  }));
  const empty = ranges.filter(
    ({ lower, upper }) =>
      lower >= upper || (lower === Number.NEGATIVE_INFINITY && upper === Number.POSITIVE_INFINITY),
  );
  if (empty.length > 0) return empty.map(emptyRange);
  const sorted = ranges.toSorted((a, b) => a.lower - b.lower);
  const neighbours = sorted.slice(1).flatMap((range, i) => neighbourComplaints(sorted[i]!, range));
  return [...neighbours, ...endComplaints(sorted)];
}

function emptyRange({ index, lower, upper }: Range): Complaint {
  const isOpen = lower === Number.NEGATIVE_INFINITY && upper === Number.POSITIVE_INFINITY;
  const expected = isOpen
    ? 'a lower or an upper bound (EC2 Auto Scaling: not both may be null)'
    : 'a lower bound below the upper one';
  const path = ['StepAdjustments', index];
  return mismatch(path, expected, isOpen ? 'neither' : `${lower} to ${upper}`);
}

function neighbourComplaints(before: Range, { index, lower }: Range): Complaint[] {
  const path = ['StepAdjustments', index];
  const rule = '(EC2 Auto Scaling: ranges must not overlap or have a gap)';
  if (lower < before.upper) {
    const found = `${shown(lower)} to ${shown(before.upper)} in two`;
    return [mismatch(path, `steps that do not overlap ${rule}`, found)];
  }
  if (lower === before.upper) return [];
  return [
    mismatch(path, `no gap between steps ${rule}`, `${shown(before.upper)} to ${shown(lower)}`),
  ];
}

function shown(bound: number): string {
  if (Number.isFinite(bound)) return String(bound);
  return bound < 0 ? 'minus infinity' : 'infinity';
}

function endComplaints(sorted: readonly Range[]): Complaint[] {
  const complaints: Complaint[] = [];
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first !== undefined && first.lower < 0 && Number.isFinite(first.lower)) {
    const path = ['StepAdjustments', first.index];
    const expected = 'a step without lower bound below a negative one (EC2 Auto Scaling)';
    complaints.push(mismatch(path, expected, `${first.lower} as the lowest`));
  }
  if (last !== undefined && last.upper > 0 && Number.isFinite(last.upper)) {
    const path = ['StepAdjustments', last.index];
    const expected = 'a step without upper bound above a positive one (EC2 Auto Scaling)';
    complaints.push(mismatch(path, expected, `${last.upper} as the highest`));
  }
  return complaints;
}

function changeComplaints(policy: StepPolicy): Complaint[] {
  const complaints: Complaint[] = [];
  const { AdjustmentType, MinAdjustmentMagnitude, StepAdjustments } = policy;
  if (MinAdjustmentMagnitude !== undefined && AdjustmentType !== 'PercentChangeInCapacity') {
    const expected = `no MinAdjustmentMagnitude with ${AdjustmentType} (for percentages only)`;
    complaints.push(mismatch(['MinAdjustmentMagnitude'], expected, `${MinAdjustmentMagnitude}`));
  }
  StepAdjustments.forEach(({ ScalingAdjustment }, index) => {
    if (AdjustmentType !== 'ExactCapacity' || ScalingAdjustment >= 0) return;
    const path = ['StepAdjustments', index, 'ScalingAdjustment'];
    complaints.push(
      mismatch(path, 'a capacity from 0 on with ExactCapacity', `${ScalingAdjustment}`),
    );
  });
  return complaints;
}
