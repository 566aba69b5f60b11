/**
 * What came back when recorded requests were sent again, held against what came back when they were
 * recorded: counts, rates and shapes, never a value of an answer.
 *
 *     raw     recorded answer ↔ answer of the target
 *     noise   recorded answer ↔ answer of a second system that runs what was recorded
 */
import type { HistogramData } from './histogram.ts';

/** So many of so many. */
export interface Share {
  readonly count: number;
  readonly of: number;
}

/** With the 95 % interval of the share, 0..1 (−1..1 of a difference); null where `of` is 0. */
export interface ShareEstimate extends Share {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

export interface AnswerComparison {
  /** Requests that were sent and whose answer had been recorded. */
  readonly recorded: number;
  /** The others of them, by reason. */
  readonly notCompared: Readonly<Record<string, number>>;
  /** Answers that were compared, and those of them that differ anywhere. */
  readonly differing: ShareEstimate;
  readonly bodies: {
    /** Recorded with a body, or answered with one. */
    readonly expected: number;
    readonly compared: number;
    readonly notCompared: Readonly<Record<string, number>>;
  };
  /** Undefined without a second system. */
  readonly noise?: AnswerNoise | undefined;
  readonly ignored: { readonly headers: readonly string[]; readonly fields: readonly string[] };
  /** In order of how many answers were compared. */
  readonly endpoints: readonly EndpointAnswers[];
  /** What differs beyond the noise first, then the most frequent. */
  readonly fields: readonly FieldDifference[];
  /** Fields that differ and are not listed. */
  readonly fieldsLeftOut: number;
}

export interface AnswerNoise {
  /** Answers of the second system that were compared. */
  readonly compared: number;
  /** Requests to it that got no answer. */
  readonly failed: number;
  /**
   * Answers that differ in a field that differs beyond the noise, or of which that cannot be told,
   * less the share of those that do so at the second system.
   */
  readonly differing: ShareEstimate;
}

export interface EndpointAnswers {
  readonly endpoint: string;
  readonly differing: Share;
  /** Of requests of which both are known: from arrival to last byte, and from send to last byte. */
  readonly recordedMs: HistogramData;
  readonly replayedMs: HistogramData;
}

/**
 * `noise unknown`: there is no second system. `no data`: too few answers to tell, or too few
 * differences where no noise was seen.
 */
export type FieldVerdict = 'differs' | 'within noise' | 'no data' | 'noise unknown';

export interface FieldDifference {
  readonly endpoint: string;
  /** `status`, `answer`, `header etag`, `body.items[].price`; ids in keys are `:key`. */
  readonly field: string;
  readonly raw: Share;
  /** Undefined without a second system. */
  readonly noise?: Share | undefined;
  /** Raw less noise, with the interval that the verdict goes by; null where there are too few. */
  readonly beyond?:
    | { readonly value: number; readonly low: number; readonly high: number }
    | null
    | undefined;
  readonly verdict: FieldVerdict;
  /** How it differs, such as `value` or `missing`, how often. */
  readonly changes: Readonly<Record<string, number>>;
  /** Shapes of the first one that differed; `sequence` is its number in the raw log. */
  readonly example: {
    readonly sequence: number;
    readonly recorded: string;
    readonly replayed: string;
  };
}
