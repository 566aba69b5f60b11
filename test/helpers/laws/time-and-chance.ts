/** Laws of clocks and random streams. */
import { deepEqual, equal, notDeepEqual, ok } from 'node:assert/strict';
import { compile } from '../../../simulator/engine/compile.ts';
import { runReplication } from '../../../simulator/engine/engine.ts';
import type { Model, Service } from '../../../simulator/model/model.ts';
import { bucketOf, type Histogram } from '../../../simulator/results/histogram.ts';
import { type SimulationOptions, simulate } from '../../../simulator/simulate.ts';
import { slower } from '../slower-clocks.ts';
import { atMost, latencies, OPTIONS, run, total } from './law.ts';

function runs(model: Model, options: Partial<SimulationOptions>): string[] {
  return simulate(model, { ...OPTIONS, ...options }).runs.map((one) => JSON.stringify(one));
}

/** k times slower clocks make latencies exactly k times longer, for powers of two. */
export function scalesWithItsClocks(model: Model, k: number): void {
  const plain = run(model).journeys;
  const slow = run(slower(model, k)).journeys;
  for (const { name } of model.journeys) {
    const [one, other] = [plain[name]!, slow[name]!];
    // How long a run may take to empty is a constant of its own.
    if (one.counters.inside + other.counters.inside > 0) continue;
    deepEqual(other.counters, one.counters);
    const [a, b] = [latencies(one), latencies(other)];
    if (a.count === 0) continue;
    deepEqual([b.min, b.max], [k * a.min, k * a.max]);
    ok(Math.abs(b.sum / k - a.sum) < 1e-4, `sums: ${b.sum} / ${k}, ${a.sum}`);
    deepEqual(countsFrom(bucketOf(k), b), countsFrom(bucketOf(1), a));
  }
}

/** Sparse counts from a bucket on, as [buckets above it, count]. */
function countsFrom(bucket: number, histogram: Histogram): [number, number][] {
  return [...histogram.counts.subarray(bucket)]
    .map((count, above): [number, number] => [above, count])
    .filter(([, count]) => count > 0);
}

/** The same seed gives the same bytes again, and more replications change no earlier one. */
export function repeatsItself(model: Model): void {
  const two = runs(model, { replications: 2 });
  deepEqual(runs(model, { replications: 2 }), two);
  deepEqual(runs(model, { replications: 1 }), two.slice(0, 1));
  if (model.traffic.every(({ arrivals }) => arrivals === 'even')) return;
  const other = runs(model, { seed: OPTIONS.seed + 1 });
  equal(new Set([...two, ...other]).size, 3);
}

/** The code that is made for long runs does what the machine does, to the byte. */
export function isTheSameGenerated(model: Model): void {
  const program = compile(model);
  const [made, played] = [true, false].map((isGenerated) =>
    JSON.stringify(runReplication(model, program, { ...OPTIONS, replication: 0, isGenerated })),
  );
  // Not `equal`, which would look for the difference for minutes.
  ok(made === played, 'generated code gives other bytes');
}

/**
 * Who arrives depends on the traffic and the seed alone: not on what the services do, nor on the
 * replication where arrivals are shared.
 */
export function arrivesWhateverIsDone(model: Model): void {
  const idle = { ...model, services: model.services.map(withoutWork) };
  const [one, ...same] = [...arrivals(model, { replications: 2 }), ...arrivals(idle)];
  deepEqual(same, [one, one]);
  if (model.traffic.every(({ arrivals }) => arrivals === 'even')) return;
  notDeepEqual(arrivals(model, { seed: OPTIONS.seed + 1 }), [one]);
}

/** By replication, by journey: arrivals in each bucket. */
function arrivals(model: Model, options: Partial<SimulationOptions> = {}): (readonly number[])[][] {
  return simulate(model, { ...OPTIONS, arrivals: 'shared', ...options }).runs.map(({ journeys }) =>
    Object.values(journeys).map(({ arrived }) => arrived),
  );
}

function withoutWork(service: Service): Service {
  const endpoints = service.endpoints.map(({ name }) => ({ name, steps: [] }));
  return { ...service, endpoints };
}

/**
 * Poisson arrivals see time averages (Wolff 1982): those that a full server sheds, less λ ∫ busy
 * dt, are a martingale of variation λ ∫ busy dt, which Freedman's inequality bounds. For models of
 * one thread without a queue at `s0`; a chance of some 10⁻⁹ to be wrong.
 */
export function arrivalsSeeTimeAverages(model: Model): void {
  const { bucketMs, runs } = simulate(model, OPTIONS);
  const { services, journeys } = runs[0]!;
  const busyMs = total(services['s0']!.utilizationRatio.map((ratio) => ratio! * bucketMs));
  const perMs = total(model.traffic.map(({ rate }) => rate[0]!.fromPerSecond / 1000));
  const shed = total(Object.values(journeys).map(({ counters }) => counters.shed));
  const expected = perMs * busyMs;
  const certainty = Math.log(2e9);
  const off = certainty / 3 + Math.sqrt(certainty ** 2 / 9 + 2 * certainty * expected);
  atMost(Math.abs(shed - expected), off, `shed ${shed}, expected ${expected}: difference`);
}
