/**
 * What the laws are written with. A law is a function that throws where a model's simulation breaks
 * it; `test/properties/claims.ts` says which models each is for.
 */
import { ok } from 'node:assert/strict';
import type { CallStep, Model, Step } from '../../../simulator/model/model.ts';
import { type Histogram, mergeHistograms } from '../../../simulator/results/histogram.ts';
import type { JourneySeries, Run } from '../../../simulator/results/results.ts';
import { simulateRun } from '../../../simulator/simulate.ts';

export const OPTIONS = {
  seed: 5,
  replications: 1,
  arrivals: 'independent',
  modelDigest: '',
} as const;

export function run(model: Model): Run {
  return simulateRun(model, OPTIONS, 0);
}

/** Of the whole run. */
export function latencies({ latencyMs }: JourneySeries): Histogram {
  return mergeHistograms(latencyMs);
}

export function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

export function atLeast(value: number, least: number, what: string): void {
  ok(value >= least, `${what}: expected at least ${least}, found ${value}`);
}

export function atMost(value: number, most: number, what: string): void {
  ok(value <= most, `${what}: expected at most ${most}, found ${value}`);
}

/** A step's time where it is constant. */
export function constantMs(step: Step, otherwise: number): number {
  return 'time' in step && step.time.type === 'constant' ? step.time.ms : otherwise;
}

/** What a call makes its callee do. */
export function stepsOf(model: Model, step: CallStep): readonly Step[] {
  const callee = model.services.find(({ name }) => name === step.service)!;
  return callee.endpoints.find(({ name }) => name === step.endpoint)!.steps;
}
