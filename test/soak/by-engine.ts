/**
 * Coverage of what `simulate --steady-state` answers: latencies from the engine, in order of
 * completion, runs that stop when they look good enough.
 */
import type { SteadyWish } from '../../simulator/analysis/steady-journey.ts';
import {
  nextLook,
  type SimulateLatencies,
  type SteadyLook,
} from '../../simulator/analysis/steady-state.ts';
import type { Model, Step, Traffic } from '../../simulator/model/model.ts';
import { simulateLatencies } from '../../simulator/simulate.ts';
import { mmcSojournMsMean, mmcSojournMsQuantile } from '../../simulator/theory/mmc.ts';
import { model, NO_TIME, service } from '../helpers/models.ts';
import type { Coverage } from './measure.ts';
import { MH5, MM1, MM10, type Queue } from './queues.ts';

const SERVICE_MS = 10;

/** What a journey's interval should hold, in ms; undefined where nobody knows. */
interface Truth {
  readonly journey: string;
  readonly mean: number;
  readonly p99: number | undefined;
}

export interface SteadySystem {
  readonly name: string;
  readonly model: Model;
  readonly truths: readonly Truth[];
}

function exponential(meanMs: number): Step {
  return { type: 'cpu', time: { type: 'exponential', meanMs } };
}

/** Visits that the exponential service of one station takes. */
function exponentialSystem({ name, servers, rho }: Queue): SteadySystem {
  const arrivalsPerSecond = (rho * servers * 1000) / SERVICE_MS;
  const station = { servers, arrivalsPerSecond, serviceMsMean: SERVICE_MS };
  const time = { type: 'exponential', meanMs: SERVICE_MS } as const;
  const serves = { type: 'threads', count: servers } as const;
  const mean = mmcSojournMsMean(station);
  const p99 = mmcSojournMsQuantile(station, 0.99);
  return {
    name,
    model: model(arrivalsPerSecond, 1000, [service('station', { time, serves })]),
    truths: [{ journey: 'visit', mean, p99 }],
  };
}

/**
 * M/H2/5 with its two branches as journeys: Poisson arrivals that are told apart by chance are two
 * independent streams of them, and both wait in the one queue.
 */
function branchedSystem({ name, servers, rho, waitMean }: Queue): SteadySystem {
  const arrivalsPerSecond = (rho * servers * 1000) / SERVICE_MS;
  const often = (1 + Math.sqrt(3 / 5)) / 2;
  const branches = [
    { journey: 'short', share: often },
    { journey: 'long', share: 1 - often },
  ].map((branch) => ({ ...branch, serviceMs: SERVICE_MS / 2 / branch.share }));
  const endpoints = branches.map(({ journey, serviceMs }) => ({
    name: journey,
    steps: [exponential(serviceMs)],
  }));
  const serves = { type: 'threads', count: servers } as const;
  const station = service('station', { time: NO_TIME, serves, endpoints });
  const base = model(arrivalsPerSecond, 1000, [station]);
  return {
    name,
    model: {
      ...base,
      journeys: branches.map(({ journey: endpoint }) => ({
        name: endpoint,
        steps: [{ type: 'call', service: 'station', endpoint, timeoutMs: undefined }],
      })),
      traffic: branches.map(({ journey, share }) =>
        traffic(base.traffic[0]!, journey, share * arrivalsPerSecond),
      ),
    },
    truths: branches.map(({ journey, serviceMs }) => {
      return { journey, mean: waitMean * SERVICE_MS + serviceMs, p99: undefined };
    }),
  };
}

function traffic(like: Traffic, name: string, perSecond: number): Traffic {
  const rate = like.rate.map((one) => {
    return { ...one, fromPerSecond: perSecond, toPerSecond: perSecond };
  });
  return { ...like, name, does: name, rate };
}

export const STEADY_MM1: SteadySystem = exponentialSystem(MM1);
export const STEADY_MM10: SteadySystem = exponentialSystem(MM10);
export const STEADY_MH5: SteadySystem = branchedSystem(MH5);

/** Counts hits of one statistic at one kind of look. */
class Tally {
  readonly method: string;
  readonly truth: number;
  private asked = 0;
  private requests = 0;
  private given = 0;
  private hits = 0;
  private width = 0;

  constructor(method: string, truth: number) {
    this.method = method;
    this.truth = truth;
  }

  record(low: number, high: number, requests: number): void {
    this.asked++;
    if (Number.isNaN(high - low)) return;
    this.given++;
    this.requests += requests;
    this.width += high - low;
    if (low <= this.truth && this.truth <= high) this.hits++;
  }

  /** Of the intervals that were given: a refusal in words is no interval that misses. */
  coverage(queue: string): Coverage {
    const { given, asked } = this;
    const refused = asked > given ? `, ${asked - given} of ${asked} refused` : '';
    return {
      method: this.method + refused,
      queue,
      count: Math.round(this.requests / given),
      macros: given,
      coverage: this.hits / given,
      relativeHalfWidth: this.width / given / 2 / this.truth,
    };
  }
}

/**
 * Coverage of mean and p99 of every journey: in the first run, whose length is the same
 * whatever it looks like, in the first run that looks good enough, and in the answer.
 */
export function measureSteady(
  { name, model: what, truths }: SteadySystem,
  wish: SteadyWish,
  macros: number,
): Coverage[] {
  const kinds = ['one run', `first within ±${wish.relativeHalfWidth * 100} %`, 'answer'];
  const pairs = truths.flatMap(({ journey, mean, p99 }) => [
    { journey, statistic: 'mean', truth: mean } as const,
    ...(p99 === undefined ? [] : [{ journey, statistic: 'p99', truth: p99 } as const]),
  ]);
  const rows = pairs.map((pair) => ({
    ...pair,
    tallies: kinds.map(
      (kind) => new Tally(`${pair.journey} ${pair.statistic}, ${kind}`, pair.truth),
    ),
  }));
  for (let seed = 1; seed <= macros; seed++) {
    const seen = looks(what, wish, seed);
    for (const row of rows)
      for (const [kind, tally] of row.tallies.entries()) recordLook(tally, seen[kind]!, row);
  }
  return rows.flatMap(({ tallies }) => tallies.map((tally) => tally.coverage(name)));
}

/** The first run, the first that is good enough, and the last, which is the answer. */
function looks(what: Model, wish: SteadyWish, seed: number): SteadyLook[] {
  const simulate: SimulateLatencies = (longer, run) => simulateLatencies(longer, seed, run);
  const all = [nextLook(what, wish, simulate)];
  while (!all.at(-1)!.isLast) all.push(nextLook(what, wish, simulate, all.at(-1)!));
  return [all[0]!, all.find(({ wasGood }) => wasGood) ?? all.at(-1)!, all.at(-1)!];
}

function recordLook(
  tally: Tally,
  { journeys, requests }: SteadyLook,
  { journey, statistic }: { readonly journey: string; readonly statistic: 'mean' | 'p99' },
): void {
  const { low, high } = journeys.find((one) => one.journey === journey)!.latencyMs[statistic];
  tally.record(low, high, requests);
}
