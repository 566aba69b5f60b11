/**
 * Plays a plan's arrivals, open loop: each request is sent at its own time, whatever became of the
 * ones before. Runs in a process of its own (`generate.ts` starts it), so that nobody else's work
 * makes it late.
 */
import type { JourneyLoad } from '../simulator/traffic/load-plan.ts';
import { inPlace } from './beside.ts';
import type { AllowedHost } from './guard.ts';
import { LoadRun } from './load-run.ts';
import { LogFile } from './log-file.ts';
import type { GeneratorProgress, GeneratorSummary } from './tally.ts';
import { warmUp } from './warm-up.ts';

/** Practice ends so long before moment 0. */
const QUIET_MS = 200;
const FLUSH_PERIOD_MS = 1000;

/** What to play, as it goes to the generator's process: plain data. */
export interface PlayOrder {
  readonly loads: readonly JourneyLoad[];
  /** Arrivals of all loads. */
  readonly planned: number;
  /** As `checkedTarget` returns it. */
  readonly target: string;
  readonly allowedHosts: readonly AllowedHost[];
  /** Epoch time of moment 0. */
  readonly startAtMs: number;
  readonly runId: string;
  /** Path of the log. */
  readonly log: string;
  /** Arrivals beyond this many requests in flight are dropped. */
  readonly mostInFlight: number;
}

/**
 * Resolves when all that was sent has ended and the log is complete. Throws a LogFileError when it
 * cannot be written; then the sending has stopped.
 *
 * @param signal stops the sending; what is in flight has five seconds to end
 * @param onProgress called once a second
 */
export async function play(
  order: PlayOrder,
  signal: AbortSignal,
  onProgress: (progress: GeneratorProgress) => void,
): Promise<GeneratorSummary> {
  // It is read while it grows, and has a line at its end.
  const file = await LogFile.open(order.log, undefined, inPlace);
  const run = new LoadRun(order, (text) => file.write(text));
  const stop = () => run.stop();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const flushing = setInterval(() => {
    onProgress(run.flush());
    if (file.failure !== undefined) stop();
  }, FLUSH_PERIOD_MS);
  try {
    await warmUp(order.startAtMs - QUIET_MS, signal);
    await run.sendAll();
    await run.drain();
    return run.finish();
  } finally {
    signal.removeEventListener('abort', stop);
    clearInterval(flushing);
    await run.close();
    await file.close();
  }
}
