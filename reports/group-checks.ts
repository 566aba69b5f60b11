/** Instances, utilisation and scaling decisions, measured against the replications. */
import { type Estimate, predictionInterval } from '../simulator/analysis/estimate.ts';
import { instancesOf, meanOf } from '../simulator/analysis/groups.ts';
import { bucketsOf, type Window, windowsOf } from '../simulator/analysis/windows.ts';
import type { Service } from '../simulator/model/model.ts';
import { formatDuration } from '../simulator/model/units.ts';
import { decisionPeriodMs } from '../simulator/policies/decider.ts';
import type { Results, Run, ServiceSeries } from '../simulator/results/results.ts';
import type { Check, CheckUnit, Range, Value } from './comparison.ts';
import { shown } from './gates.ts';

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
    ...scaleOutChecks(predicted, run, service),
    ...STATISTICS.flatMap((statistic) =>
      windowsOf(predicted).map((window) =>
        meanCheck(predicted, measured, service.name, window, statistic, toleranceRatio),
      ),
    ),
  ]);
}

interface GroupStatistic {
  readonly name: string;
  readonly unit: CheckUnit;
  readonly series: (run: ServiceSeries) => readonly (number | null)[];
  /** Beyond the relative tolerance. */
  readonly tolerance: number;
}

const STATISTICS: readonly GroupStatistic[] = [
  {
    name: 'instances, mean',
    unit: 'instances',
    series: instancesOf,
    // What boots a little later on one side than on the other.
    tolerance: 0.25,
  },
  {
    name: 'utilisation, mean',
    unit: 'ratio',
    series: ({ utilizationRatio }) => utilizationRatio,
    // What a process does besides its requests.
    tolerance: 0.05,
  },
];

function meanCheck(
  predicted: Results,
  measured: Results,
  service: string,
  window: Window,
  statistic: GroupStatistic,
  toleranceRatio: number,
): Check {
  const estimate = predictionInterval(
    predicted.runs.map((run) => meanOver(run, service, window, predicted.bucketMs, statistic)),
  );
  const low = Math.max(0, estimate.low * (1 - toleranceRatio) - statistic.tolerance);
  const high = estimate.high * (1 + toleranceRatio) + statistic.tolerance;
  const value = meanOver(measured.runs[0]!, service, window, measured.bucketMs, statistic);
  const common = {
    kind: 'group',
    subject: service,
    window: window.name,
    statistic: statistic.name,
    unit: statistic.unit,
    predicted: asValue(estimate),
    allowed: asRange(low, high),
    measured: asValue({ value, low: Number.NaN, high: Number.NaN }),
  } as const;
  if (Number.isNaN(value)) return { ...common, verdict: 'no data', reason: 'it was not measured' };
  if (Number.isNaN(low)) return { ...common, verdict: 'inconclusive', reason: TOO_FEW };
  if (value >= low && value <= high) return { ...common, verdict: 'pass', reason: '' };
  const [seen, expected] = [value, estimate.value].map((one) => shown(one, statistic.unit));
  return { ...common, verdict: 'fail', reason: `${seen} where ${expected} was predicted` };
}

function meanOver(
  run: Run,
  service: string,
  window: Window,
  bucketMs: number,
  { series }: GroupStatistic,
): number {
  if (!Object.hasOwn(run.services, service)) return Number.NaN;
  const values = series(run.services[service]!);
  const [first, end] = bucketsOf(window, bucketMs, values.length);
  return meanOf(values.slice(first, end));
}

/** One check per size that most replications, or the measured group, scale out to. */
function scaleOutChecks(predicted: Results, measured: Run, service: Service): Check[] {
  const periodMs = decisionPeriodMs(service.scaling);
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
