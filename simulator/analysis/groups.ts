/** What happened to each service's group of instances, over the replications. */
import type { InstanceKind, Model, Scaling } from '../model/model.ts';
import type { Results, ServiceSeries } from '../results/results.ts';
import { confidenceInterval, type Estimate } from './estimate.ts';

/** Busier than this, a service's queue rather than its work decides what clients wait for. */
export const SATURATED = 0.95;

export interface GroupSummary {
  readonly service: string;
  /** Mean busy share of the serving capacity, 0..1. */
  readonly utilizationRatio: Estimate;
  readonly mostInstances: Estimate;
  readonly instanceHours: Estimate;
  /** Undefined where the instance kind has no price. */
  readonly dollars: Estimate | undefined;
  readonly scalingDecisions: Estimate;
  /** Moment at which the mean over the replications first was `SATURATED`. */
  readonly saturatedFromMs: number | undefined;
}

/** One summary per service, in the model's order. */
export function summarizeGroups(model: Model, results: Results): GroupSummary[] {
  return model.services.map(({ name, on, scaling }) => {
    const runs = results.runs.map(({ services }) => services[name]!);
    const hours = runs.map(({ instanceHours }) => instanceHours);
    return {
      service: name,
      utilizationRatio: confidenceInterval(runs.map((run) => meanOf(run.utilizationRatio))),
      mostInstances: confidenceInterval(runs.map((run) => Math.max(...instancesOf(run)))),
      instanceHours: confidenceInterval(hours),
      dollars: isPriced(on) ? confidenceInterval(runs.map(dollarsOf(on, scaling))) : undefined,
      scalingDecisions: confidenceInterval(
        results.runs.map(({ decisions }) => decisions.filter((d) => d.service === name).length),
      ),
      saturatedFromMs: saturatedFromMs(runs, results.bucketMs),
    };
  });
}

function isPriced({ dollarsPerHour, mix }: InstanceKind): boolean {
  return dollarsPerHour !== undefined || mix?.types[0]?.dollarsPerHour !== undefined;
}

/** What a group cost, by type where it has several. */
function dollarsOf(
  { dollarsPerHour = 0, mix }: InstanceKind,
  scaling: Scaling,
): (run: ServiceSeries) => number {
  if (mix === undefined) {
    return (run) =>
      run.instanceHours * dollarsPerHour + warmPoolDollars(run, dollarsPerHour, scaling);
  }
  return ({ mix: series }) =>
    mix.types.reduce(
      (sum, { name, dollarsPerHour: price = 0 }) => sum + (series?.hours[name] ?? 0) * price,
      0,
    );
}

/** What a warm pool cost: while it is prepared, an instance costs what every other does. */
export function warmPoolDollars(
  { warmPool }: ServiceSeries,
  dollarsPerHour: number,
  { warmPool: settings }: Scaling,
): number {
  if (warmPool === undefined) return 0;
  const waiting = settings?.dollarsPerHour ?? dollarsPerHour;
  return warmPool.preparingHours * dollarsPerHour + warmPool.waitingHours * waiting;
}

/** Serving and booting instances at each bucket's end. */
export function instancesOf({ booting, serving }: ServiceSeries): number[] {
  return serving.map((count, bucket) => count + (booting[bucket] ?? 0));
}

/** Mean of the numbers that are there; NaN when none is. */
export function meanOf(values: readonly (number | null | undefined)[]): number {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** One element per bucket: the mean over all runs of one of their series. */
export function meanSeries<Series>(
  runs: readonly Series[],
  series: (run: Series) => readonly (number | null)[],
): number[] {
  const buckets = Math.max(0, ...runs.map((run) => series(run).length));
  return Array.from({ length: buckets }, (_, bucket) =>
    meanOf(runs.map((run) => series(run)[bucket])),
  );
}

function saturatedFromMs(runs: readonly ServiceSeries[], bucketMs: number): number | undefined {
  const busy = meanSeries(runs, (run) => run.utilizationRatio);
  const bucket = busy.findIndex((ratio) => ratio >= SATURATED);
  return bucket < 0 ? undefined : bucket * bucketMs;
}
