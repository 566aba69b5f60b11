/**
 * What `plan` hands to a load generator: the very arrival times that the simulator used, how many
 * virtual users they need, and the thresholds that come out of the prediction. JSON; read by the k6
 * scenarios, which is why this file stays free of everything but types and arithmetic.
 */

export const PLAN_FORMAT = 'plimsoll-plan/1';

export interface LoadPlan {
  readonly format: typeof PLAN_FORMAT;
  readonly name: string;
  readonly modelDigest: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly warmUpMs: number;
  /** Base URL of the system's entry, loopback unless the user named another. */
  readonly target: string;
  readonly loads: readonly JourneyLoad[];
  /** k6 thresholds by metric, such as `plimsoll_latency{journey:open-feed}` → `p(95)<181.2`. */
  readonly thresholds: Readonly<Record<string, readonly string[]>>;
  readonly phases: readonly {
    readonly name: string;
    readonly startMs: number;
    readonly endMs: number;
  }[];
  /** What the comparison will allow, for whoever judges the measurement by other means. */
  readonly bands: readonly PlannedBand[];
}

export interface PlannedBand {
  readonly journey: string;
  readonly window: string;
  readonly statistic: string;
  readonly unit: string;
  readonly predicted: number;
  readonly low: number;
  readonly high: number;
}

/** The load of one journey. */
export interface JourneyLoad {
  readonly journey: string;
  /** Service and endpoint that the journey calls first: the path is `/<endpoint>`. */
  readonly service: string;
  readonly endpoint: string;
  readonly timeoutMs: number | undefined;
  /**
   * `exact`: the model's own arrival times, played at those times.
   * `even`: k6's arrival-rate executors, evenly spaced along the same rate curve.
   */
  readonly pacing: 'exact' | 'even';
  readonly arrivalCount: number;
  /** For `exact`: blocks of arrival times made by `encodeArrivals`. */
  readonly arrivals: readonly string[];
  /** For `even`: stages of the rate curve, as `ramping-arrival-rate` wants them. */
  readonly stages: readonly {
    readonly durationMs: number;
    readonly fromPerSecond: number;
    readonly toPerSecond: number;
  }[];
  /** Concurrent virtual users, by Little's law with head-room. */
  readonly virtualUsers: number;
}

/** Arrivals in a block: small, because a k6 SharedArray parses an element at every read. */
export const ARRIVALS_PER_BLOCK = 1000;

/**
 * Arrival times in ms → blocks of comma-separated integers in µs: the first is a time, the rest are
 * differences. `encodeArrivals([1, 2.5])` is `['1000,1500']`.
 */
export function encodeArrivals(timesMs: ArrayLike<number>): string[] {
  const blocks: string[] = [];
  for (let start = 0; start < timesMs.length; start += ARRIVALS_PER_BLOCK) {
    const end = Math.min(start + ARRIVALS_PER_BLOCK, timesMs.length);
    const differences: number[] = [];
    let previousUs = 0;
    for (let i = start; i < end; i++) {
      const timeUs = Math.round(timesMs[i]! * 1000);
      differences.push(timeUs - previousUs);
      previousUs = timeUs;
    }
    blocks.push(differences.join(','));
  }
  return blocks;
}

/** Arrival times in ms of one block. `decodeArrivals('1000,1500')` is `[1, 2.5]`. */
export function decodeArrivals(block: string): number[] {
  let timeUs = 0;
  return block.split(',').map((difference) => {
    timeUs += Number(difference);
    return timeUs / 1000;
  });
}
