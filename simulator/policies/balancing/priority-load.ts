/**
 * Envoy's priorities: level 0 takes what it can, the next one the rest; with too few healthy hosts
 * a level panics and takes its requests with all of them. Whole numbers of per cent throughout.
 *
 *     availability   healthy ÷ hosts × 140 %, at most 100, and the same of degraded ones
 *     loads          healthy levels in order, then degraded ones; what rounding leaves to the first
 *     panic          only where all availabilities together are below 100
 *     total panic    every level panics: loads by raw counts of hosts
 */

/** Hosts of one level. */
export interface PriorityLevel {
  /** All of them, the excluded ones as well. */
  readonly hosts: number;
  readonly healthy: number;
  readonly degraded: number;
  /** Not warmed up yet: no part of the denominator. */
  readonly excluded: number;
  /** Sums of the weights of the same hosts; with `isWeighted` alone. */
  readonly weights?: {
    readonly hosts: number;
    readonly healthy: number;
    readonly degraded: number;
    readonly excluded: number;
  };
}

export interface PrioritySettings {
  /** In per cent; Envoy: 140. */
  readonly overprovisioningFactor: number;
  /** In per cent; Envoy: 50, and 0 disables panic. */
  readonly panicThreshold: number;
  /** Weighted priority health: availability by weights. Panic goes by counts all the same. */
  readonly isWeighted: boolean;
}

export interface PriorityLoads {
  /** By level, in per cent of all requests; all together 100. */
  readonly healthyLoads: readonly number[];
  readonly degradedLoads: readonly number[];
  /** By level, whether requests go to all hosts of it, whatever their health. */
  readonly panics: readonly boolean[];
  readonly isTotalPanic: boolean;
  /** By level, in per cent; and all of them together, at most 100. */
  readonly health: readonly number[];
  readonly degraded: readonly number[];
  readonly availability: number;
}

/**
 * Loads and panic of every level.
 *
 * @param levels at least one, the highest priority first
 * Source: Envoy `load_balancer_impl.cc`, `recalculatePerPriorityState`, `distributeLoad`,
 * `recalculatePerPriorityPanic`, `recalculateLoadInTotalPanic`, `isHostSetInPanic`.
 * Example: levels with 50 % and 100 % healthy hosts: 70 and 30 per cent, no panic.
 */
export function loadPriorities(
  levels: readonly PriorityLevel[],
  settings: PrioritySettings,
): PriorityLoads {
  const health = levels.map((level) => availabilityOf(level, 'healthy', settings));
  const degraded = levels.map((level) => availabilityOf(level, 'degraded', settings));
  const availability = Math.min(100, sum(health) + sum(degraded));
  const shares = { health, degraded, availability };
  const calm = levels.map(() => false);
  if (settings.panicThreshold === 0 && availability === 0) {
    // Loads add up to 100 though nobody will be found at level 0.
    return { ...allToFirst(levels.length), panics: calm, isTotalPanic: false, ...shares };
  }
  const panics =
    availability === 100 ? calm : levels.map((level) => isInPanic(level, settings.panicThreshold));
  const isTotalPanic = !panics.includes(false);
  const loads = isTotalPanic ? byHosts(levels) : byAvailability(health, degraded, availability);
  return { ...loads, panics, isTotalPanic, ...shares };
}

/** Loads before anything is known of the hosts: all of it at the first level. */
export function calmLoads(levels: number): PriorityLoads {
  const health = Array.from({ length: levels }, () => 100);
  const shares = { health, degraded: health.map(() => 0), availability: 100 };
  return { ...allToFirst(levels), panics: health.map(() => false), isTotalPanic: false, ...shares };
}

type Loads = Pick<PriorityLoads, 'healthyLoads' | 'degradedLoads'>;

function availabilityOf(
  level: PriorityLevel,
  kind: 'healthy' | 'degraded',
  { overprovisioningFactor, isWeighted }: PrioritySettings,
): number {
  if (level.hosts - level.excluded <= 0) return 0;
  const counts = isWeighted && level.weights !== undefined ? level.weights : level;
  const total = counts.hosts - counts.excluded;
  if (total <= 0) return 0;
  return Math.min(100, Math.floor((overprovisioningFactor * counts[kind]) / total));
}

/** By counts, and without the factor. */
function isInPanic({ hosts, healthy, degraded, excluded }: PriorityLevel, threshold: number) {
  const count = hosts - excluded;
  const percent = count <= 0 ? 0 : (100 * healthy) / count + (100 * degraded) / count;
  return percent < Math.min(100, threshold);
}

function byAvailability(
  health: readonly number[],
  degraded: readonly number[],
  availability: number,
): Loads {
  const healthyLoads = distribute(health, 100, availability);
  const degradedLoads = distribute(degraded, 100 - sum(healthyLoads), availability);
  const left = 100 - sum(healthyLoads) - sum(degradedLoads);
  const firstHealthy = health.findIndex((percent) => percent > 0);
  if (firstHealthy >= 0) healthyLoads[firstHealthy]! += left;
  else degradedLoads[degraded.findIndex((percent) => percent > 0)]! += left;
  return { healthyLoads, degradedLoads };
}

/** As much as possible to the first ones. */
function distribute(percents: readonly number[], total: number, availability: number): number[] {
  let left = total;
  return percents.map((percent) => {
    const load = Math.min(left, Math.floor((percent * 100) / availability));
    left -= load;
    return load;
  });
}

/** Total panic: health has no say, excluded hosts count. */
function byHosts(levels: readonly PriorityLevel[]): Loads {
  const total = sum(levels.map(({ hosts }) => hosts));
  if (total === 0) return allToFirst(levels.length);
  const healthyLoads = levels.map(({ hosts }) => Math.floor((100 * hosts) / total));
  healthyLoads[levels.findIndex(({ hosts }) => hosts > 0)]! += 100 - sum(healthyLoads);
  return { healthyLoads, degradedLoads: levels.map(() => 0) };
}

function allToFirst(count: number): Loads {
  const none = Array.from({ length: count }, () => 0);
  return { healthyLoads: none.with(0, 100), degradedLoads: none };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Level and kind of host for one request.
 *
 * @param below uniform integer in 0 … n − 1, asked once of 100
 * Source: Envoy `load_balancer_impl.cc`, `choosePriority`.
 */
export function pickPriority(
  { healthyLoads, degradedLoads }: Pick<PriorityLoads, 'healthyLoads' | 'degradedLoads'>,
  below: (n: number) => number,
): { readonly level: number; readonly kind: 'healthy' | 'degraded' } {
  const drawn = below(100) + 1;
  let upTo = 0;
  for (const [kind, loads] of [
    ['healthy', healthyLoads],
    ['degraded', degradedLoads],
  ] as const) {
    for (const [level, load] of loads.entries()) {
      upTo += load;
      if (drawn <= upTo) return { level, kind };
    }
  }
  throw new Error(`loads add up to ${upTo}, not to 100`);
}
