/** A recorded load that was played again at some speed, and the model driven by the same times. */
import { UsageError } from '../simulator/model/usage-error.ts';
import type { JourneySeries, Results } from '../simulator/results/results.ts';
import type { Comparison } from './comparison.ts';
import { seenByController } from './measured.ts';
import type { StagingSeries } from './read-staging-log.ts';
import { worstOf } from './text-verdicts.ts';

export interface ReplayRound {
  /** Times the recorded speed. */
  readonly speed: number;
  readonly predicted: Results;
  readonly measured: Results;
  readonly comparison: Comparison;
  /** Path of the round's own report, relative to the one that it is shown in. */
  readonly report: string;
}

/**
 * What a load and its replays come to together: the most telling verdict of all, with the reasons
 * of each. The checks are those of the load, and those of every replay behind them.
 */
export function withReplays(comparison: Comparison, rounds: readonly ReplayRound[]): Comparison {
  if (rounds.length === 0) return comparison;
  const all = [comparison, ...rounds.map((round) => round.comparison)];
  const reasons = rounds.flatMap(({ speed, comparison: own }) =>
    own.reasons.map((reason) => `replay ×${speed}: ${reason}`),
  );
  return {
    ...comparison,
    verdict: worstOf(all.map(({ verdict }) => verdict))!,
    reasons: [...comparison.reasons, ...reasons],
    checks: all.flatMap(({ checks }) => checks),
  };
}

/**
 * A replay as the measurement of a prediction: its endpoints are the model's journeys, and what the
 * controller saw is in it. Throws a UsageError where the two are not of one length, or where the
 * replay has an endpoint that no journey calls first.
 *
 * @param journeys endpoint, such as `GET /feed`, → journey
 */
export function measuredByReplay(
  replayed: Results,
  predicted: Results,
  journeys: ReadonlyMap<string, string>,
  staging: StagingSeries | undefined,
): Results {
  const { name, durationMs, warmUpMs, phases, bucketMs, provenance } = predicted;
  if (replayed.bucketMs !== bucketMs || replayed.durationMs > durationMs) {
    throw new UsageError(
      `expected a replay of at most ${durationMs} ms, found one of ${replayed.durationMs} ms`,
    );
  }
  const [run] = replayed.runs;
  const named = Object.entries(run!.journeys).map(([endpoint, series]): [string, JourneySeries] => {
    const journey = journeys.get(endpoint);
    if (journey !== undefined) return [journey, series];
    throw new UsageError(`the replay has ${endpoint}, which no journey of ${name} calls first`);
  });
  return {
    ...replayed,
    name,
    provenance: { ...replayed.provenance, modelDigest: provenance.modelDigest },
    durationMs,
    warmUpMs,
    phases,
    runs: [{ ...run!, journeys: Object.fromEntries(named), ...seenByController(staging) }],
  };
}
