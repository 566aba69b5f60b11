/**
 * By level and, where zones have weights, by zone first; then as the service's balancing says among
 * the healthy members there. The list has all members, the unhealthy ones too: how many there are
 * says what a level can take. Degraded ones get what the healthy ones of all levels leave.
 *
 *     request ─► level and kind (by shares) ─► panic: any of its members, or none at all
 *                healthy, then degraded     ├► zone (by weight × health) ─► one of that kind
 *                                           └► any of that kind
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

type Kind = 'healthy' | 'degraded';

interface Level {
  /** All of its members, and those of a kind. */
  readonly all: Subset;
  readonly healthy: Side;
  readonly degraded: Side;
}

interface Side {
  readonly members: Subset;
  /** The same by zone of the level, where zones have weights, and whose turn it is. */
  readonly zones: readonly { readonly zone: number; readonly members: Subset }[];
  turns: { readonly state: EdfState; readonly zones: readonly number[]; weights: number[] };
}

/** A balancer for members in zones with priorities. */
export function byPriority(localities: Localities, hooks: PriorityHooks, seen: Seen): Balancer {
  const count = Math.max(...localities.priorities) + 1;
  const levels = Array.from({ length: count }, (_, level) => levelOf(localities, level));
  let version = -1;
  let loads = calmLoads(count);

  function levelOf(all: Localities, level: number): Level {
    const own = () => subset((inside) => hooks.make(inside, level), seen);
    return { all: own(), healthy: sideOf(all, level, own), degraded: sideOf(all, level, own) };
  }

  function sideOf({ priorities, weights }: Localities, level: number, own: () => Subset): Side {
    const zones =
      weights === undefined
        ? []
        : priorities.flatMap((one, zone) => {
            return one === level ? [{ zone, members: own() }] : [];
          });
    const turns = { state: createEdf([]), zones: [], weights: [] };
    return { members: own(), zones, turns };
  }

  function refresh(members: number): void {
    version = seen.version();
    levels.forEach((level, index) => {
      const positions = Array.from({ length: members }, (_, at) => at).filter(
        (at) => localities.priorities[seen.zone(at)] === index,
      );
      level.all.become(positions);
      divide(level.healthy, positions.filter(seen.isWell));
      divide(level.degraded, positions.filter(seen.isDegraded));
    });
    loads = seen.loads(localities, levels.map(countsOf));
    for (const { all, healthy, degraded } of levels) {
      for (const side of [healthy, degraded]) side.turns = turnsOf(all, side);
    }
  }

  function divide({ members, zones }: Side, positions: readonly number[]): void {
    members.become(positions);
    for (const { zone, members: own } of zones) {
      own.become(positions.filter((at) => seen.zone(at) === zone));
    }
  }

  /** Zones without members of the kind are not in it: their weight is 0. */
  function turnsOf(all: Subset, { zones }: Side): Side['turns'] {
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

  function sourceOf(level: Level, kind: Kind, isPanic: boolean): Subset | undefined {
    if (isPanic) return localities.failsOnPanic ? undefined : level.all;
    const side = level[kind];
    const { state, zones, weights } = side.turns;
    const turn = pickEdf(state, (at) => weights[at]!);
    return turn < 0 ? side.members : side.zones[zones[turn]!]!.members;
  }

  return (outstanding, members) => {
    if (seen.version() !== version) refresh(members);
    const { level, kind } = pickPriority(loads, () => hooks.percentile());
    return sourceOf(levels[level]!, kind, loads.panics[level]!)?.pick(outstanding) ?? -1;
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

function countsOf({ all, healthy, degraded }: Level): PriorityLevel {
  const counts = { hosts: all.positions.length, healthy: healthy.members.positions.length };
  return { ...counts, degraded: degraded.members.positions.length, excluded: 0 };
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
function reasonOf({ healthyLoads, degradedLoads, panics, isTotalPanic }: PriorityLoads): string {
  const takes = [
    ...healthyLoads.flatMap((load, level) => (load === 0 ? [] : [`${level} takes ${load} %`])),
    ...degradedLoads.flatMap((load, level) =>
      load === 0 ? [] : [`degraded ones of ${level} take ${load} %`],
    ),
  ];
  const panicking = panics.flatMap((panics, level) => (panics ? [level] : []));
  const shares = `priority ${takes.join(', ')}`;
  if (isTotalPanic) return `${shares}; total panic: by instances, whatever their health`;
  return panicking.length === 0 ? shares : `${shares}; panic at ${panicking.join(', ')}`;
}
