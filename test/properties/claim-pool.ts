/** Tries claims on all cores, in threads of plain Node: in vitest's own every import costs. */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { ClaimTask } from './claim-worker.ts';

export interface ClaimPool {
  /** Models tried so far, of all claims. */
  readonly tried: () => number;
  /** Undefined, or the smallest model found that breaks the claim. */
  readonly broken: (says: string, trial: Omit<ClaimTask, 'says' | 'tried'>) => Promise<Report>;
  readonly close: () => Promise<void>;
}

type Report = string | undefined;

/** A thread per core, at most. */
export function claimPool(): ClaimPool {
  const pool = new Piscina<ClaimTask, Report>({
    filename: new URL('./claim-worker.ts', import.meta.url).href,
    name: 'tryClaim',
    maxThreads: availableParallelism(),
    atomics: 'disabled',
  });
  const tried = new Int32Array(new SharedArrayBuffer(4));
  return {
    tried: () => Atomics.load(tried, 0),
    broken: (says, trial) => pool.run({ ...trial, says, tried }),
    close: () => pool.destroy(),
  };
}
