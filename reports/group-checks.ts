/** Instances and scaling decisions of every service, measured against the replications. */
import { type Estimate, predictionInterval } from '../simulator/analysis/estimate.ts';
import { instancesOf, meanOf } from '../simulator/analysis/groups.ts';
import { bucketsOf, type Window, windowsOf } from '../simulator/analysis/windows.ts';
import type { Service } from '../simulator/model/model.ts';
import { formatDuration } from '../simulator/model/units.ts';
import { evaluationPeriodMs } from '../simulator/policies/group.ts';
import type { Results, Run } from '../simulator/results/results.ts';
import type { Check, Range, Value } from './comparison.ts';

/** A quarter of an instance: what boots a little later on one side than on the other. */
const TOLERANCE_INSTANCES = 0.25;
export const TOO_FEW = 'too few replications for an interval';

/**
 * Nothing where the measured system has no instances to see (a target outside); where some services
 * are seen, a missing one is `no data`.
 */
export function groupChecks(
  predicted: Results,
  measured: Results,
  toleranceRatio: number,
): Check[] {
  const run = measured.runs[0];
  if (run === undefined || Object.keys(run.services).length === 0) return [];
  return (predicted.model?.services ?? []).flatMap((service) => [
    ...windowsOf(predicted).map((window) =>
      instanceCheck(predicted, measured, service.name, window, toleranceRatio),
    ),
    ...scaleOutChecks(predicted, run, service),
  ]);
}

function instanceCheck(
  predicted: Results,
  measured: Results,
  service: string,
  window: Window,
  toleranceRatio: number,
): Check {
  const estimate = predictionInterval(
    predicted.runs.map((run) => meanInstances(run, service, window, predicted.bucketMs)),
  );
  const low = estimate.low * (1 - toleranceRatio) - TOLERANCE_INSTANCES;
  const high = estimate.high * (1 + toleranceRatio) + TOLERANCE_INSTANCES;
  const value = meanInstances(measured.runs[0]!, service, window, measured.bucketMs);
  const common = {
    kind: 'group',
    subject: service,
    window: window.name,
    statistic: 'instances, mean',
    unit: 'instances',
    predicted: asValue(estimate),
    allowed: asRange(Math.max(0, low), high),
    measured: asValue({ value, low: Number.NaN, high: Number.NaN }),
  } as const;
  if (Number.isNaN(value)) return { ...common, verdict: 'no data', reason: 'it was not measured' };
  if (Number.isNaN(low)) return { ...common, verdict: 'inconclusive', reason: TOO_FEW };
  if (value >= low && value <= high) return { ...common, verdict: 'pass', reason: '' };
  const reason = `${value.toFixed(1)} instances where ${estimate.value.toFixed(1)} were predicted`;
  return { ...common, verdict: 'fail', reason };
}

function meanInstances(run: Run, service: string, window: Window, bucketMs: number): number {
  const series = run.services[service];
  if (series === undefined) return Number.NaN;
  const instances = instancesOf(series);
  const [first, end] = bucketsOf(window, bucketMs, instances.length);
  return meanOf(instances.slice(first, end));
}

/** One check per size that most replications, or the measured group, scale out to. */
function scaleOutChecks(predicted: Results, measured: Run, service: Service): Check[] {
  const periodMs = evaluationPeriodMs(service.scaling);
  if (periodMs === undefined) return [];
  const { name, scaling } = service;
  const checks: Check[] = [];
  for (let size = scaling.start + 1; size <= scaling.max; size++) {
    const moments = predicted.runs
      .map((run) => reachedAtMs(run, name, size))
      .filter((atMs) => atMs !== undefined);
    const atMs = reachedAtMs(measured, name, size);
    const isExpected = moments.length > predicted.runs.length / 2;
    if (!isExpected && (atMs === undefined || moments.length > 0)) continue;
    checks.push(scaleOutCheck(name, size, periodMs, moments, atMs));
  }
  return checks;
}

/** When a service first wanted at least this many instances. */
function reachedAtMs(run: Run, service: string, size: number): number | undefined {
  return run.decisions.find((one) => one.service === service && one.desired >= size)?.atMs;
}

/** Sound within one control period of what the replications did. */
function scaleOutCheck(
  service: string,
  size: number,
  periodMs: number,
  moments: readonly number[],
  atMs: number | undefined,
): Check {
  const earliest = Math.min(...moments);
  const latest = Math.max(...moments);
  const isPredicted = moments.length > 0;
  const common = {
    kind: 'group',
    subject: service,
    window: 'whole run',
    statistic: `scale-out to ${size}`,
    unit: 'ms',
    predicted: isPredicted ? { value: meanOf(moments), low: earliest, high: latest } : null,
    allowed: isPredicted
      ? { low: earliest - periodMs, high: latest + periodMs }
      : { low: null, high: null },
    measured: { value: atMs ?? null, low: null, high: null },
  } as const;
  if (!isPredicted) {
    const reason = `scaled out to ${size} at ${formatDuration(atMs!)}; no replication did`;
    return { ...common, verdict: 'fail', reason };
  }
  const expected = `${formatDuration(earliest)} to ${formatDuration(latest)}`;
  if (atMs === undefined) {
    return {
      ...common,
      verdict: 'fail',
      reason: `never scaled out to ${size}; predicted at ${expected}`,
    };
  }
  const isInTime = atMs >= earliest - periodMs && atMs <= latest + periodMs;
  if (isInTime) return { ...common, verdict: 'pass', reason: '' };
  const reason = `scaled out to ${size} at ${formatDuration(atMs)}, predicted at ${expected}`;
  return { ...common, verdict: 'fail', reason };
}

/** NaN, which JSON does not know, becomes null. */
export function asValue({ value, low, high }: Estimate): Value {
  return { value: known(value), ...asRange(low, high) };
}

/** As `asValue`. */
export function asRange(low: number, high: number): Range {
  return { low: known(low), high: known(high) };
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
