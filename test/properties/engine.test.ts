/** What every simulation owes, whatever the model: the list is in `claims.ts`. */
import { afterAll, test } from 'vitest';
import { claimPool } from './claim-pool.ts';
import { CLAIMS } from './claims.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = 1730;

/** Mostly waiting for a thread: all claims are in one queue. */
const TIMEOUT_MS = 900_000;

const { broken, close } = claimPool();
afterAll(close);

for (const { says, isDear } of CLAIMS) {
  test.concurrent(says, { timeout: TIMEOUT_MS }, async ({ expect }) => {
    // Some two thousand in all; `npm run soak` has ten thousand a claim.
    const models = isDear ? 60 : 150;
    expect(await broken(says, { seed: SEED, models })).toBeUndefined();
  });
}
