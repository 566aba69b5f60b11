/** Somebody who opens the feed; made by `bin/pools.ts`. */
export interface Learner {
  readonly id: string;
}
