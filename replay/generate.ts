/**
 * The built-in load generator, for where no k6 is: plays a load plan and writes the same log as k6
 * does, with the same meaning (`scenarios/lib`, `scenarios/xk6`).
 *
 *     plan ──► checked ──► own process: clock ──► send ──► log, a line a second ──► summary
 *
 * Measured with the server on the same two cores, lateness p50 / p99 and CPU of the generator:
 * 300/s 0.12 / 1.5 ms, 6 % of a core; 1,000/s 0.10 / 0.9 ms, 12 %; 5,000/s 0.09 / 1.7 ms, 33 %.
 */
import { UsageError } from '../simulator/model/usage-error.ts';
import type { LoadPlan } from '../simulator/traffic/load-plan.ts';
import { playElsewhere } from './generator-process.ts';
import { type AllowedHost, checkedTarget } from './guard.ts';
import type { PlayOrder } from './play.ts';
import { countArrivals } from './schedule.ts';
import type { GeneratorProgress, GeneratorSummary } from './tally.ts';

const MOST_IN_FLIGHT = 10_000;
/** What may stand in a request line and a header without a question. */
const PLAIN_PATH = /^[\w.~/-]+$/;
const PLAIN_TOKEN = /^[\w.:~-]{1,200}$/;
/** A start that has only just passed makes the first requests late, which the log says. */
const JUST_PASSED_MS = 1000;

export interface GenerateOptions {
  /** Base URL; see `checkedTarget`. */
  readonly target: string;
  /** Hosts other than this machine that may be loaded, exactly as the target names them. */
  readonly allowedHosts: readonly AllowedHost[];
  /** Epoch time of moment 0 in ms; give it a second to get ready. */
  readonly startAtMs: number;
  /** Sent with every request as `x-plimsoll-run`. */
  readonly runId: string;
  /** Path of the log (`simulator/results/load-log.ts`), which can be read while it grows. */
  readonly log: string;
  /** Arrivals beyond this many requests in flight are dropped and counted. Default 10,000. */
  readonly mostInFlight?: number;
  /** Stops the sending at once; what is in flight has five seconds to end. */
  readonly signal?: AbortSignal;
  /** Called once a second. */
  readonly onProgress?: (progress: GeneratorProgress) => void;
}

/**
 * Sends `GET <target>/<endpoint>` at each arrival time of the plan, open loop, and resolves when
 * all have ended. A signal that aborts meanwhile makes the summary say `isInterrupted`, and the
 * log's end line `interrupted`; the books are kept all the same.
 *
 * Throws a UsageError before anything is sent where target or plan are not as they should be, the
 * signal's reason if it has aborted before, a LogFileError where the log cannot be written, and
 * GeneratorDied.
 */
export async function generate(
  plan: Pick<LoadPlan, 'loads'>,
  options: GenerateOptions,
): Promise<GeneratorSummary> {
  const order = orderOf(plan, options);
  options.signal?.throwIfAborted();
  return playElsewhere(order, options.signal, options.onProgress ?? (() => {}));
}

function orderOf({ loads }: Pick<LoadPlan, 'loads'>, options: GenerateOptions): PlayOrder {
  const { allowedHosts, startAtMs, runId, log, mostInFlight = MOST_IN_FLIGHT } = options;
  const target = checkedTarget(options.target, allowedHosts);
  if (!PLAIN_TOKEN.test(runId)) throw new UsageError('run id: expected letters, digits and .:~-_');
  if (!(startAtMs > Date.now() - JUST_PASSED_MS)) {
    throw new UsageError('the start of the load has passed');
  }
  for (const { journey, endpoint } of loads) {
    if (PLAIN_PATH.test(endpoint)) continue;
    throw new UsageError(`plan: ${journey} calls an endpoint that is no plain path`);
  }
  const planned = countArrivals(loads);
  return { loads, planned, target, allowedHosts, startAtMs, runId, log, mostInFlight };
}
