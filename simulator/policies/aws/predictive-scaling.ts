/**
 * AWS predictive scaling. Source: EC2 Auto Scaling user guide, "Predictive scaling"; API reference,
 * PredictiveScalingConfiguration. It launches ahead of the hours that the forecast says, and never
 * scales in; with dynamic scaling the larger capacity counts (`combined-policies.ts`).
 *
 *     hour      9:00        10:00       11:00
 *     load      ████        ██████████  ██████
 *     capacity  4      ┌──── 10 (from 9:55 on with a buffer of 300 s)
 */
import { type Complaint, mismatch, type Path } from '../../model/problem.ts';
import type { PredictiveProposal } from './combined-policies.ts';
import { forecastLoad, HOUR_MS, type LoadForecast, type LoadHistory } from './load-forecast.ts';

export interface PredictiveRule {
  readonly mode: 'forecast-only' | 'forecast-and-scale';
  /** Load that one instance carries in an hour at the target utilisation. */
  readonly targetLoad: number;
  /** `SchedulingBufferTime`: how long before the hour instances are launched (AWS: 300 s). */
  readonly bufferMs: number;
  readonly maxBreach: 'honor-max-capacity' | 'increase-max-capacity';
  /** `MaxCapacityBuffer` in per cent of the predicted capacity; with increase-max-capacity only. */
  readonly maxBufferPercent: number | undefined;
}

export interface PredictiveObservation {
  readonly nowMs: number;
  readonly max: number;
  readonly history: LoadHistory;
}

export interface PredictiveDecision {
  readonly proposal: PredictiveProposal;
  /** Capacity in each hour of the forecast, unlimited; empty without one. */
  readonly capacities: readonly number[];
  readonly state: LoadForecast | null;
}

const REFRESH_MS = 6 * HOUR_MS;

/**
 * What the forecast asks for now: the larger of this hour's capacity and of that in force a buffer
 * from now. The forecast is made anew every six hours.
 * Example: 90 requests in the hour, 20 an instance → 5.
 */
export function predictiveScaling(
  rule: PredictiveRule,
  observation: PredictiveObservation,
  state: LoadForecast | null,
): PredictiveDecision {
  const { nowMs, history } = observation;
  const isDue = state === null || nowMs - state.madeAtMs >= REFRESH_MS;
  const forecast = isDue ? (forecastLoad(history, nowMs) ?? state) : state;
  if (forecast === null) return silent([], null, 'needs 24 h of history');
  const capacities = forecast.values.map((load) => capacityFor(load, rule.targetLoad));
  const hours = [nowMs, nowMs + rule.bufferMs].map((atMs) => capacities[hourOf(forecast, atMs)]);
  const predicted = hours.filter((one) => one !== undefined);
  if (predicted.length === 0) return silent(capacities, forecast, 'has no forecast of this hour');
  const desired = Math.max(...predicted);
  if (rule.mode === 'forecast-only') {
    return silent(capacities, forecast, `forecasts ${desired}, ForecastOnly`);
  }
  const max = effectiveMax(rule, observation.max, desired);
  const error =
    forecast.errorRatio === null ? 'unknown' : `${(forecast.errorRatio * 100).toFixed(1)} %`;
  const raised = max > observation.max ? `, max raised to ${max}` : '';
  const reason = `predictive-scaling: ${desired} by ${forecast.season}, error ${error}${raised}`;
  return {
    proposal: { type: 'predictive-scaling', desired, max, reason },
    capacities,
    state: forecast,
  };
}

function silent(
  capacities: readonly number[],
  state: LoadForecast | null,
  why: string,
): PredictiveDecision {
  const reason = `predictive-scaling: ${why}`;
  const proposal = { desired: undefined, max: undefined, reason } as const;
  return { proposal: { type: 'predictive-scaling', ...proposal }, capacities, state };
}

function hourOf(forecast: LoadForecast, atMs: number): number {
  return Math.floor((atMs - forecast.firstHourMs) / HOUR_MS);
}

function capacityFor(load: number, targetLoad: number): number {
  return Math.max(0, Math.ceil(load / targetLoad - 1e-9));
}

/**
 * Limit of the group while the forecast calls for `predicted`. "Close to" the maximum is not
 * defined; the buffer is added from the maximum on when it reaches beyond it.
 * Example: max 40, predicted 50, buffer 10 % → 55; honouring the maximum → 40.
 */
export function effectiveMax(rule: PredictiveRule, max: number, predicted: number): number {
  if (rule.maxBreach === 'honor-max-capacity') return max;
  const buffer = rule.maxBufferPercent ?? 0;
  return Math.max(max, Math.floor((predicted * (100 + buffer)) / 100));
}

const LONGEST_BUFFER_MS = 3_600_000;

/** What `PutScalingPolicy` refuses in a predictive policy. */
export function predictiveComplaints(rule: PredictiveRule, base: Path = []): Complaint[] {
  const { bufferMs, maxBreach, maxBufferPercent } = rule;
  const complaints: Complaint[] = [];
  if (bufferMs < 0 || bufferMs > LONGEST_BUFFER_MS) {
    const expected = 'from 0 to 3600 s (EC2 Auto Scaling: SchedulingBufferTime)';
    complaints.push(mismatch([...base, 'bufferMs'], expected, `${bufferMs / 1000} s`));
  }
  const isRaised = maxBreach === 'increase-max-capacity';
  const path = [...base, 'maxBufferPercent'];
  if (isRaised !== (maxBufferPercent !== undefined)) {
    const expected = 'MaxCapacityBuffer with IncreaseMaxCapacity, and only with it';
    complaints.push(mismatch(path, expected, isRaised ? 'none' : `${maxBufferPercent}`));
  }
  if (maxBufferPercent !== undefined && (maxBufferPercent < 0 || maxBufferPercent > 100)) {
    const expected = 'from 0 to 100 (EC2 Auto Scaling: MaxCapacityBuffer)';
    complaints.push(mismatch(path, expected, String(maxBufferPercent)));
  }
  return complaints;
}
