/** A model in which everything takes k times as long; a group's own clocks are left as they are. */
import type {
  Distribution,
  Endpoint,
  Journey,
  Model,
  Step,
  Traffic,
} from '../../simulator/model/model.ts';
import { segment } from './random-models.ts';

/** Half as many arrivals a second for k = 2, and every step, timeout and hop twice as long. */
export function slower(model: Model, k: number): Model {
  return {
    ...model,
    durationMs: k * model.durationMs,
    hopMs: k * model.hopMs,
    traffic: model.traffic.map((source) => slowerTraffic(source, k)),
    journeys: model.journeys.map((journey) => withSlowerSteps(journey, k)),
    services: model.services.map((service) => ({
      ...service,
      endpoints: service.endpoints.map((endpoint) => withSlowerSteps(endpoint, k)),
    })),
  };
}

function slowerTraffic(source: Traffic, k: number): Traffic {
  const rate = source.rate.map(({ startMs, endMs, fromPerSecond, toPerSecond }) =>
    segment(k * startMs, k * endMs, fromPerSecond / k, toPerSecond / k),
  );
  const { arrivals } = source;
  if (typeof arrivals !== 'object' || arrivals.type !== 'bursts') return { ...source, rate };
  const { everyMs, forMs } = arrivals;
  return { ...source, rate, arrivals: { ...arrivals, everyMs: k * everyMs, forMs: k * forMs } };
}

function withSlowerSteps<T extends Endpoint | Journey>(item: T, k: number): T {
  return { ...item, steps: item.steps.map((step) => slowerStep(step, k)) };
}

function slowerStep(step: Step, k: number): Step {
  if (step.type === 'cpu' || step.type === 'wait') {
    return { ...step, time: slowerTime(step.time, k) };
  }
  if (step.type !== 'call') throw new Error(`no ${step.type} in these models`);
  const timeoutMs = step.timeoutMs === undefined ? undefined : k * step.timeoutMs;
  if (step.retry === undefined) return { ...step, timeoutMs };
  const { attempts, backoff } = step.retry;
  return { ...step, timeoutMs, retry: { attempts, backoff: slowerTime(backoff, k) } };
}

function slowerTime(time: Distribution, k: number): Distribution {
  switch (time.type) {
    case 'constant':
      return { type: 'constant', ms: k * time.ms };
    case 'exponential':
      return { type: 'exponential', meanMs: k * time.meanMs };
    case 'lognormal':
      return { type: 'lognormal', medianMs: k * time.medianMs, p99Ms: k * time.p99Ms };
    case 'phase-type':
      return { ...time, meanMs: k * time.meanMs };
    case 'pareto':
      return { ...time, minMs: k * time.minMs };
    case 'empirical':
      return { type: 'empirical', valuesMs: time.valuesMs.map((ms) => k * ms) };
    default:
      return time satisfies never;
  }
}
