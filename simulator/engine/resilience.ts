/**
 * What happens to instances besides their life-cycle, and what is done about it: faults of the
 * model, health checks and outlier detection, by the agenda. Rare events, so plain code.
 *
 *     numbers   faults: start, end, start, end … │ probes by row │ sweeps │ windows by service
 */
import { type AdaptiveLimits, createAdaptiveLimits } from '../components/concurrency.ts';
import { createFaults, type Faults, faultReason } from '../components/faults.ts';
import type { Fleet } from '../components/fleet.ts';
import { createHealth, type Health } from '../components/health.ts';
import type { Roster } from '../components/roster.ts';
import type { Fault } from '../model/health-settings.ts';
import type { Model } from '../model/model.ts';
import type { Recorder } from '../results/recorder.ts';
import { stream } from './random.ts';

/** What it asks of the engine. */
export interface ResilienceHooks {
  /** Asks for `onDue` with a number of its own, from 0 on. */
  readonly at: (atMs: number, number: number) => void;
  readonly kill: (service: number, rows: readonly number[], nowMs: number) => void;
  /** A health check has changed its mind about an instance of a service. */
  readonly judged: (service: number, nowMs: number) => void;
  /** An instance is no longer hung. */
  readonly openGate: (row: number) => void;
}

export interface Resilience {
  readonly faults: Faults;
  readonly health: Health;
  readonly adaptive: AdaptiveLimits;
  readonly begin: (model: Model, run: RunSeed, hooks: ResilienceHooks) => void;
  readonly onDue: (number: number, nowMs: number) => void;
  readonly note: (service: number, atMs: number, reason: string) => void;
  /** An instance starts in a row. */
  readonly opened: (row: number, nowMs: number) => void;
}

interface RunSeed {
  readonly seed: number;
  readonly replication: number;
}

interface Placed {
  readonly service: number;
  readonly fault: Fault;
}

/** Made once a thread, as the fleet is. */
export function createResilience(fleet: Fleet, roster: Roster, recorder: Recorder): Resilience {
  const faults = createFaults(fleet, (row) => roster.zone[row]!);
  let hooks: ResilienceHooks;
  const health = createHealth(fleet, faults, roster);
  const adaptive = createAdaptiveLimits(fleet);
  let all: readonly Placed[] = [];

  function begin(model: Model, run: RunSeed, runHooks: ResilienceHooks): void {
    hooks = runHooks;
    faults.begin(model);
    all = model.services.flatMap((service, index) =>
      (service.faults ?? []).map((fault) => ({ service: index, fault })),
    );
    all.forEach(({ fault }, index) => {
      hooks.at(fault.atMs, 2 * index);
      if (fault.type !== 'kill') hooks.at(fault.atMs + fault.forMs, 2 * index + 1);
    });
    const { seed, replication } = run;
    health.begin(model, (name) => stream(seed, replication, `service/${name}`, 'health'), {
      probeAt: (row, atMs) => hooks.at(atMs, probes() + row),
      sweepAt: (service, atMs) => hooks.at(atMs, probes() + fleet.rowCount + service),
      note,
      judged: hooks.judged,
    });
    const random = (name: string) => stream(seed, replication, `service/${name}`, 'concurrency');
    adaptive.begin(model, random, (service, atMs) => hooks.at(atMs, windows() + service));
  }

  function probes(): number {
    return 2 * all.length;
  }

  function windows(): number {
    return probes() + fleet.rowCount + fleet.services.length;
  }

  function opened(row: number, nowMs: number): void {
    faults.opened(row);
    adaptive.opened(row, nowMs);
  }

  function onDue(number: number, nowMs: number): void {
    if (number >= windows()) {
      adaptive.onWindow(number - windows(), nowMs);
      return;
    }
    const sweeps = probes() + fleet.rowCount;
    if (number >= sweeps) health.onSweep(number - sweeps, nowMs);
    else if (number >= probes()) health.onProbe(number - probes(), nowMs);
    else onFault(number, nowMs);
  }

  function onFault(number: number, nowMs: number): void {
    const { service, fault } = all[number >> 1]!;
    if (number % 2 === 0) start(service, fault, nowMs);
    else for (const row of faults.end(fault)) hooks.openGate(row);
  }

  function start(service: number, fault: Fault, nowMs: number): void {
    const rows = faults.victims(service, fault);
    note(service, nowMs, faultReason(fault, rows.length));
    if (fault.type === 'kill') hooks.kill(service, rows, nowMs);
    else faults.start(fault, rows);
  }

  function note(service: number, atMs: number, reason: string): void {
    recorder.incidents.push({ atMs, service: fleet.services[service]!.name, reason });
  }

  return { faults, health, adaptive, note, begin, onDue, opened };
}
