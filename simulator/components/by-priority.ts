/**
 * By level and, where zones have weights, by zone first; then as the service's balancing says among
 * the healthy members there. The list has all members, the unhealthy ones too: how many there are
 * says what a level can take.
 *
 *     request ─► level (shares of healthy ones) ─► panic: any of its members, or none at all
 *                                               ├► zone (by weight × health) ─► healthy one
 *                                               └► any healthy one
 *
 * Source: Envoy `load_balancer_impl.cc`, `chooseHostSet`, `hostSourceToUse`; `locality_wrr.cc`.
 */
import type { Localities } from '../model/locality-settings.ts';
import { createEdf, type EdfState, pickEdf } from '../policies/balancing/edf.ts';
import { effectiveLocalityWeight } from '../policies/balancing/locality-weights.ts';
import {
  calmLoads,
  loadPriorities,
  type PriorityLevel,
  type PriorityLoads,
  pickPriority,
} from '../policies/balancing/priority-load.ts';
import type { Balancer } from './balancer.ts';
import type { Seen } from './seen.ts';
import { type Subset, subset } from './subset.ts';

/** What is asked of the rest. */
export interface PriorityHooks {
  /** The service's own balancing among the members of a level. */
  readonly make: (seen: Seen, level: number) => Balancer;
  readonly below: (n: number) => number;
  /** A number in 0 … 99 that says which level a request is for. */
  readonly percentile: () => number;
}

interface Level {
  /** All of its members, and the healthy ones. */
  readonly all: Subset;
  readonly healthy: Subset;
  /** Healthy ones by zone of the level, where zones have weights, and whose turn it is. */
  readonly zones: readonly { readonly zone: number; readonly members: Subset }[];
  turns: { readonly state: EdfState; readonly zones: readonly number[]; weights: number[] };
}

/** A balancer for members in zones with priorities. */
export function byPriority(localities: Localities, hooks: PriorityHooks, seen: Seen): Balancer {
  const count = Math.max(...localities.priorities) + 1;
  const levels = Array.from({ length: count }, (_, level) => levelOf(localities, level));
  let version = -1;
  let loads = calmLoads(count);

  function levelOf({ priorities, weights }: Localities, level: number): Level {
    const own = () => subset((inside) => hooks.make(inside, level), seen);
    const zones =
      weights === undefined
        ? []
        : priorities.flatMap((one, zone) => {
            return one === level ? [{ zone, members: own() }] : [];
          });
    const turns = { state: createEdf([]), zones: [], weights: [] };
    return { all: own(), healthy: own(), zones, turns };
  }

  function refresh(members: number): void {
    version = seen.version();
    levels.forEach((level, index) => {
      const positions = Array.from({ length: members }, (_, at) => at).filter(
        (at) => localities.priorities[seen.zone(at)] === index,
      );
      level.all.become(positions);
      level.healthy.become(positions.filter(seen.isWell));
      for (const { zone, members: own } of level.zones) {
        own.become(level.healthy.positions.filter((at) => seen.zone(at) === zone));
      }
    });
    loads = seen.loads(localities, levels.map(countsOf));
    for (const level of levels) level.turns = turnsOf(level);
  }

  /** Zones without healthy members are not in it: their weight is 0. */
  function turnsOf({ all, zones }: Level): Level['turns'] {
    const weighed = zones
      .map(({ zone, members }, index) => {
        const hosts = all.positions.filter((at) => seen.zone(at) === zone).length;
        const eligible = members.positions.length;
        const locality = { weight: localities.weights![zone]!, hosts, excluded: 0, eligible };
        return {
          index,
          weight: effectiveLocalityWeight(locality, localities.overprovisioningPercent),
        };
      })
      .filter(({ weight }) => weight > 0);
    const weights = weighed.map(({ weight }) => weight);
    const discarded = weights.length > 1 ? hooks.below(weights.length) : 0;
    return {
      state: createEdf(weights, discarded),
      zones: weighed.map(({ index }) => index),
      weights,
    };
  }

  function sourceOf(level: Level, isPanic: boolean): Subset | undefined {
    if (isPanic) return localities.failsOnPanic ? undefined : level.all;
    const { state, zones, weights } = level.turns;
    const turn = pickEdf(state, (at) => weights[at]!);
    return turn < 0 ? level.healthy : level.zones[zones[turn]!]!.members;
  }

  return (outstanding, members) => {
    if (seen.version() !== version) refresh(members);
    const { level } = pickPriority(loads, () => hooks.percentile());
    return sourceOf(levels[level]!, loads.panics[level]!)?.pick(outstanding) ?? -1;
  };
}

/** Envoy's rule with a service's settings. */
export function priorityLoads(
  { overprovisioningPercent, panicPercent }: Localities,
  levels: readonly PriorityLevel[],
): PriorityLoads {
  const settings = { overprovisioningFactor: overprovisioningPercent, isWeighted: false };
  return loadPriorities(levels, { ...settings, panicThreshold: panicPercent });
}

function countsOf({ all, healthy }: Level): PriorityLevel {
  const counts = { hosts: all.positions.length, healthy: healthy.positions.length };
  return { ...counts, degraded: 0, excluded: 0 };
}

/** Says what has changed of the shares, when it has; at first level 0 takes all. */
export function priorityNotes(): (loads: PriorityLoads) => string | undefined {
  let before = reasonOf(calmLoads(1));
  return (loads) => {
    const now = reasonOf(loads);
    if (now === before) return undefined;
    before = now;
    return now;
  };
}

/** `priority 0 takes 98 %, 1 takes 2 %` */
function reasonOf({ healthyLoads, panics, isTotalPanic }: PriorityLoads): string {
  const takes = healthyLoads.flatMap((load, level) =>
    load === 0 ? [] : [`${level} takes ${load} %`],
  );
  const panicking = panics.flatMap((panics, level) => (panics ? [level] : []));
  const shares = `priority ${takes.join(', ')}`;
  if (isTotalPanic) return `${shares}; total panic: by instances, whatever their health`;
  return panicking.length === 0 ? shares : `${shares}; panic at ${panicking.join(', ')}`;
}
