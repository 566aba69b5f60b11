/** The claims of `test/properties` on many more random models than every test run has time for. */
import { startProgress } from '../../bin/progress.ts';
import { formatCount } from '../../simulator/model/units.ts';
import { type ClaimPool, claimPool } from '../properties/claim-pool.ts';
import { CLAIMS } from '../properties/claims.ts';

export interface TopologyOptions {
  /** Random models a claim. */
  readonly models: number;
  readonly seed: number;
  /** A part of a claim leaves the others out. */
  readonly claim: string;
}

const UPDATE_MS = 200;

/** Prints a line per claim, and the smallest model that breaks it; false when any is broken. */
export async function topologies(options: TopologyOptions): Promise<boolean> {
  const { models, seed } = options;
  const wanted = CLAIMS.filter(({ says }) => says.includes(options.claim));
  const pool = claimPool();
  const progress = showProgress(pool, wanted.length * models);
  const holds = await Promise.all(
    wanted.map(async ({ says }) => {
      const report = await pool.broken(says, { models, seed });
      progress.clear();
      console.log(report === undefined ? `holds   ${says}` : `BROKEN  ${says}\n${report}`);
      return report === undefined;
    }),
  );
  progress.stop();
  await pool.close();
  const count = `${formatCount(models)} random models each, ${formatCount(pool.tried())} in all`;
  console.log(`${holds.filter(Boolean).length} of ${holds.length} claims hold: ${count}`);
  return holds.length > 0 && holds.every(Boolean);
}

function showProgress(pool: ClaimPool, count: number): { clear: () => void; stop: () => void } {
  const { update, clear } = startProgress();
  const show = () => update(`${formatCount(pool.tried())} of ${formatCount(count)} models`);
  const timer = setInterval(show, UPDATE_MS);
  const stop = () => {
    clearInterval(timer);
    clear();
  };
  return { clear, stop };
}
