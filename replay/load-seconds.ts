/**
 * Collects what a load generator measures by the second, counted from moment 0, in which a request
 * *started*; by the moment of its answer a slow one would move to a later second. The twin of
 * `scenarios/xk6/seconds.go`.
 */
import { Histogram } from '../simulator/results/histogram.ts';
import type { JourneySecond, LoadSecondLine } from '../simulator/results/load-log.ts';

/** An answer below 400, anything else that came back or failed, or nothing in time. */
export type Outcome = 'ok' | 'error' | 'timeout';

interface OpenJourney {
  started: number;
  readonly latencies: { [outcome in Outcome]?: Histogram };
}

interface OpenSecond {
  readonly journeys: Map<string, OpenJourney>;
  lateness: Histogram | undefined;
  dropped: number;
}

export class LoadSeconds {
  private readonly startAtMs: number;
  private seconds = new Map<number, OpenSecond>();

  /** @param startAtMs epoch time of moment 0; all moments below are epoch times in ms */
  constructor(startAtMs: number) {
    this.startAtMs = startAtMs;
  }

  started(journey: string, atMs: number, latenessMs: number): void {
    const second = this.at(atMs);
    second.lateness ??= new Histogram();
    second.lateness.record(latenessMs);
    this.journey(second, journey).started++;
  }

  ended(journey: string, startedAtMs: number, latencyMs: number, outcome: Outcome): void {
    const { latencies } = this.journey(this.at(startedAtMs), journey);
    latencies[outcome] ??= new Histogram();
    latencies[outcome].record(latencyMs);
  }

  /** An arrival that was not sent. */
  dropped(atMs: number): void {
    this.at(atMs).dropped++;
  }

  /** Hands out what came in since the last time, in order of time. */
  drain(): LoadSecondLine[] {
    const inOrder = [...this.seconds].sort(([a], [b]) => a - b);
    this.seconds = new Map();
    return inOrder.map(([second, open]) => ({
      type: 'second',
      second,
      ...(open.journeys.size > 0 && { journeys: journeysOf(open) }),
      ...(open.lateness && { lateness: open.lateness.toData() }),
      ...(open.dropped > 0 && { droppedIterations: open.dropped }),
    }));
  }

  private at(epochMs: number): OpenSecond {
    const second = Math.floor((epochMs - this.startAtMs) / 1000);
    let open = this.seconds.get(second);
    if (open === undefined) {
      open = { journeys: new Map(), lateness: undefined, dropped: 0 };
      this.seconds.set(second, open);
    }
    return open;
  }

  private journey({ journeys }: OpenSecond, name: string): OpenJourney {
    let journey = journeys.get(name);
    if (journey === undefined) {
      journey = { started: 0, latencies: {} };
      journeys.set(name, journey);
    }
    return journey;
  }
}

function journeysOf({ journeys }: OpenSecond): Record<string, JourneySecond> {
  return Object.fromEntries([...journeys].map(([name, open]) => [name, journeySecond(open)]));
}

function journeySecond({ started, latencies: { ok, error, timeout } }: OpenJourney): JourneySecond {
  return {
    ...(started > 0 && { started }),
    ...(ok && { ok: ok.toData() }),
    ...(error && { error: error.toData() }),
    ...(timeout && { timeout: timeout.toData() }),
  };
}
