/** Laws of groups of instances: their size, their work and what they cost. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { summarizeGroups } from '../../../simulator/analysis/groups.ts';
import type { InstanceMix } from '../../../simulator/model/mix-settings.ts';
import type { Model, Service, Step } from '../../../simulator/model/model.ts';
import { warmPoolSize } from '../../../simulator/policies/aws/warm-pool.ts';
import type {
  MixSeries,
  Run,
  ScalingDecision,
  ServiceSeries,
} from '../../../simulator/results/results.ts';
import { simulate } from '../../../simulator/simulate.ts';
import { atLeast, atMost, constantMs, latencies, OPTIONS, run, stepsOf, total } from './law.ts';

const HOUR_MS = 3_600_000;

/**
 * Booting and serving instances are what was decided, at most the maximum, in every bucket; a warm
 * pool has what it should have then. Of a group with roll-outs there are more, and once all are
 * over what was decided.
 */
export function haveTheSizeDecided(model: Model): void {
  const { bucketMs, runs } = simulate(model, OPTIONS);
  for (const { name, scaling, rollouts: planned, on } of model.services) {
    const { booting, serving, draining, desired, rollouts = [], mix } = runs[0]!.services[name]!;
    equal(desired.length, model.durationMs / bucketMs);
    if (mix !== undefined) haveTheUnitsDecided(on.mix!, mix, desired);
    const sizes = booting.map((count, bucket) => count + serving[bucket]!);
    if (planned === undefined && mix === undefined) deepEqual(sizes, desired);
    atMost(Math.max(...sizes), mostInstances(scaling.max, planned), 'instances');
    const isOver = rollouts.every(({ endedAtMs }) => endedAtMs !== null);
    if (isOver && mix === undefined) equal(sizes.at(-1), desired.at(-1));
    const { warmPool } = scaling;
    const pooled = warmPool && desired.map((size) => warmPoolSize(warmPool, size, scaling.max));
    deepEqual(runs[0]!.services[name]!.warmPool?.size, pooled);
    atMost(Math.max(...desired), scaling.max, 'desired');
    atLeast(Math.min(...booting, ...serving, ...draining), 0, 'instances');
  }
}

/**
 * With roll-outs three times the maximum and one; a router's canary has the instances that a step
 * says, and either side its least.
 */
function mostInstances(max: number, planned: Service['rollouts']): number {
  if (planned === undefined) return max + 1;
  const more = planned.map(({ strategy }) => {
    if (strategy.type !== 'canary' || strategy.routing === undefined) return 0;
    const fixed = strategy.steps.map((step) =>
      'scale' in step && 'replicas' in step.scale ? step.scale.replicas : 0,
    );
    return Math.max(...fixed) + 2 * strategy.routing.minPodsPerReplicaSet;
  });
  return 3 * max + 1 + Math.max(...more);
}

/** A group of several types has what is desired, and less than its largest instance more. */
function haveTheUnitsDecided(
  { types }: InstanceMix,
  { booting, serving, hours }: MixSeries,
  desired: readonly number[],
): void {
  const largest = Math.max(...types.map(({ weight }) => weight));
  for (const [bucket, wanted] of desired.entries()) {
    const units = booting[bucket]! + serving[bucket]!;
    atLeast(units, wanted, 'units');
    atMost(units, wanted + largest - 1, 'units');
  }
  atLeast(Math.min(...Object.values(hours)), 0, 'hours of a type');
}

/** Of a share, which is a difference of integrals: −1.5·10⁻¹⁶ was seen. */
const ROUNDING = 1e-9;

/** Utilisation is a share. */
export function areBusyWithinCapacity(model: Model): void {
  const { services } = run(model);
  for (const service of model.services) {
    const { utilizationRatio, zombies } = services[service.name]!;
    const most = mostBusy(service);
    for (const ratio of utilizationRatio) {
      atLeast(ratio ?? 0, -ROUNDING, 'utilisation');
      atMost(ratio ?? 0, most + ROUNDING, 'utilisation');
    }
    atLeast(zombies, 0, 'zombies');
  }
}

/** Of a quota there is more at times than its share. */
function mostBusy({ serves, on }: Service): number {
  if (serves.type !== 'cpu-shared' || serves.quotaCores === undefined) return 1;
  // A container that starts again has a period of its own, with a whole quota; all cores at most.
  if (on.liveness !== undefined) return serves.cores / serves.quotaCores;
  // A quota is for periods of 100 ms: a bucket of a second has eleven beginnings at most.
  return 1.1;
}

/** Decisions come in order, during the run, each from what the one before had decided. */
export function decideInOrder(model: Model): void {
  const { decisions } = run(model);
  const times = decisions.map(({ atMs }) => atMs);
  deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  atLeast(Math.min(model.durationMs, ...times), 0, 'first decision');
  atMost(Math.max(0, ...times), model.durationMs, 'last decision');
  for (const { name, scaling } of model.services) {
    const own = decisions.filter(({ service }) => service === name);
    const before = [scaling.start, ...own.map(({ desired }) => desired)];
    deepEqual(
      own.map(({ from }) => from),
      before.slice(0, -1),
    );
    for (const { from, desired } of own) ok(from !== desired, `${from} → ${desired}`);
  }
}

/**
 * Instance time is ∫ desired dt and what leaving instances took to drain, the drain's length each
 * at most; it costs its price.
 */
export function payForTheirInstances(model: Model): void {
  const results = simulate(model, OPTIONS);
  const { services, decisions } = results.runs[0]!;
  const delivered = model.services.filter(
    ({ rollouts, scaling }) => (rollouts ?? scaling.replaceUnhealthy) !== undefined,
  );
  const isDelivered = new Set(delivered.map(({ name }) => name));
  for (const { dollars, instanceHours, service } of summarizeGroups(model, results)) {
    const { scaling, on } = model.services.find(({ name }) => name === service)!;
    const { leastMs, drainMs } = instanceTime(scaling, ofService(decisions, service), model);
    const foundMs = services[service]!.instanceHours * HOUR_MS;
    // What a roll-out has more of, and replacements that drain, are not in the decisions.
    if (on.mix !== undefined) {
      payByType(services[service]!, on.mix, dollars!.value);
      continue;
    }
    if (!isDelivered.has(service)) {
      atLeast(foundMs, leastMs - 1e-3, `${service}, instance time`);
      // A node that goes makes its pods drain, which the group's own decisions do not tell.
      const isEvicted = on.pod !== undefined && model.autoscaler !== undefined;
      if (!isEvicted) atMost(foundMs, leastMs + drainMs + 1e-3, `${service}, instance time`);
    }
    if (on.dollarsPerHour === undefined) equal(dollars, undefined);
    else if (scaling.warmPool === undefined) {
      equal(dollars!.value, instanceHours.value * on.dollarsPerHour);
    } else atLeast(dollars!.value, instanceHours.value * on.dollarsPerHour, 'with its pool');
  }
}

/** Hours of types are those of the group, and each has its price. */
function payByType({ instanceHours, mix }: ServiceSeries, { types }: InstanceMix, dollars: number) {
  const near = (a: number, b: number) => ok(Math.abs(a - b) < 1e-9, `${a} and ${b}`);
  near(total(Object.values(mix!.hours)), instanceHours);
  near(
    total(types.map(({ name, dollarsPerHour }) => mix!.hours[name]! * dollarsPerHour!)),
    dollars,
  );
}

function ofService(decisions: readonly ScalingDecision[], service: string): ScalingDecision[] {
  return decisions.filter((decision) => decision.service === service);
}

/** Integral of `desired`, and the longest that the drains may take, both until the run's end. */
function instanceTime(
  { start, drainMs: longestMs }: Service['scaling'],
  decisions: readonly ScalingDecision[],
  { durationMs }: Model,
): { leastMs: number; drainMs: number } {
  let leastMs = start * durationMs;
  let drainMs = 0;
  for (const { atMs, from, desired } of decisions) {
    const leftMs = durationMs - atMs;
    leastMs += (desired - from) * leftMs;
    drainMs += Math.max(0, from - desired) * Math.min(longestMs, leftMs);
  }
  return { leastMs, drainMs };
}

/**
 * Servers are busy for as long as what they did takes; for models where everybody is served. Says
 * nothing of a run whose end came before that of its last request.
 */
export function areBusyWithTheirWork(model: Model): void {
  const { bucketMs, runs } = simulate(model, OPTIONS);
  const { services, journeys } = runs[0]!;
  if (!isOverInTime(model, journeys)) return;
  for (const service of model.services.filter(hasKnownWork)) {
    const { utilizationRatio, serving } = services[service.name]!;
    const servers = serving[0]! * serversOf(service);
    const busyMs = servers * total(utilizationRatio.map((ratio) => ratio! * bucketMs));
    const workMs = total(
      model.journeys.map(({ name, steps }) => {
        const { completed } = journeys[name]!.counters;
        return completed * workMsAt(model, service, steps);
      }),
    );
    ok(Math.abs(busyMs - workMs) <= 1e-6, `${service.name}: busy ${busyMs} ms, work ${workMs} ms`);
  }
}

/** Whether even the slowest request would have ended in time if it had been the last to arrive. */
function isOverInTime({ traffic, durationMs }: Model, journeys: Run['journeys']): boolean {
  const busy = traffic.flatMap(({ rate }) => rate.filter(({ toPerSecond }) => toPerSecond > 0));
  const lastMs = Math.max(...busy.map(({ endMs }) => endMs));
  return Object.values(journeys).every(
    (series) => series.counters.inside === 0 && lastMs + latencies(series).max <= durationMs,
  );
}

/** A thread is held through its calls, which take as long as they take. */
function hasKnownWork({ serves, endpoints }: Service): boolean {
  const calls = endpoints.some(({ steps }) => steps.some(({ type }) => type === 'call'));
  return serves.type !== 'threads' || !calls;
}

function serversOf({ serves }: Service): number {
  if ('cores' in serves) return serves.cores;
  return 'count' in serves ? serves.count : 1;
}

/** What one request makes a service do; waiting is work where it holds a thread. */
function workMsAt(model: Model, service: Service, steps: readonly Step[], here = false): number {
  return total(
    steps.map((step) => {
      if (step.type === 'call') {
        return workMsAt(model, service, stepsOf(model, step), step.service === service.name);
      }
      const counts = step.type === 'cpu' || service.serves.type === 'threads';
      return here && counts ? constantMs(step, Number.NaN) : 0;
    }),
  );
}
