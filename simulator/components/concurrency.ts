/** Adaptive limits of how many requests may be at an instance, one for each instance. */

import type { Concurrency } from '../model/health-settings.ts';
import type { Model } from '../model/model.ts';
import { aimdLimit } from '../policies/resilience/aimd.ts';
import {
  endWindow,
  type Gradient,
  newGradient,
  noteLatency,
} from '../policies/resilience/gradient.ts';
import { type Fleet, STATE } from './fleet.ts';

export interface AdaptiveLimits {
  readonly begin: (
    model: Model,
    randomOf: (service: string) => { below(n: number): number },
    windowAt: (service: number, atMs: number) => void,
  ) => void;
  /** A new instance starts from the first limit. */
  readonly opened: (row: number, nowMs: number) => void;
  readonly limitOf: (row: number) => number;
  /**
   * A request that was let in is over.
   *
   * @param inflight requests at the instance when it came, itself included
   */
  readonly sample: (row: number, request: Finished, nowMs: number) => void;
  readonly onWindow: (service: number, nowMs: number) => void;
}

export interface Finished {
  readonly startedMs: number;
  readonly inflight: number;
  readonly fate: 'answered' | 'failed' | 'given up';
}

/** Made once a thread, as the fleet is. */
export function createAdaptiveLimits(fleet: Fleet): AdaptiveLimits {
  const gradients: Gradient[] = [];
  const limits: number[] = [];
  let randoms: readonly { below(n: number): number }[] = [];
  let windowAt: (service: number, atMs: number) => void;
  let endMs = 0;

  function begin(
    model: Model,
    randomOf: (service: string) => { below(n: number): number },
    runWindowAt: (service: number, atMs: number) => void,
  ): void {
    windowAt = runWindowAt;
    endMs = model.durationMs;
    randoms = model.services.map(({ name }) => randomOf(name));
    model.services.forEach((_, index) => {
      nextWindow(index, 0);
    });
  }

  function settingsOf(row: number): Concurrency | undefined {
    return fleet.services[fleet.service[row]!]!.concurrency;
  }

  function opened(row: number, nowMs: number): void {
    const settings = settingsOf(row);
    if (settings?.type === 'gradient') gradients[row] = newGradient(settings, nowMs);
    else if (settings?.type === 'aimd') limits[row] = settings.initialLimit;
  }

  function limitOf(row: number): number {
    return settingsOf(row)!.type === 'gradient' ? gradients[row]!.limit : limits[row]!;
  }

  function sample(row: number, { startedMs, inflight, fate }: Finished, nowMs: number): void {
    const settings = settingsOf(row)!;
    switch (settings.type) {
      case 'gradient': {
        // A request whose caller has gone away is no sample (Envoy).
        if (fate === 'given up') return;
        const random = randoms[fleet.service[row]!]!;
        noteLatency(settings, gradients[row]!, startedMs, nowMs, (n) => random.below(n));
        return;
      }
      case 'aimd': {
        const dropped = fate !== 'answered';
        const one = { tookMs: nowMs - startedMs, inflight, dropped };
        limits[row] = aimdLimit(settings, limits[row]!, one);
        return;
      }
      default:
        throw new Error(`unknown limit ${settings satisfies never}`);
    }
  }

  function onWindow(service: number, nowMs: number): void {
    const settings = fleet.services[service]!.concurrency;
    if (settings?.type !== 'gradient') return;
    for (const row of fleet.rowsIn(service, STATE.warming, STATE.ready, STATE.draining)) {
      endWindow(settings, gradients[row]!, nowMs);
    }
    nextWindow(service, nowMs);
  }

  function nextWindow(service: number, nowMs: number): void {
    const settings = fleet.services[service]!.concurrency;
    if (settings?.type !== 'gradient') return;
    const atMs = nowMs + settings.concurrencyUpdateIntervalMs;
    if (atMs <= endMs) windowAt(service, atMs);
  }

  return { begin, opened, limitOf, sample, onWindow };
}
