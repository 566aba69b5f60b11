/**
 * AWS target tracking. Source: EC2 Auto Scaling user guide, "Target tracking scaling policies". The
 * two alarms that AWS makes for a policy (high: 3 datapoints above the target; low: 15 datapoints
 * below 90 % of it) and the proportional step are field knowledge, not documented; they are
 * settings.
 */
import type { AlarmSettings, TargetTrackingSettings } from '../../model/model.ts';
import { formatMetric } from '../metrics.ts';
import type { Proposal, ScalingObservation } from '../scaling.ts';

/** The high alarm, and the low one unless scale-in is switched off. */
export function targetTrackingAlarms(settings: TargetTrackingSettings): AlarmSettings[] {
  const { metric, target, periodMs, highPeriods, lowPeriods, lowRatio } = settings;
  const common = { metric, periodMs, missingData: 'missing' } as const;
  const high: AlarmSettings = {
    ...common,
    comparison: 'above',
    threshold: target,
    evaluationPeriods: highPeriods,
    datapointsToAlarm: highPeriods,
  };
  const low: AlarmSettings = {
    ...common,
    comparison: 'below',
    threshold: target * lowRatio,
    evaluationPeriods: lowPeriods,
    datapointsToAlarm: lowPeriods,
  };
  return settings.scaleIn ? [high, low] : [high];
}

/**
 * New capacity = ⌈capacity · metric / target⌉ in both directions, so that a fractional change adds
 * the instance on the way out and keeps it on the way in. Warming instances are in neither capacity
 * nor metric: they count as already asked for, and block a scale-in.
 * Example: 4 instances at 75 % with a target of 50 % → 6.
 */
export function targetTracking(
  settings: TargetTrackingSettings,
  direction: 'out' | 'in',
  value: number,
  observation: ScalingObservation,
): Proposal {
  const { metric, target } = settings;
  const seen =
    `target-tracking: ${metric} ${formatMetric(metric, value)}, target ` +
    formatMetric(metric, target);
  const underWay = observation.booting + observation.warming;
  const base = observation.desired - underWay;
  // The division may leave one ulp above a whole number: do not let it buy an instance.
  const wanted = Math.ceil((base * value) / target - 1e-9);
  if (direction === 'out') {
    const note = underWay > 0 ? `, ${underWay} already on the way` : '';
    const reason = `${seen}: ${base} → ${wanted}${note}`;
    return { desired: Math.max(observation.desired, wanted), reason };
  }
  if (underWay > 0) {
    return { desired: undefined, reason: `${seen}: scale-in waits for ${underWay} warming up` };
  }
  return { desired: Math.min(observation.desired, wanted), reason: `${seen}: ${base} → ${wanted}` };
}
