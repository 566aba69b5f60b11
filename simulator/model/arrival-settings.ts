/** Who arrives when, where that is more than a word: in bursts, or as in a capture. */

/** Poisson arrivals whose rate is higher in bursts: `rate` is their mean at every moment. */
export interface BurstyArrivals {
  readonly type: 'bursts';
  /** Mean time from the beginning of one burst to that of the next. */
  readonly everyMs: number;
  /** Mean length of a burst, below `everyMs`; the lengths are exponential, those between, too. */
  readonly forMs: number;
  /** Rate in a burst over that of the curve, above 1; at most `everyMs` ÷ `forMs`. */
  readonly times: number;
}

/** The moments of a capture, the same in every replication; `rate` is then their mean. */
export interface ReplayedArrivals {
  readonly type: 'replayed';
  /** Name of the file, for people; its content is in `blocks`. */
  readonly file: string;
  /** Of the whole file. */
  readonly digest: string;
  /** Times the recorded speed. */
  readonly speed: number;
  /** Only what asked for this endpoint. */
  readonly only?: string;
  /** Arrivals within the run, and those that come after its end. */
  readonly count: number;
  readonly left: number;
  /** Recorded times, as `encodeArrivals` makes them. */
  readonly blocks: readonly string[];
}
