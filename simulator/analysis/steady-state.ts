/**
 * The steady state of a model: ever longer runs, until every journey is known well enough or the
 * cap is reached.
 *
 *     question ──refused──► words
 *        │ makes sense
 *        ▼
 *     200,000 ──► 400,000 ──► … ──► good enough ──► twice as long ──► good enough: the answer
 *     └─────────── each run with random numbers of its own ──────────┘
 *
 * The first run that looks good enough is not the answer: luck may have made it look so. A run that
 * saw no long queue has a p99 that is too low and an interval that is too narrow at once: of 120
 * such first runs of M/M/10 at ρ 0.9, at ±10 %, 85 % held the p99. It says how long a run must be;
 * the numbers come from a run that had no part in that decision, twice as long: of those 95 % did
 * (`test/soak/README.md`).
 */
import type { Model } from '../model/model.ts';
import type { LatencyRun } from '../results/latency-log.ts';
import type { Counters, Provenance } from '../results/results.ts';
import { journeyRates, type OfferedLoad } from './offered-load.ts';
import { type Judged, judgeLatencies, type SteadyWish, type Trust } from './steady-journey.ts';
import { fewestRequests } from './steady-question.ts';

export interface SteadyJourney extends Omit<Judged, 'rises'> {
  readonly journey: string;
  /** Share of arrivals that failed, timed out or were shed: they have no latency. */
  readonly errorRatio: number;
  /** Runs in a row in which its latency rose. */
  readonly risen: number;
}

/** What one run has shown. */
export interface SteadyLook {
  /** Its number, from 0: the replication whose random numbers it had. */
  readonly run: number;
  /** Arrivals of the run in the mean. */
  readonly requests: number;
  /** Of all runs so far. */
  readonly requestsInAll: number;
  /** Every journey is known well enough, in this run or in one before it. */
  readonly wasGood: boolean;
  /** Trustworthy after another run was good enough as well. */
  readonly verdict: Trust;
  readonly isLast: boolean;
  /** Journeys that anybody does, in the model's order. */
  readonly journeys: readonly SteadyJourney[];
}

export const STEADY_STATE_FORMAT = 'plimsoll-steady-state/1';

/** The whole answer, as it is printed: the last look with what was asked. Plain JSON. */
export interface SteadyState extends Omit<SteadyLook, 'isLast' | 'wasGood'> {
  readonly format: typeof STEADY_STATE_FORMAT;
  readonly name: string;
  readonly provenance: Provenance;
  readonly wish: SteadyWish;
  readonly loads: readonly OfferedLoad[];
  readonly notes: readonly string[];
}

/** Runs a model to its end, with the random numbers of one replication. */
export type SimulateLatencies = (model: Model, replication: number) => LatencyRun;

const FIRST_REQUESTS = 200_000;
/** Whatever rises in three runs of which each is twice as long does not come to rest. */
const MOST_RISES = 3;

/**
 * Runs a model whose question makes sense (`questionSteadyState`) for ever longer times.
 *
 * Returns the last look: `trustworthy`, or `inconclusive` with each journey's reason. The cap is
 * given in requests and not in time, so that every machine gives the same answer.
 * Example: M/M/1 at ρ 0.8 and a wish of 0.02 takes a run of 12,800,000 requests.
 */
export function findSteadyState(
  model: Model,
  wish: SteadyWish,
  simulate: SimulateLatencies,
): SteadyLook {
  let look = nextLook(model, wish, simulate);
  while (!look.isLast) look = nextLook(model, wish, simulate, look);
  return look;
}

/** The first run, or the one after `before`: a worker makes one at a time. */
export function nextLook(
  model: Model,
  wish: SteadyWish,
  simulate: SimulateLatencies,
  before?: SteadyLook,
): SteadyLook {
  const run = before === undefined ? 0 : before.run + 1;
  const requests = nextRequests(model, wish, before);
  const journeys = judgeRun(model, wish, simulate(lasting(model, requests), run), before);
  const isGood = journeys.every(({ verdict }) => verdict === 'trustworthy');
  const isSure = isGood && before?.wasGood === true;
  const isHopeless = journeys.some(({ risen }) => risen >= MOST_RISES);
  const isCapped = requests >= wish.mostRequests && (!isGood || isSure);
  return {
    run,
    requests,
    requestsInAll: requests + (before?.requestsInAll ?? 0),
    wasGood: isGood || before?.wasGood === true,
    verdict: isSure ? 'trustworthy' : 'inconclusive',
    isLast: isSure || isHopeless || isCapped,
    journeys,
  };
}

function judgeRun(
  model: Model,
  wish: SteadyWish,
  { run, latenciesMs }: LatencyRun,
  before: SteadyLook | undefined,
): SteadyJourney[] {
  const rates = journeyRates(model);
  return model.journeys.flatMap(({ name }, index) => {
    if (!rates.has(name)) return [];
    const { rises, ...judged } = judgeLatencies(latenciesMs[index]!, wish);
    const previous = before?.journeys.find(({ journey }) => journey === name);
    const risen = rises ? (previous?.risen ?? 0) + 1 : 0;
    const reason = risen < MOST_RISES ? judged.reason : `${judged.reason}; ${risenWords(risen)}`;
    const errorRatio = errorRatioOf(run.journeys[name]!.counters);
    return [{ journey: name, ...judged, reason, errorRatio, risen }];
  });
}

/** Arrivals of the run after a look, of the first one without a look. */
export function nextRequests(
  model: Model,
  { mostRequests }: SteadyWish,
  before?: SteadyLook,
): number {
  const first = Math.max(FIRST_REQUESTS, fewestRequests(model));
  return Math.min(mostRequests, before === undefined ? first : 2 * before.requests);
}

/** The model for as long as so many arrivals take in the mean, its rates constant. */
function lasting(model: Model, requests: number): Model {
  const perSecond = [...journeyRates(model).values()].reduce((sum, rate) => sum + rate, 0);
  const durationMs = (requests / perSecond) * 1000;
  const traffic = model.traffic.map((one) => {
    const rate = one.rate[0]?.fromPerSecond ?? 0;
    const segment = { startMs: 0, endMs: durationMs, fromPerSecond: rate, toPerSecond: rate };
    return { ...one, rate: [{ ...segment, phase: undefined }] };
  });
  return { ...model, durationMs, warmUpMs: 0, traffic };
}

function errorRatioOf({ arrived, failed, timedOut, shed }: Counters): number {
  return (failed + timedOut + shed) / arrived;
}

function risenWords(risen: number): string {
  return `it rose in ${risen} runs, each twice as long as the one before`;
}
