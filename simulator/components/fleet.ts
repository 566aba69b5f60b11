/**
 * The instances of every service, a row each in typed columns, and their life-cycle:
 *
 *     launch ──► booting ──► warming ──► ready ──► draining ──► gone
 *                 (boot)     serves,      serves    finishes what
 *                            not in the             it has, until
 *                            metrics                the drain ends
 */
import type { Model, Service } from '../model/model.ts';
import { UsageError } from '../model/usage-error.ts';

export const STATE = { gone: 0, booting: 1, warming: 2, ready: 3, draining: 4 } as const;

export class Fleet {
  readonly services: readonly Service[];
  /** First row of each service; rows of a gone instance are used again. */
  readonly firstRow: Int32Array;
  readonly rowCount: number;
  readonly state: Uint8Array;
  /** Servers (threads, or the one loop) that an instance has, and those that are idle. */
  readonly servers: Int32Array;
  readonly idle: Int32Array;
  readonly queueHead: Int32Array;
  readonly queueTail: Int32Array;
  /** Requests at the instance, queued or served. */
  readonly inside: Int32Array;
  /** Requests ever routed to the row. */
  readonly requests: Float64Array;
  /** Integral of busy servers over time, in server-ms, up to `touchedMs`. */
  readonly busyMs: Float64Array;
  readonly touchedMs: Float64Array;
  readonly launchedMs: Float64Array;
  /** When the current state ends: boot, warm-up or drain. */
  readonly dueMs: Float64Array;
  /**
   * Per service, of instances that are gone: integral of instances and of busy servers over time.
   */
  readonly goneInstanceMs: Float64Array;
  readonly goneBusyMs: Float64Array;
  /** Per service: servers of instances that have booted, their integral, and up to when. */
  readonly upServers: Int32Array;
  readonly capacityMs: Float64Array;
  readonly capacityTouchedMs: Float64Array;
  /** Serving rows of each service, as its balancer lists them, and their outstanding requests. */
  readonly members: Int32Array[];
  readonly outstanding: Int32Array[];
  readonly memberCount: Int32Array;
  /** Position of a row in its service's list, −1 when it is not listed. */
  readonly position: Int32Array;
  readonly service: Int32Array;
  readonly desired: Int32Array;

  constructor(model: Model) {
    this.services = model.services;
    const rows = model.services.map(({ scaling }) => 2 * scaling.max + 8);
    this.rowCount = rows.reduce((sum, count) => sum + count, 0);
    const column = () => new Int32Array(this.rowCount);
    const times = () => new Float64Array(this.rowCount);
    this.firstRow = new Int32Array(rows.length + 1);
    rows.forEach((count, index) => {
      this.firstRow[index + 1] = this.firstRow[index]! + count;
    });
    this.state = new Uint8Array(this.rowCount);
    this.servers = column();
    this.idle = column();
    this.queueHead = column().fill(-1);
    this.queueTail = column().fill(-1);
    this.inside = column();
    this.requests = times();
    this.busyMs = times();
    this.touchedMs = times();
    this.launchedMs = times();
    this.dueMs = times();
    this.position = column().fill(-1);
    this.service = column();
    this.goneInstanceMs = new Float64Array(rows.length);
    this.goneBusyMs = new Float64Array(rows.length);
    this.upServers = new Int32Array(rows.length);
    this.capacityMs = new Float64Array(rows.length);
    this.capacityTouchedMs = new Float64Array(rows.length);
    this.members = rows.map((count) => new Int32Array(count));
    this.outstanding = rows.map((count) => new Int32Array(count));
    this.memberCount = new Int32Array(rows.length);
    this.desired = Int32Array.from(model.services, ({ scaling }) => scaling.start);
    rows.forEach((count, index) => {
      this.service.fill(index, this.firstRow[index]!, this.firstRow[index]! + count);
    });
  }

  /** Takes a free row for a new instance of a service; the caller says what state it starts in. */
  launch(service: number, nowMs: number, state: number): number {
    const first = this.firstRow[service]!;
    const end = this.firstRow[service + 1]!;
    for (let row = first; row < end; row++) {
      if (this.state[row] !== STATE.gone) continue;
      const { serves } = this.services[service]!;
      this.servers[row] = serves.type === 'threads' ? serves.count : 1;
      this.idle[row] = this.servers[row]!;
      this.state[row] = state;
      this.requests[row] = 0;
      this.busyMs[row] = 0;
      this.touchedMs[row] = nowMs;
      this.launchedMs[row] = nowMs;
      return row;
    }
    throw new UsageError(
      `${this.services[service]!.name}: ${end - first} instances are draining or alive at once, more ` +
        'than twice its max; shorten its drain or slow its scaling',
    );
  }

  /** Puts a booted row on its balancer's list. */
  register(row: number, nowMs: number): void {
    const service = this.service[row]!;
    this.changeCapacity(service, this.servers[row]!, nowMs);
    const position = this.memberCount[service]!++;
    this.members[service]![position] = row;
    this.outstanding[service]![position] = this.inside[row]!;
    this.position[row] = position;
  }

  /** Takes a row off its balancer's list; those behind it move up. */
  deregister(row: number): void {
    const service = this.service[row]!;
    const members = this.members[service]!;
    const outstanding = this.outstanding[service]!;
    const from = this.position[row]!;
    const count = --this.memberCount[service]!;
    members.copyWithin(from, from + 1, count + 1);
    outstanding.copyWithin(from, from + 1, count + 1);
    for (let position = from; position < count; position++) {
      this.position[members[position]!] = position;
    }
    this.position[row] = -1;
  }

  /** Ends an instance; it is off its balancer's list already. */
  retire(row: number, nowMs: number): void {
    const service = this.service[row]!;
    if (this.state[row] !== STATE.booting) {
      this.changeCapacity(service, -this.servers[row]!, nowMs);
    }
    this.touch(row, nowMs);
    this.goneBusyMs[service]! += this.busyMs[row]!;
    this.goneInstanceMs[service]! += nowMs - this.launchedMs[row]!;
    this.state[row] = STATE.gone;
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
      this.touch(row, nowMs);
      busyMs += this.busyMs[row]!;
    }
    return { busyMs, capacityMs: this.capacityMs[service]! };
  }

  /** Integral of instances, from launch to end, over time, in hours. */
  instanceHours(service: number, nowMs: number): number {
    const alive = this.rowsIn(service, STATE.booting, STATE.warming, STATE.ready, STATE.draining);
    const aliveMs = alive.reduce((sum, row) => sum + nowMs - this.launchedMs[row]!, 0);
    return (this.goneInstanceMs[service]! + aliveMs) / 3_600_000;
  }

  /** Brings a row's busy integral up to now. */
  touch(row: number, nowMs: number): void {
    const busy = this.servers[row]! - this.idle[row]!;
    this.busyMs[row]! += busy * (nowMs - this.touchedMs[row]!);
    this.touchedMs[row] = nowMs;
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
