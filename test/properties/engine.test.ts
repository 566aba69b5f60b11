/** What every simulation owes, whatever the model: the list is in `claims.ts`. */
import { afterAll, test } from 'vitest';
import { claimPool } from './claim-pool.ts';
import { CLAIMS } from './claims.ts';

/** Fixed, so that a run in CI says something about the change and not about the day. */
const SEED = 1730;

/** Mostly waiting for a thread. */
const TIMEOUT_MS = 180_000;

const { broken, close } = claimPool();
afterAll(close);

for (const { says, isDear } of CLAIMS) {
  test.concurrent(says, { timeout: TIMEOUT_MS }, async ({ expect }) => {
    const models = isDear ? 100 : 300;
    expect(await broken(says, { seed: SEED, models })).toBeUndefined();
  });
}
