/**
 * What happens to instances while a run goes on: control loops decide, instances are launched,
 * boot, warm up, drain and end. Rare events, so plain code.
 */
import { Control } from '../components/control.ts';
import { type Fleet, STATE } from '../components/fleet.ts';
import { sampler } from '../distributions/sampler.ts';
import type { Model } from '../model/model.ts';
import { pickTerminations } from '../policies/aws/termination.ts';
import type { Recorder } from '../results/recorder.ts';
import { stream } from './random.ts';

/** What the life-cycle asks of the engine. */
export interface LifeCycleHooks {
  readonly tickAt: (service: number, atMs: number) => void;
  readonly dueAt: (row: number, atMs: number) => void;
  /** An instance starts in a row. */
  readonly opened: (row: number) => void;
  /** An instance has come to its balancer's list, and has left it for good. */
  readonly entered: (row: number) => void;
  readonly left: (row: number) => void;
  /** Fails every request at an instance. */
  readonly cutOff: (row: number) => void;
}

export class LifeCycle {
  private readonly fleet: Fleet;
  private readonly recorder: Recorder;
  private readonly hooks: LifeCycleHooks;
  private readonly endMs: number;
  private readonly controls: readonly Control[];
  private readonly boots: readonly (() => number)[];

  constructor(
    model: Model,
    fleet: Fleet,
    recorder: Recorder,
    { seed, replication }: { readonly seed: number; readonly replication: number },
    hooks: LifeCycleHooks,
  ) {
    this.fleet = fleet;
    this.recorder = recorder;
    this.hooks = hooks;
    this.endMs = model.durationMs;
    this.controls = model.services.map((_, service) => new Control(fleet, service));
    this.boots = model.services.map(({ name, on }) =>
      sampler(on.boot, stream(seed, replication, `service/${name}`, 'boot')),
    );
  }

  /** The fleet as it stands when the run starts: ready, and watched from the first period on. */
  begin(): void {
    this.fleet.services.forEach(({ scaling }, service) => {
      for (let i = 0; i < scaling.start; i++) {
        this.fleet.register(this.open(service, 0, STATE.ready), 0);
      }
      this.scheduleTick(service, 0);
    });
  }

  /** One decision of a service's control loop. */
  tick(service: number, nowMs: number): void {
    const from = this.fleet.desired[service]!;
    const { desired, reason } = this.controls[service]!.tick(nowMs);
    if (desired !== from) {
      const { name } = this.fleet.services[service]!;
      this.recorder.decisions.push({ atMs: nowMs, service: name, from, desired, reason });
      this.fleet.desired[service] = desired;
    }
    this.adjust(service, nowMs);
    this.scheduleTick(service, nowMs);
  }

  /** An instance's boot, warm-up or drain has come to its end. */
  onDue(row: number, nowMs: number): void {
    const { fleet } = this;
    // The row may have moved on, or be another instance by now.
    if (fleet.dueMs[row] !== nowMs) return;
    if (fleet.state[row] === STATE.booting) this.enterService(row, nowMs);
    else if (fleet.state[row] === STATE.warming) fleet.state[row] = STATE.ready;
    else if (fleet.state[row] === STATE.draining) this.cut(row, nowMs);
  }

  private scheduleTick(service: number, nowMs: number): void {
    const { periodMs } = this.controls[service]!;
    if (periodMs === undefined || nowMs + periodMs > this.endMs) return;
    this.hooks.tickAt(service, nowMs + periodMs);
  }

  /** Brings the number of instances to the desired one. */
  private adjust(service: number, nowMs: number): void {
    const { fleet } = this;
    const rows = fleet.rowsIn(service, STATE.booting, STATE.warming, STATE.ready);
    const missing = fleet.desired[service]! - rows.length;
    for (let i = 0; i < missing; i++) this.launch(service, nowMs);
    const candidates = rows.map((id) => ({ id, launchedAtMs: fleet.launchedMs[id]! }));
    for (const row of pickTerminations(candidates, -missing)) this.drain(row, nowMs);
  }

  private launch(service: number, nowMs: number): void {
    const row = this.open(service, nowMs, STATE.booting);
    this.controls[service]!.reset(row);
    this.awaitDue(row, nowMs + this.boots[service]!());
  }

  private open(service: number, nowMs: number, state: number): number {
    const row = this.fleet.launch(service, nowMs, state);
    this.hooks.opened(row);
    return row;
  }

  private awaitDue(row: number, dueMs: number): void {
    this.fleet.dueMs[row] = dueMs;
    this.hooks.dueAt(row, dueMs);
  }

  private enterService(row: number, nowMs: number): void {
    const { fleet } = this;
    const { warmUpMs } = fleet.services[fleet.service[row]!]!.on;
    fleet.register(row, nowMs);
    fleet.state[row] = warmUpMs > 0 ? STATE.warming : STATE.ready;
    if (warmUpMs > 0) this.awaitDue(row, nowMs + warmUpMs);
    this.hooks.entered(row);
  }

  private drain(row: number, nowMs: number): void {
    const { fleet } = this;
    if (fleet.state[row] === STATE.booting) {
      fleet.retire(row, nowMs);
      return;
    }
    if (fleet.position[row]! >= 0) fleet.deregister(row);
    fleet.state[row] = STATE.draining;
    this.hooks.left(row);
    if (fleet.inside[row] === 0) fleet.retire(row, nowMs);
    else this.awaitDue(row, nowMs + fleet.services[fleet.service[row]!]!.scaling.drainMs);
  }

  /** Ends instances at once, with all that is at them; the group replaces them. */
  kill(service: number, rows: readonly number[], nowMs: number): void {
    for (const row of rows) {
      if (this.fleet.position[row]! >= 0) this.fleet.deregister(row);
      this.hooks.left(row);
      this.cut(row, nowMs);
    }
    this.adjust(service, nowMs);
  }

  /** The drain is over: what is still at the instance fails at once. */
  private cut(row: number, nowMs: number): void {
    const { fleet } = this;
    this.hooks.cutOff(row);
    fleet.inside[row] = 0;
    fleet.retire(row, nowMs);
  }
}
