/** How answers are compared. */
export interface CompareOptions {
  /**
   * Base URL of a system that runs what was recorded: what differs there, too, is noise. Gets every
   * request that the target gets, at the same moment; every check of the target is one of it.
   */
  readonly second?: string | undefined;
  /** By name, whatever the case. */
  readonly ignoreHeaders: readonly string[];
  /** Such as `items[].id`, with everything below; or `status`. */
  readonly ignoreFields: readonly string[];
  /** Share of differing answers, 0..1, beyond which the run has failed. Undefined: no gate. */
  readonly mostDifferingRatio?: number | undefined;
}
