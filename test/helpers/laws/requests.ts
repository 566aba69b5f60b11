/** Laws of requests: one fate each, after its start, in the time that it may take. */
import { deepEqual, equal } from 'node:assert/strict';
import { compile } from '../../../simulator/engine/compile.ts';
import { engineOfThread } from '../../../simulator/engine/engine.ts';
import type { Model, Step } from '../../../simulator/model/model.ts';
import type { Run } from '../../../simulator/results/results.ts';
import { NO_TIME } from '../models.ts';
import { atLeast, atMost, constantMs, latencies, OPTIONS, run, stepsOf, total } from './law.ts';

/** arrived = completed + failed + timed out + shed + inside, looked at after every few events. */
export function keepBooks(model: Model, events: number): void {
  const engine = engineOfThread();
  engine.begin(model, compile(model), { seed: OPTIONS.seed, replication: 0 });
  let slices = 0;
  while (engine.runSlice(events)) if (++slices % 16 === 0) booksAreKept(engine.finish());
  booksAreKept(engine.finish());
}

function booksAreKept({ journeys }: Run): void {
  for (const series of Object.values(journeys)) {
    const { arrived, completed, failed, timedOut, shed, inside } = series.counters;
    atLeast(Math.min(completed, failed, timedOut, shed, inside), 0, 'requests');
    equal(completed + failed + timedOut + shed + inside, arrived);
    equal(total(series.arrived), arrived);
    equal(total(series.completed), completed);
    equal(total(series.errors), failed + timedOut + shed);
    const counts = series.latencyMs.map(({ count }) => count);
    deepEqual(counts, series.completed);
  }
}

/** A request belongs to the moment of its start, and ends after it. */
export function endAfterTheirStart(model: Model): void {
  for (const series of Object.values(run(model).journeys)) {
    series.arrived.forEach((arrived, bucket) => {
      const ended = series.completed[bucket]! + series.errors[bucket]!;
      atMost(ended, arrived, `ended of bucket ${bucket}`);
    });
    atLeast(latencies(series).min, 0, 'latency');
  }
}

/** Nobody is left inside whose every call has a timeout. */
export function giveUp(model: Model): void {
  const { journeys } = run(model);
  for (const { name, steps } of model.journeys) {
    const patience = steps.map((step) =>
      step.type === 'call' ? (step.timeoutMs ?? step.patience) : 0,
    );
    if (!patience.includes(undefined)) equal(journeys[name]!.counters.inside, 0);
  }
}

/** No request is quicker than its steps and hops, or slower than its patience. */
export function takeTheirTime(model: Model): void {
  const { journeys } = run(model);
  for (const { name, steps } of model.journeys) {
    const { count, min, max } = latencies(journeys[name]!);
    if (count === 0) continue;
    atLeast(min, leastMs(model, steps) - 1e-9, 'latency');
    atMost(max, mostMs(steps) + 1e-9, 'latency');
  }
}

/** Time of all steps with all that they call, and the hops there and back. */
function leastMs(model: Model, steps: readonly Step[]): number {
  return total(
    steps.map((step) => {
      if (step.type !== 'call') return constantMs(step, 0);
      return 2 * model.hopMs + leastMs(model, stepsOf(model, step));
    }),
  );
}

/** ∞ where a call has no timeout. */
function mostMs(steps: readonly Step[]): number {
  const forever = Number.POSITIVE_INFINITY;
  return total(
    steps.map((step) => {
      if (step.type !== 'call') return constantMs(step, forever);
      const { attempts, backoff } = step.retry ?? { attempts: 1, backoff: NO_TIME };
      const pauseMs = backoff.type === 'constant' ? backoff.ms : forever;
      return attempts * (step.timeoutMs ?? forever) + (attempts - 1 && pauseMs);
    }),
  );
}
