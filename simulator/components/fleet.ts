/**
 * The instances of every service, a row each in typed columns, and their life-cycle:
 *
 *     launch ──► booting ──► warming ──► ready ──► draining ──► gone
 *                 (boot)     serves,      serves    finishes what
 *                            not in the             it has, until
 *                            metrics                the drain ends
 */
import { type Columns, PLAIN_COLUMNS } from '../engine/columns.ts';
import type { Model, Service } from '../model/model.ts';
import { UsageError } from '../model/usage-error.ts';
import { capacityOf, placesOf, serverCount } from './instance-size.ts';
import type { TypeHours, TypeMix } from './type-mix.ts';
import type { WarmPool } from './warm-pool.ts';

export const STATE = { gone: 0, booting: 1, warming: 2, ready: 3, draining: 4 } as const;

/** Rows of all services together. */
export const MAX_ROWS: number = 1 << 16;
export const MAX_SERVICES: number = 1 << 12;
/** Of requests, where queues go by them: 0 is served first. */
export const PRIORITIES = 8;

/** Made once and used for one run after the other: its columns never move in memory. */
export class Fleet {
  services: readonly Service[] = [];
  /** Instances are paid for until then, though a drain may go on. */
  private endMs = 0;
  /** First row of each service, and the end; rows of a gone instance are used again. */
  readonly firstRow: Int32Array = new Int32Array(MAX_SERVICES + 1);
  rowCount = 0;
  readonly state: Uint8Array = new Uint8Array(MAX_ROWS);
  /** Servers (threads, or the one loop) that an instance has, and those that are idle. */
  readonly servers: Int32Array = new Int32Array(MAX_ROWS);
  readonly idle: Int32Array;
  /** Free places for requests, where those are not the servers: threads on shared cores. */
  readonly places: Int32Array = new Int32Array(MAX_ROWS);
  /** First and last in the queue, by row, for each priority after the other. */
  readonly queueHead: Int32Array;
  readonly queueTail: Int32Array;
  /** Requests that wait, how many may, in which order, and whether expired ones are dropped. */
  readonly queued: Int32Array;
  readonly queueLimit: Int32Array;
  readonly queueKind: Uint8Array = new Uint8Array(MAX_ROWS);
  readonly dropsExpired: Uint8Array = new Uint8Array(MAX_ROWS);
  /** What a row can do at once, in servers: less than those where a quota limits them. */
  readonly capacity: Float64Array = new Float64Array(MAX_ROWS);
  /** Requests at the instance, queued or served. */
  readonly inside: Int32Array = new Int32Array(MAX_ROWS);
  /** As `busyMs` and `settledMs`, of requests inside: `insideMs` reads them. */
  readonly stayMs: Float64Array = new Float64Array(MAX_ROWS);
  readonly settledStayMs: Float64Array = new Float64Array(MAX_ROWS);
  /** Requests ever routed to the row. */
  readonly requests: Float64Array = new Float64Array(MAX_ROWS);
  /**
   * Moments at which servers became idle, less those at which they became busy, in ms: with what
   * busy ones would add now this is the integral of busy servers over time. `workMs` reads it, and
   * moves it to `settledMs` now and then, because sums of moments lose digits.
   */
  readonly busyMs: Float64Array;
  readonly settledMs: Float64Array = new Float64Array(MAX_ROWS);
  /** Answers with an error, and calls that callers gave up; only where versions are rolled out. */
  readonly errors: Float64Array = new Float64Array(MAX_ROWS);
  /** Which of its service's versions a row is: 0 before all roll-outs. */
  readonly version: Int32Array = new Int32Array(MAX_ROWS);
  /** By service: the version that the latest roll-out brings. */
  readonly latestVersion: Int32Array = new Int32Array(MAX_SERVICES);
  /** What gone instances of each version did, from `firstTally` of its service on. */
  private readonly firstTally: number[] = [];
  private tallies: VersionTally[] = [];
  /** From when on an instance is paid for, and when its stages end; see `launch.ts`. */
  readonly launchedMs: Float64Array = new Float64Array(MAX_ROWS);
  readonly startedMs: Float64Array = new Float64Array(MAX_ROWS);
  readonly readyMs: Float64Array = new Float64Array(MAX_ROWS);
  /** Since when it serves; −∞ where it did so before the run. */
  readonly servingMs: Float64Array = new Float64Array(MAX_ROWS);
  /** When the current state ends: boot, warm-up or drain. */
  readonly dueMs: Float64Array = new Float64Array(MAX_ROWS);
  /** Per service, of those that are gone: integrals of instances and of busy servers over time. */
  readonly goneInstanceMs: Float64Array = new Float64Array(MAX_SERVICES);
  readonly goneBusyMs: Float64Array = new Float64Array(MAX_SERVICES);
  /** Per service: servers of instances that have booted, their integral, and up to when. */
  readonly upServers: Float64Array = new Float64Array(MAX_SERVICES);
  readonly capacityMs: Float64Array = new Float64Array(MAX_SERVICES);
  readonly capacityTouchedMs: Float64Array = new Float64Array(MAX_SERVICES);
  /** Serving rows as each service's balancer lists them, from `firstRow` on. */
  readonly members: Int32Array;
  /** Their outstanding requests, at the same places. */
  readonly outstanding: Int32Array;
  readonly memberCount: Int32Array = new Int32Array(MAX_SERVICES);
  /** Where a row stands in `members`, −1 when it is not listed. */
  readonly position: Int32Array = new Int32Array(MAX_ROWS);
  /** Per service: changes whenever `members` does. */
  readonly memberVersion: Int32Array = new Int32Array(MAX_SERVICES);
  readonly service: Int32Array = new Int32Array(MAX_ROWS);
  readonly desired: Int32Array = new Int32Array(MAX_SERVICES);
  /** Requests that found no instance. */
  readonly turnedAway: Float64Array = new Float64Array(MAX_SERVICES);
  /** By service. */
  warmPools: readonly (WarmPool | undefined)[] = [];
  /** By service, where its instances are of several types. */
  mixes: readonly (TypeMix | undefined)[] = [];

  /** @param columns where those lie that code made for a model works on */
  constructor({ int32, float64 }: Columns = PLAIN_COLUMNS) {
    this.idle = int32(MAX_ROWS);
    this.queueHead = int32(PRIORITIES * MAX_ROWS);
    this.queueTail = int32(PRIORITIES * MAX_ROWS);
    this.queued = int32(MAX_ROWS);
    this.queueLimit = int32(MAX_ROWS);
    this.members = int32(MAX_ROWS);
    this.outstanding = int32(MAX_ROWS);
    this.busyMs = float64(MAX_ROWS);
  }

  /** Empties the fleet and lays it out for a model. */
  begin(model: Model): void {
    const { firstRow } = this;
    this.services = model.services;
    this.warmPools = [];
    this.mixes = [];
    this.onRetired = () => {};
    this.endMs = model.durationMs;
    model.services.forEach((service, index) => {
      firstRow[index + 1] = firstRow[index]! + rowsFor(service);
    });
    this.rowCount = firstRow[model.services.length]!;
    if (this.rowCount > MAX_ROWS || model.services.length > MAX_SERVICES) {
      throw new UsageError(
        `${model.name}: expected at most ${MAX_ROWS} rows of instances (twice the max of every ` +
          `service, four times with roll-outs), found ${this.rowCount}; lower a max`,
      );
    }
    this.state.fill(STATE.gone, 0, this.rowCount);
    for (const column of [this.idle, this.inside, this.outstanding, this.version]) {
      column.fill(0, 0, this.rowCount);
    }
    this.position.fill(-1, 0, this.rowCount);
    const { goneInstanceMs, goneBusyMs, upServers, memberCount, turnedAway } = this;
    for (const column of [goneInstanceMs, goneBusyMs, upServers, turnedAway]) column.fill(0);
    for (const column of [this.capacityMs, this.capacityTouchedMs, memberCount]) column.fill(0);
    this.memberVersion.fill(0);
    this.latestVersion.fill(0, 0, model.services.length);
    this.tallies = [];
    model.services.forEach(({ rollouts = [] }, index) => {
      this.firstTally[index] = this.tallies.length;
      for (let version = 0; version <= rollouts.length; version++) this.tallies.push(nothing());
    });
    model.services.forEach(({ scaling }, index) => {
      this.desired[index] = scaling.start;
      this.service.fill(index, firstRow[index]!, firstRow[index + 1]!);
    });
  }

  /**
   * Takes a free row for a new instance of a service.
   *
   * @param state the one that it starts in
   * @param size so many times the servers of `serves` it has
   */
  launch(service: number, nowMs: number, state: number, size = 1): number {
    const first = this.firstRow[service]!;
    const end = this.firstRow[service + 1]!;
    for (let row = first; row < end; row++) {
      // Balancers may still send requests to one that is gone.
      if (this.state[row] !== STATE.gone || this.position[row]! >= 0) continue;
      const { serves } = this.services[service]!;
      this.servers[row] = size * serverCount(serves);
      this.idle[row] = this.servers[row]!;
      this.capacity[row] = size * capacityOf(serves);
      this.places[row] = placesOf(serves, this.servers[row]!);
      this.state[row] = state;
      this.requests[row] = 0;
      this.errors[row] = 0;
      this.busyMs[row] = 0;
      this.settledMs[row] = 0;
      this.stayMs[row] = 0;
      this.settledStayMs[row] = 0;
      this.launchedMs[row] = nowMs;
      this.startedMs[row] = nowMs;
      this.readyMs[row] = nowMs;
      this.servingMs[row] = Number.NEGATIVE_INFINITY;
      return row;
    }
    throw new UsageError(
      `${this.services[service]!.name}: ${end - first} instances are draining or alive at once, more ` +
        'than twice its max; shorten its drain or slow its scaling',
    );
  }

  /** A row has booted; when its balancer lists it is up to `discovery.ts`. */
  enter(row: number, nowMs: number): void {
    this.changeCapacity(this.service[row]!, this.capacity[row]!, nowMs);
  }

  /**
   * Puts a row on its balancer's list, last. Requests go to those on the list alone, whatever their
   * state is: who finds them unhealthy takes them off, and puts them on again.
   */
  list(row: number): void {
    const service = this.service[row]!;
    this.memberVersion[service]!++;
    const position = this.firstRow[service]! + this.memberCount[service]!++;
    this.members[position] = row;
    this.outstanding[position] = this.inside[row]!;
    this.position[row] = position;
  }

  /** Takes a row off its balancer's list; those behind it move up. */
  unlist(row: number): void {
    const service = this.service[row]!;
    const { members, outstanding } = this;
    this.memberVersion[service]!++;
    const from = this.position[row]!;
    const end = this.firstRow[service]! + --this.memberCount[service]!;
    members.copyWithin(from, from + 1, end + 1);
    outstanding.copyWithin(from, from + 1, end + 1);
    for (let position = from; position < end; position++) {
      this.position[members[position]!] = position;
    }
    this.position[row] = -1;
  }

  /** Told of every instance that ends, in the middle of whatever ended it. */
  onRetired: (row: number, nowMs: number) => void = () => {};

  /** Ends an instance; its balancer may go on listing it, and then it refuses requests. */
  retire(row: number, nowMs: number): void {
    const service = this.service[row]!;
    if (this.state[row] !== STATE.booting) {
      this.changeCapacity(service, -this.capacity[row]!, nowMs);
    }
    this.goneBusyMs[service]! += this.workMs(row, nowMs);
    const ageMs = this.ageMs(row, Math.min(nowMs, this.endMs));
    this.goneInstanceMs[service]! += ageMs;
    this.mixes[service]?.retired(row, ageMs);
    if (this.services[service]!.rollouts !== undefined) {
      add(this.tallies[this.firstTally[service]! + this.version[row]!]!, this.tallyOf(row, nowMs));
    }
    this.state[row] = STATE.gone;
    const position = this.position[row]!;
    if (position >= 0) this.outstanding[position] = 0;
    this.onRetired(row, nowMs);
  }

  private changeCapacity(service: number, servers: number, nowMs: number): void {
    const elapsedMs = nowMs - this.capacityTouchedMs[service]!;
    this.capacityMs[service]! += this.upServers[service]! * elapsedMs;
    this.capacityTouchedMs[service] = nowMs;
    this.upServers[service]! += servers;
  }

  /** Integrals of busy servers and of servers over time since the start, in server-ms. */
  work(service: number, nowMs: number): { busyMs: number; capacityMs: number } {
    this.changeCapacity(service, 0, nowMs);
    let busyMs = this.goneBusyMs[service]!;
    for (const row of this.rowsIn(service, STATE.warming, STATE.ready, STATE.draining)) {
      busyMs += this.workMs(row, nowMs);
    }
    return { busyMs, capacityMs: this.capacityMs[service]! };
  }

  /** Integral of instances, from launch to end, over time, in hours; by type where it has some. */
  hours(service: number, nowMs: number): { all: number; byType: TypeHours | undefined } {
    const byType = this.mixes[service]?.hours((row) => this.ageMs(row, nowMs));
    return { all: this.instanceHours(service, nowMs), byType };
  }

  private instanceHours(service: number, nowMs: number): number {
    const alive = this.rowsIn(service, STATE.booting, STATE.warming, STATE.ready, STATE.draining);
    const aliveMs = alive.reduce((sum, row) => sum + this.ageMs(row, nowMs), 0);
    return (this.goneInstanceMs[service]! + aliveMs) / 3_600_000;
  }

  /** Units of rows: instances, where those do not weigh differently. */
  units(service: number, rows: readonly number[]): number {
    return this.mixes[service]?.units(rows) ?? rows.length;
  }

  /** Time since it was granted; 0 where it still waits for that. */
  private ageMs(row: number, nowMs: number): number {
    return Math.max(0, nowMs - this.launchedMs[row]!);
  }

  /** Integral of a row's busy servers over time since its launch, in server-ms. */
  workMs(row: number, nowMs: number): number {
    const pendingMs = (this.servers[row]! - this.idle[row]!) * nowMs;
    this.settledMs[row]! += this.busyMs[row]! + pendingMs;
    this.busyMs[row] = -pendingMs;
    return this.settledMs[row]!;
  }

  /** Integral of a row's requests inside over time since its launch, in request-ms. */
  insideMs(row: number, nowMs: number): number {
    const pendingMs = this.inside[row]! * nowMs;
    this.settledStayMs[row]! += this.stayMs[row]! + pendingMs;
    this.stayMs[row] = -pendingMs;
    return this.settledStayMs[row]!;
  }

  private tallyOf(row: number, nowMs: number): VersionTally {
    const stayMs = this.insideMs(row, nowMs);
    return { requests: this.requests[row]!, errors: this.errors[row]!, stayMs };
  }

  /** What instances of one version have done since the run began, those that are gone included. */
  tally(service: number, version: number, nowMs: number): VersionTally {
    const sum = { ...this.tallies[this.firstTally[service]! + version]! };
    const { booting, warming, ready, draining } = STATE;
    for (const row of this.rowsIn(service, booting, warming, ready, draining)) {
      if (this.version[row] === version) add(sum, this.tallyOf(row, nowMs));
    }
    return sum;
  }

  /** Nobody is inside an instance any more: all were cut off. */
  expel(row: number, nowMs: number): void {
    this.stayMs[row]! += this.inside[row]! * nowMs;
    this.inside[row] = 0;
  }

  /** A request leaves an instance; the last one ends an instance that drains. */
  leave(row: number, nowMs: number): void {
    if (!countsInside(this.services[this.service[row]!]!)) return;
    const position = this.position[row]!;
    if (position >= 0) this.outstanding[position]!--;
    this.inside[row]!--;
    this.stayMs[row]! += nowMs;
    if (this.state[row] === STATE.draining && this.inside[row] === 0) this.retire(row, nowMs);
  }

  /** Requests at all instances of a service, that still are instances. */
  totalInside(service: number): number {
    let total = 0;
    const end = this.firstRow[service + 1]!;
    for (let row = this.firstRow[service]!; row < end; row++) total += this.inside[row]!;
    return total;
  }

  /** Rows of a service in a given state. */
  rowsIn(service: number, ...states: readonly number[]): number[] {
    const rows: number[] = [];
    for (let row = this.firstRow[service]!; row < this.firstRow[service + 1]!; row++) {
      if (states.includes(this.state[row]!)) rows.push(row);
    }
    return rows;
  }
}

/** What instances of a version have done. */
export interface VersionTally {
  requests: number;
  errors: number;
  /** Integral of requests inside over time, in request-ms. */
  stayMs: number;
}

function nothing(): VersionTally {
  return { requests: 0, errors: 0, stayMs: 0 };
}

function add(sum: VersionTally, { requests, errors, stayMs }: VersionTally): void {
  sum.requests += requests;
  sum.errors += errors;
  sum.stayMs += stayMs;
}

/** Alive and draining; twice as many where a new version may come beside the old one. */
function rowsFor({ scaling, rollouts }: Service): number {
  return (rollouts === undefined ? 2 : 4) * scaling.max + 8;
}

/** Whether instances of a group never come or go, and nothing happens to them. */
export function isFixed(service: Service): boolean {
  const { on, scaling, faults, healthCheck, outlierDetection, limits, concurrency } = service;
  const { min, max, start, policies } = scaling;
  const more =
    on.pod ?? on.mix ?? faults ?? healthCheck ?? outlierDetection ?? limits ?? concurrency;
  if ((service.rollouts ?? on.liveness) !== undefined) return false;
  if (more !== undefined) return false;
  return policies.length === 0 && min === max && start === max && max > 0;
}

/** Whether somebody looks at how many requests an instance has: its drain, or its balancer. */
export function countsInside(service: Service): boolean {
  const isAlone = service.scaling.max === 1;
  return !isFixed(service) || (LOOKS_INSIDE.has(service.balancing.type) && !isAlone);
}

const LOOKS_INSIDE: ReadonlySet<Service['balancing']['type']> = new Set([
  'least-request',
  'leastconn',
  'least-outstanding',
] as const);
