/**
 * When balancers learn which instances there are: at once, or a while after an instance has come or
 * gone. Until then requests go where the old list says.
 *
 *     instance    booting ─► serves ───────────── drains ─► gone
 *     listed                    ╰─ delay ─► yes ─────╰─ delay ──► no
 *                             nobody sends            ▲
 *                             it anything             requests still come, and are refused once
 *                                                     it is gone
 */
import { sampler } from '../distributions/sampler.ts';
import { stream } from '../engine/random.ts';
import type { Model } from '../model/model.ts';
import type { Fleet } from './fleet.ts';

export interface DiscoveryHooks {
  /** `onDue` is wanted at a moment. */
  readonly dueAt: (row: number, atMs: number) => void;
  /** A row is on its balancer's list from now on; since −∞ where it was before the run. */
  readonly listed: (row: number, sinceMs: number) => void;
  /** Its balancer knows of a row no more. */
  readonly unlisted: (row: number) => void;
}

export interface Discovery {
  /** An instance serves from now on; `isKnown` where its balancer knows it already. */
  readonly register: (row: number, nowMs: number, isKnown?: boolean) => void;
  /** A row is another instance's from now on: whatever was known of the one before is forgotten. */
  readonly opened: (row: number) => void;
  /** An instance is about to go. */
  readonly deregister: (row: number, nowMs: number) => void;
  /** The balancer acts on what it has heard of a row. */
  readonly onDue: (row: number, nowMs: number) => void;
}

/** Of one run. */
export function createDiscovery(
  model: Model,
  fleet: Fleet,
  { seed, replication }: { readonly seed: number; readonly replication: number },
  { dueAt, listed, unlisted }: DiscoveryHooks,
): Discovery {
  const delays = model.services.map(
    ({ name, discovery }) =>
      discovery &&
      sampler(discovery.delay, stream(seed, replication, `service/${name}`, 'discovery')),
  );
  /** Rows that balancers know, though health checks may keep them off the list. */
  const known = new Uint8Array(fleet.rowCount);
  /** When a row's news arrives; NaN where there is none on its way. */
  const dueMs = new Float64Array(fleet.rowCount).fill(Number.NaN);

  function register(row: number, nowMs: number, isKnown = false): void {
    fleet.enter(row, nowMs);
    if (isKnown) list(row, Number.NEGATIVE_INFINITY);
    // It is back before its balancer has heard that it was away.
    else if (known[row] === 1) dueMs[row] = Number.NaN;
    else spread(row, nowMs);
  }

  function opened(row: number): void {
    dueMs[row] = Number.NaN;
    if (known[row] === 1) forget(row);
  }

  function deregister(row: number, nowMs: number): void {
    // Nobody has heard of it yet, and nobody will.
    if (known[row] === 0) dueMs[row] = Number.NaN;
    else spread(row, nowMs);
  }

  function spread(row: number, nowMs: number): void {
    const delay = delays[fleet.service[row]!];
    if (delay === undefined) act(row, nowMs);
    else {
      dueMs[row] = nowMs + delay();
      dueAt(row, dueMs[row]!);
    }
  }

  function onDue(row: number, nowMs: number): void {
    // News that was overtaken is no news.
    if (dueMs[row] === nowMs) act(row, nowMs);
  }

  function act(row: number, nowMs: number): void {
    dueMs[row] = Number.NaN;
    if (known[row] === 0) list(row, nowMs);
    else forget(row);
  }

  function list(row: number, sinceMs: number): void {
    known[row] = 1;
    fleet.list(row);
    listed(row, sinceMs);
  }

  function forget(row: number): void {
    known[row] = 0;
    if (fleet.position[row]! >= 0) fleet.unlist(row);
    unlisted(row);
  }

  return { register, opened, deregister, onDue };
}
