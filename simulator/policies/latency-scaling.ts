/**
 * Scaling on a quantile of the latency. Latency does not divide among instances as load does: far
 * below saturation it does not move, near it it explodes. So a group grows by a bounded share of
 * itself and shrinks one step at a time, after a long calm. Source: no vendor's formula; the shape
 * is that of step scaling (EC2 Auto Scaling user guide, "Step and simple scaling policies") with
 * the thresholds apart, so that a scale-in does not undo itself.
 */
import type { Complaint } from '../model/problem.ts';
import { mismatch } from '../model/problem.ts';
import { formatDuration } from '../model/units.ts';
import {
  type Bounds,
  boundsComplaints,
  listen,
  NO_STREAKS,
  type Patience,
  patienceComplaints,
  type Streaks,
  within,
} from './hysteresis.ts';

export interface LatencyScalingSettings extends Bounds, Patience {
  /** Such as 0.99. */
  readonly quantile: number;
  readonly targetMs: number;
  /** Most that one step adds, as a share of the instances in service; 1 doubles them. */
  readonly maxOutRatio: number;
  /** Instances that one step takes away. */
  readonly inStep: number;
}

export interface LatencyScalingObservation {
  /** Desired capacity in force. */
  readonly desired: number;
  /** Instances past their warm-up. */
  readonly inService: number;
  /** The quantile over the period that has ended; absent without a request. */
  readonly latencyMs: number | undefined;
}

export interface LatencyScalingDecision {
  readonly desired: number;
  readonly reason: string;
  readonly state: Streaks;
}

/**
 * Above the target the group grows as the latency exceeds it, by at most `maxOutRatio` and by one
 * instance at least; what boots counts as added already. Far below it, it shrinks by `inStep`.
 * Example: p99 of 600 ms, target 400 ms, 4 in service, out after 1 → 6.
 */
export function decideLatencyScaling(
  settings: LatencyScalingSettings,
  { desired, inService, latencyMs }: LatencyScalingObservation,
  before: Streaks,
): LatencyScalingDecision {
  const { targetMs, maxOutRatio, inStep } = settings;
  const { call, streaks } = listen(settings, targetMs, latencyMs, before);
  const stay = within(settings, desired).desired;
  const name = `latency-scaling: p${significantPercent(settings.quantile)}`;
  if (latencyMs === undefined) {
    return { desired: stay, reason: `${name} has no request to tell from`, state: streaks };
  }
  const seen = `${name} ${formatDuration(latencyMs)}, target ${formatDuration(targetMs)}`;
  if (call === 'hold') return { desired: stay, reason: `${seen}: ${stay} stay`, state: streaks };
  if (call === 'in' && inService < desired) {
    const reason = `${seen}: scale-in waits for ${desired - inService} on the way`;
    return { desired: stay, reason, state: streaks };
  }
  const factor = Math.min(latencyMs / targetMs, 1 + maxOutRatio);
  // The product may lie one ulp above a whole number: do not let it buy an instance.
  const grown = Math.max(inService + 1, Math.ceil(inService * factor - 1e-9));
  const wanted = call === 'out' ? Math.max(desired, grown) : desired - inStep;
  const { desired: allowed, note } = within(settings, wanted);
  const underWay = call === 'out' && inService < desired ? ', some already on the way' : '';
  const reason = `${seen}: ${desired} → ${wanted}${note}${underWay}`;
  return { desired: allowed, reason, state: NO_STREAKS };
}

/** 0.99 as `99`, 0.999 as `99.9`. */
function significantPercent(quantile: number): string {
  return String(Number((quantile * 100).toPrecision(12)));
}

/** What the settings may not say; paths start in them. */
export function latencyScalingComplaints(settings: LatencyScalingSettings): Complaint[] {
  const complaints = [...boundsComplaints(settings), ...patienceComplaints(settings)];
  const { quantile, maxOutRatio, inStep, targetMs } = settings;
  if (!(quantile > 0 && quantile < 1)) {
    complaints.push(mismatch(['quantile'], 'a quantile between 0 and 1', String(quantile)));
  }
  if (!(targetMs > 0)) complaints.push(mismatch(['targetMs'], 'above 0', String(targetMs)));
  if (!(maxOutRatio > 0)) {
    complaints.push(mismatch(['maxOutRatio'], 'above 0', String(maxOutRatio)));
  }
  if (!(Number.isInteger(inStep) && inStep >= 1)) {
    complaints.push(mismatch(['inStep'], 'a whole number from 1 on', String(inStep)));
  }
  return complaints;
}
