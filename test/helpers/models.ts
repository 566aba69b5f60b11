/** Small models for tests, built in code. */
import type { Distribution, Model, Service } from '../../simulator/model/model.ts';
import type { ScalingPolicy } from '../../simulator/model/scaling-settings.ts';

export const NO_TIME: Distribution = { type: 'constant', ms: 0 };

/** One service with one endpoint of one step. */
export function service(
  name: string,
  overrides: Partial<Service> & { time: Distribution },
): Service {
  const { time, ...rest } = overrides;
  return {
    name,
    on: { type: undefined, dollarsPerHour: undefined, boot: NO_TIME, warmUpMs: 0 },
    serves: { type: 'threads', count: 1 },
    balancing: { type: 'round-robin' },
    scaling: fixedSize(1),
    endpoints: [{ name: 'work', steps: [{ type: 'cpu', time }] }],
    ...rest,
  };
}

export function fixedSize(count: number): Service['scaling'] {
  return { min: count, max: count, start: count, drainMs: 300_000, policies: [] };
}

export function scalable(
  min: number,
  max: number,
  policies: readonly ScalingPolicy[],
): Service['scaling'] {
  return { min, max, start: min, drainMs: 10_000, policies };
}

/** Learners call the first service's `work` at a constant rate. */
export function model(
  ratePerSecond: number,
  durationMs: number,
  services: readonly Service[],
  overrides: Partial<Model> & { timeoutMs?: number } = {},
): Model {
  const { timeoutMs, ...rest } = overrides;
  const segment = { startMs: 0, endMs: durationMs, phase: undefined };
  return {
    name: 'test',
    durationMs,
    warmUpMs: 0,
    hopMs: 0,
    slos: [],
    traffic: [
      {
        name: 'learners',
        does: 'visit',
        rate: [{ ...segment, fromPerSecond: ratePerSecond, toPerSecond: ratePerSecond }],
        arrivals: 'poisson',
      },
    ],
    journeys: [
      {
        name: 'visit',
        steps: [{ type: 'call', service: services[0]!.name, endpoint: 'work', timeoutMs }],
      },
    ],
    services,
    ...rest,
  };
}
