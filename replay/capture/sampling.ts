/** A share of the sessions, always the same ones: whole sessions are kept, or not at all. */
import { sha256Hex } from '../hashes.ts';

/**
 * A test of what tells a session apart. The same text has the same answer in every process, and a
 * larger share holds all sessions of a smaller one. `sampler(1)` takes all, `sampler(0)` none.
 */
export function sampler(ratio: number): (session: string) => boolean {
  if (ratio >= 1) return () => true;
  if (ratio <= 0) return () => false;
  return (session) => positionOf(session) < ratio;
}

/** Uniform in [0, 1) over sessions: 32 bits of SHA-256. */
function positionOf(session: string): number {
  return Number.parseInt(sha256Hex(session, 8), 16) / 2 ** 32;
}
