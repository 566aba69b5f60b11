/** Faults of a model: what happens to its instances, and when. */

/**
 * Something that happens to instances of a service. With `kill` an instance ends at once, and its
 * group replaces it; with `hang` it takes requests and answers none; with `slow` its work on the
 * processor takes `factor` times as long; with `fail` it answers some with an error at once.
 */
export type Fault = {
  readonly atMs: number;
  /** How many of those that serve at that moment. */
  readonly instances: number;
} & (
  | { readonly type: 'kill' }
  | { readonly type: 'hang'; readonly forMs: number }
  | { readonly type: 'slow'; readonly forMs: number; readonly factor: number }
  | { readonly type: 'fail'; readonly forMs: number; readonly ratio: number }
);
