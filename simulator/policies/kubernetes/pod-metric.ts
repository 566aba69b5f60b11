/**
 * Replicas for a metric of pods: utilisation of requests, or an average. Source: kubernetes
 * `replica_calculator.go` (`GetResourceReplicas`, `calcPlainMetricReplicas`) and
 * `metrics/utilization.go`.
 */
import type { PodTarget, Tolerance } from './hpa-settings.ts';
import type { PodGroup, Sample } from './pods.ts';
import { ceilReplicas, isWithin } from './replicas.ts';

/** Lists run in parallel: one entry a pod. */
export interface PodMetric {
  readonly groups: readonly PodGroup[];
  readonly samples: readonly (Sample | undefined)[];
  /** Needed for utilisation only. */
  readonly requestsMilli: readonly bigint[];
  readonly target: PodTarget;
}

/** Pods that are summed up. */
interface Sum {
  readonly usageMilli: bigint;
  readonly requestMilli: bigint;
  readonly pods: number;
}

export interface PodEstimate {
  readonly replicas: number;
  /** Of the ready pods: whole percent of what they request; absent for averages. */
  readonly utilizationPercent: number | undefined;
  /** Of the ready pods, a thousandth cut off. */
  readonly averageMilli: bigint;
  readonly ratio: number;
  /** Why so many, as it follows a metric's value: `2 ready pods ask for 4`. */
  readonly why: string;
}

/**
 * Usage ÷ target of the ready pods, times the number of the ready pods (not of what is specified),
 * rounded up. Utilisation is a whole percentage, weighted by requests: trunc(100·Σusage/Σrequest).
 *
 * Where samples are missing, or pods are unready and the rest asks for more, the ratio is formed
 * again with an assumption against the direction: going down, a pod without a sample uses all that
 * it requests (or the target, where that is higher); going up, it uses nothing, and so does an
 * unready one. What the second look takes back, or turns round, is not done.
 *
 * @param current replicas to stay at; from the scale target's spec
 * @returns undefined where no ready pod is there, or nothing is requested
 * Example: of 3 pods 1 is unready, the others use 60 % where 30 % is the target. With nothing from
 * the third it is 40 % of all requests: ⌈40/30 · 3⌉ = 4.
 */
export function replicasForPods(
  metric: PodMetric,
  current: number,
  tolerance: Tolerance,
): PodEstimate | undefined {
  const { groups, target } = metric;
  const ready = sumOf(metric, (group) => group === 'ready', 1);
  if (ready.pods === 0) return undefined;
  if (target.type === 'Utilization' && ready.requestMilli === 0n) return undefined;
  const ratio = ratioOf(ready, target);
  const seen = {
    utilizationPercent: target.type === 'Utilization' ? utilization(ready) : undefined,
    averageMilli: ready.usageMilli / BigInt(ready.pods),
    ratio,
  };
  const isUnreadyInTheWay = ratio > 1 && groups.includes('unready');
  if (!isUnreadyInTheWay && !groups.includes('missing')) {
    return { ...seen, ...firstLook(ratio, ready.pods, current, tolerance) };
  }
  const isAssumed = (group: PodGroup) =>
    group === 'ready' ||
    (group === 'missing' && ratio !== 1) ||
    (group === 'unready' && isUnreadyInTheWay);
  const all = sumOf(metric, isAssumed, ratio);
  return { ...seen, ...secondLook(ratio, ratioOf(all, target), all.pods, current, tolerance) };
}

interface Look {
  readonly replicas: number;
  readonly why: string;
}

function firstLook(ratio: number, pods: number, current: number, tolerance: Tolerance): Look {
  if (isWithin(tolerance, ratio)) {
    return { replicas: current, why: 'within tolerance' };
  }
  const replicas = ceilReplicas(ratio * pods);
  return { replicas, why: `${pods} ready ${pods === 1 ? 'pod asks' : 'pods ask'} for ${replicas}` };
}

function secondLook(
  first: number,
  ratio: number,
  pods: number,
  current: number,
  tolerance: Tolerance,
): Look {
  const stay = (why: string) => ({ replicas: current, why });
  const counted = `with ${pods} pods counted`;
  if (isWithin(tolerance, ratio)) return stay(`within tolerance ${counted}`);
  if ((first < 1 && ratio > 1) || (first > 1 && ratio < 1)) {
    return stay(`the other direction ${counted}, so neither`);
  }
  const replicas = ceilReplicas(ratio * pods);
  if ((ratio < 1 && replicas > current) || (ratio > 1 && replicas < current)) {
    return stay(`${replicas} ${counted} is the wrong direction`);
  }
  return { replicas, why: `${replicas} ${counted}` };
}

/** Pods without a sample that counts stand in with what is assumed of them at this ratio. */
function sumOf(metric: PodMetric, isIn: (group: PodGroup) => boolean, ratio: number): Sum {
  const { groups, samples, requestsMilli, target } = metric;
  let usageMilli = 0n;
  let requestMilli = 0n;
  let pods = 0;
  for (let pod = 0; pod < groups.length; pod++) {
    const group = groups[pod]!;
    if (!isIn(group)) continue;
    const request = requestsMilli[pod] ?? 0n;
    pods++;
    requestMilli += request;
    if (group === 'ready') usageMilli += samples[pod]!.usageMilli;
    else if (group === 'missing' && ratio < 1) usageMilli += assumedMilli(request, target);
  }
  return { usageMilli, requestMilli, pods };
}

function assumedMilli(request: bigint, target: PodTarget): bigint {
  if (target.type === 'AverageValue') return target.milli;
  return (request * BigInt(Math.max(100, target.percent))) / 100n;
}

function ratioOf(sum: Sum, target: PodTarget): number {
  if (target.type === 'Utilization') return utilization(sum) / target.percent;
  return Number(sum.usageMilli / BigInt(sum.pods)) / Number(target.milli);
}

function utilization({ usageMilli, requestMilli }: Sum): number {
  return Number((100n * usageMilli) / requestMilli);
}
