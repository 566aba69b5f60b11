import type { SlowStartRamp } from '../model/model.ts';
import { createEdf, type EdfState, pickEdf } from '../policies/balancing/edf.ts';
import { slowStartRatio } from '../policies/balancing/slow-start.ts';
import type { Balancer } from './balancer.ts';
import type { Seen } from './seen.ts';

interface Settings {
  readonly weights?: readonly number[];
  readonly slowStart?: SlowStartRamp;
  readonly bias?: number;
}

/**
 * Turns by weight where weights differ, an instance is new or there is a bias; else the plain way.
 * The schedule is made anew whenever a member comes or goes, as Envoy's is, with some picks made
 * before the first.
 *
 * @param weigh a weight, by what is outstanding
 * Source: Envoy `load_balancer_impl.cc`, `EdfLoadBalancerBase::refresh`.
 */
export function weightedTurns(
  settings: Settings,
  plain: Balancer,
  below: (n: number) => number,
  seen: Seen,
  weigh: (weight: number, outstanding: number) => number,
): Balancer {
  let schedule: EdfState | undefined;
  let version = -1;

  function weightAt(position: number, outstanding: ArrayLike<number>): number {
    const weight = weigh(baseWeight(settings, seen.ordinal(position)), outstanding[position]!);
    const { slowStart } = settings;
    return slowStart === undefined
      ? weight
      : weight * slowStartRatio(slowStart, seen.ageMs(position));
  }

  function refresh(outstanding: ArrayLike<number>, count: number): void {
    version = seen.version();
    const weights = Array.from({ length: count }, (_, at) => weightAt(at, outstanding));
    const needed = count > 1 && needsSchedule(settings, seen, count);
    schedule = needed ? createEdf(weights, below(count)) : undefined;
  }

  return (outstanding, count) => {
    if (seen.version() !== version) refresh(outstanding, count);
    if (schedule === undefined) return plain(outstanding, count);
    return pickEdf(schedule, (position) => weightAt(position, outstanding));
  };
}

function needsSchedule({ weights, slowStart, bias }: Settings, seen: Seen, count: number): boolean {
  if (bias !== undefined) return true;
  const first = baseWeight({ weights }, seen.ordinal(0));
  for (let at = 0; at < count; at++) {
    if (baseWeight({ weights }, seen.ordinal(at)) !== first) return true;
    if (slowStart !== undefined && seen.ageMs(at) <= slowStart.windowMs) return true;
  }
  return false;
}

/** Of the n-th launch; 1 without weights. */
export function baseWeight(
  { weights }: { readonly weights?: readonly number[] | undefined },
  ordinal: number,
): number {
  return weights === undefined ? 1 : weights[ordinal % weights.length]!;
}
