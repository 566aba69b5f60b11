/**
 * What happens to instances while a run goes on: control loops decide, instances are launched,
 * boot, warm up, drain and end. Rare events, so plain code.
 */
import { Cluster } from '../components/cluster.ts';
import { Control } from '../components/control.ts';
import type { Discovery } from '../components/discovery.ts';
import { type Fleet, STATE } from '../components/fleet.ts';
import { type Launch, type LaunchTimes, launches } from '../components/launch.ts';
import { type MixedChange, mixedChange } from '../components/mixed-change.ts';
import { Nodes } from '../components/nodes.ts';
import { createReplacements } from '../components/replacements.ts';
import type { Rollouts } from '../components/rollout.ts';
import { rowsToEnd } from '../components/terminations.ts';
import { TypeMix } from '../components/type-mix.ts';
import { WarmPool } from '../components/warm-pool.ts';
import type { Model } from '../model/model.ts';
import type { ControlDecision } from '../policies/scaling-control.ts';
import type { Recorder } from '../results/recorder.ts';
import { type RandomStream, stream } from './random.ts';
import type { Resilience } from './resilience.ts';

/** What the life-cycle asks of the engine. */
export interface LifeCycleHooks {
  readonly tickAt: (service: number, atMs: number) => void;
  readonly dueAt: (row: number, atMs: number) => void;
  /** An event of the cluster of nodes, by its own number. */
  readonly clusterAt: (atMs: number, number: number) => void;
  /** An instance starts in a row. */
  readonly opened: (row: number) => void;
  /** Fails every request at an instance. */
  readonly cutOff: (row: number) => void;
  /** What balancers hear of instances. */
  readonly discovery: Omit<Discovery, 'onDue'>;
  /** `replaceSick` is wanted at a moment. */
  readonly careAt: (service: number, atMs: number) => void;
  readonly resilience: Pick<Resilience, 'health' | 'note'>;
  /** −1 where nobody says. */
  readonly zoneOf: (row: number) => number;
  readonly rollouts: () => Pick<Rollouts, 'isGoing' | 'look' | 'versionOf'>;
}

export class LifeCycle {
  /** Of a model with nodes. */
  readonly cluster: Cluster | undefined;
  private readonly fleet: Fleet;
  private readonly recorder: Recorder;
  private readonly hooks: LifeCycleHooks;
  private readonly endMs: number;
  private readonly controls: readonly Control[];
  /** By service and version. */
  private readonly launches: readonly (readonly Launch[])[];
  private readonly nodes: readonly Nodes[];
  /** Replaces instances of a service that are found unhealthy. */
  readonly replaceSick: (service: number, nowMs: number) => void;

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
    this.controls = model.services.map(
      ({ name }, service) =>
        new Control(fleet, service, stream(seed, replication, `service/${name}`, 'metrics')),
    );
    this.launches = model.services.map(({ name, on, rollouts = [] }) => {
      const random = (purpose: string) => stream(seed, replication, `service/${name}`, purpose);
      const first = launches(on, random);
      const own = rollouts.map(({ version: { boot } }, index) =>
        boot === undefined ? first : launches({ ...on, boot }, versioned(random, index + 1)),
      );
      return [first, ...own];
    });
    this.replaceSick = createReplacements(model, fleet, {
      isSick: hooks.resilience.health.isSick,
      lookAt: hooks.careAt,
      replace: (service, rows, nowMs) => this.replace(service, rows, nowMs),
      note: hooks.resilience.note,
    });
    this.nodes = model.services.map(({ on }) => new Nodes(on.image?.perNode ?? 1));
    fleet.warmPools = model.services.map((service) => {
      const random = (purpose: string) =>
        stream(seed, replication, `service/${service.name}`, purpose);
      const { warmPool } = service.scaling;
      return warmPool && new WarmPool(service, warmPool, random);
    });
    fleet.mixes = model.services.map(({ on: { mix } }) => mix && new TypeMix(mix));
    this.cluster = model.nodes && this.clusterOf(model, seed, replication);
    fleet.onRetired = (row, nowMs) => {
      this.cluster?.left(row, nowMs);
      this.poolOf(row)?.onRetired(row, nowMs);
    };
  }

  private poolOf(row: number): WarmPool | undefined {
    return this.fleet.warmPools[this.fleet.service[row]!];
  }

  private clusterOf(model: Model, seed: number, replication: number): Cluster {
    const random = (component: string, purpose: string) =>
      stream(seed, replication, component, purpose);
    const cluster = new Cluster(model, this.fleet, random, {
      at: this.hooks.clusterAt,
      placed: (row, nowMs, imageAtMs) => {
        const fromMs = Math.max(nowMs, imageAtMs ?? nowMs);
        return this.startUp(row, fromMs, imageAtMs !== undefined).startedMs;
      },
      evict: (rows, nowMs, longestMs) => this.evict(rows, nowMs, longestMs),
      decided: (evaluation) => this.recorder.evaluate(evaluation),
    });
    return cluster;
  }

  /** The fleet as it stands when the run starts: ready, and watched from the first period on. */
  begin(): void {
    this.fleet.services.forEach(({ scaling }, service) => {
      const mix = this.fleet.mixes[service];
      const types = mix?.launches(scaling.start, 0, Number.POSITIVE_INFINITY);
      for (let i = 0; i < (types?.length ?? scaling.start); i++) {
        const row = this.open(service, 0, STATE.ready, 0, types?.[i]);
        if (this.isPod(service)) this.cluster!.placeAtStart(row);
        else this.nodes[service]!.place(row);
        this.hooks.discovery.register(row, 0, true);
      }
      this.fleet.warmPools[service]?.begin(scaling.start);
      this.scheduleTick(service, 0);
    });
  }

  /** A service's control loop looks, and decides where it is time to. */
  tick(service: number, nowMs: number): void {
    const decision = this.controls[service]!.tick(nowMs);
    if (decision !== undefined) this.take(service, decision, nowMs);
    this.scheduleTick(service, nowMs);
  }

  private take(service: number, decision: ControlDecision, nowMs: number): void {
    const { name } = this.fleet.services[service]!;
    const more = this.mixReason(service, decision.desired, nowMs);
    const reason = decision.reason + this.poolReason(service, decision.desired, nowMs) + more;
    this.recorder.evaluate({ atMs: nowMs, service: name, ...decision, reason });
    this.fleet.desired[service] = decision.desired;
    this.adjust(service, nowMs);
  }

  /** What the warm pool does about a change. */
  private poolReason(service: number, desired: number, nowMs: number): string {
    const pool = this.fleet.warmPools[service];
    if (pool === undefined || desired === this.fleet.desired[service]) return '';
    const inGroup = this.alive(service).length;
    return `; ${pool.decide({ desired, inGroup }, nowMs).reason}`;
  }

  /** What a group of several types does about a change. */
  private mixReason(service: number, desired: number, nowMs: number): string {
    const mix = this.fleet.mixes[service];
    if (mix === undefined || desired === this.fleet.desired[service]) return '';
    return `; ${this.mixedChange(service, mix, desired, nowMs).reason}`;
  }

  private mixedChange(service: number, mix: TypeMix, desired: number, nowMs: number): MixedChange {
    const { zoneOf } = this.hooks;
    const group = { service, desired, room: this.room(service), nowMs, zoneOf };
    return mixedChange(this.fleet, mix, this.alive(service), group);
  }

  private alive(service: number): number[] {
    return this.fleet.rowsIn(service, STATE.booting, STATE.warming, STATE.ready);
  }

  /** An instance's boot, warm-up or drain has come to its end. */
  onDue(row: number, nowMs: number): void {
    const { fleet } = this;
    // The row may have moved on, or be another instance by now.
    if (fleet.dueMs[row] !== nowMs) return;
    if (fleet.state[row] === STATE.booting) this.enterService(row, nowMs);
    else if (fleet.state[row] === STATE.warming) fleet.state[row] = STATE.ready;
    else if (fleet.state[row] === STATE.draining) this.cut(row, nowMs);
    const service = fleet.service[row]!;
    if (this.hooks.rollouts().isGoing(service)) this.adjust(service, nowMs);
    this.replaceSick(service, nowMs);
  }

  private scheduleTick(service: number, nowMs: number): void {
    const nextMs = this.controls[service]!.nextMs(nowMs);
    if (nextMs !== undefined && nextMs <= this.endMs) this.hooks.tickAt(service, nextMs);
  }

  /** Brings the number of instances to the desired one; of a roll-out, those of each version. */
  adjust(service: number, nowMs: number): void {
    const rollouts = this.hooks.rollouts();
    if (rollouts.look(service, nowMs)) return;
    const { fleet } = this;
    const mix = fleet.mixes[service];
    if (mix !== undefined) {
      const { launches, leaving } = this.mixedChange(service, mix, fleet.desired[service]!, nowMs);
      for (const type of launches) this.launch(service, 0, nowMs, type);
      for (const row of leaving) this.drain(row, nowMs);
      return;
    }
    const rows = this.alive(service);
    const missing = fleet.desired[service]! - rows.length;
    this.launchSome(service, missing, rollouts.versionOf(service), nowMs);
    const own = fleet.services[service]!;
    const leaving = rowsToEnd(fleet, own, rows, -missing, this.hooks.zoneOf, nowMs);
    this.reuse(service, rows.length, leaving, nowMs);
    for (const row of leaving) this.drain(row, nowMs);
    this.refill(service, nowMs);
  }

  /** Those that serve come to the warm pool when they have drained, as far as it has room. */
  private reuse(service: number, inGroup: number, leaving: readonly number[], nowMs: number): void {
    const { fleet } = this;
    const pool = fleet.warmPools[service];
    if (pool === undefined) return;
    const { returned } = pool.decide({ desired: fleet.desired[service]!, inGroup }, nowMs);
    const served = leaving.filter((row) => fleet.state[row] !== STATE.booting);
    for (const row of served.slice(0, returned)) pool.expect(row);
  }

  /** Brings the warm pool to its size. */
  private refill(service: number, nowMs: number): void {
    const pool = this.fleet.warmPools[service];
    const desired = this.fleet.desired[service]!;
    if (pool === undefined) return;
    const { prepare, discard } = pool.decide({ desired, inGroup: desired }, nowMs);
    pool.fill(Math.min(prepare, this.room(service)), nowMs);
    pool.discard(discard, nowMs);
  }

  /** Brings rows of a service to a number: those that do not serve yet go first. */
  resize(
    service: number,
    rows: readonly number[],
    count: number,
    version: number,
    nowMs: number,
  ): void {
    const { fleet } = this;
    this.launchSome(service, count - rows.length, version, nowMs);
    const isBooting = (row: number) => fleet.state[row] === STATE.booting;
    const order = [...rows.filter(isBooting), ...rows.filter((row) => !isBooting(row))];
    for (const row of order.slice(0, Math.max(0, rows.length - count))) this.drain(row, nowMs);
  }

  private launchSome(service: number, missing: number, version: number, nowMs: number): void {
    const launched = Math.min(missing, this.room(service));
    for (let i = 0; i < launched; i++) this.launch(service, version, nowMs);
  }

  /** Instances that the quota has room for; what it refuses is asked for again. */
  private room(service: number): number {
    const { fleet } = this;
    const quota = fleet.services[service]!.on.capacity?.quota;
    if (quota === undefined) return Number.POSITIVE_INFINITY;
    const { booting, warming, ready, draining } = STATE;
    const pool = fleet.warmPools[service];
    // A drawn instance is one of them already; one that is stopped is no machine.
    const pooled = pool?.settings.poolState === 'running' ? pool.size : 0;
    const rows = fleet.rowsIn(service, booting, warming, ready, draining).length;
    return Math.max(0, quota - rows - pooled);
  }

  private launch(service: number, version: number, nowMs: number, type?: number): void {
    const { fleet } = this;
    const row = this.open(service, nowMs, STATE.booting, version, type);
    this.controls[service]!.reset(row);
    if (!this.isPod(service)) {
      const hasImage = this.hasImage(service, row);
      const warm = fleet.warmPools[service]?.draw(nowMs);
      const { grantedMs } = this.startUp(row, nowMs, warm !== undefined || hasImage, warm);
      fleet.launchedMs[row] = grantedMs;
      return;
    }
    // Until it has a node.
    for (const column of [fleet.startedMs, fleet.readyMs, fleet.dueMs]) {
      column[row] = Number.POSITIVE_INFINITY;
    }
    this.cluster!.request(row, nowMs);
  }

  private isPod(service: number): boolean {
    return this.fleet.services[service]!.on.pod !== undefined;
  }

  /** The stages of an instance that has a place. */
  private startUp(
    row: number,
    nowMs: number,
    hasImage: boolean,
    launch: Launch = this.launches[this.fleet.service[row]!]![this.fleet.version[row]!]!,
  ): LaunchTimes {
    const { fleet } = this;
    const times = launch(nowMs, hasImage);
    fleet.startedMs[row] = times.startedMs;
    fleet.readyMs[row] = times.readyMs;
    this.awaitDue(row, times.servingMs);
    return times;
  }

  /** @param type where the group has several */
  private open(
    service: number,
    nowMs: number,
    state: number,
    version: number,
    type?: number,
  ): number {
    const mix = this.fleet.mixes[service];
    const row = this.fleet.launch(service, nowMs, state, mix?.sizeOf(type!));
    mix?.opened(row, type!);
    this.fleet.version[row] = version;
    this.hooks.discovery.opened(row);
    this.hooks.opened(row);
    return row;
  }

  /** Places a new instance on a node; its row's former instance has left its own. */
  private hasImage(service: number, row: number): boolean {
    const { fleet } = this;
    const nodes = this.nodes[service]!;
    for (const gone of fleet.rowsIn(service, STATE.gone)) nodes.leave(gone);
    nodes.leave(row);
    return nodes.place(row);
  }

  private awaitDue(row: number, dueMs: number): void {
    this.fleet.dueMs[row] = dueMs;
    this.hooks.dueAt(row, dueMs);
  }

  private enterService(row: number, nowMs: number): void {
    const { fleet } = this;
    const { warmUpMs } = fleet.services[fleet.service[row]!]!.on;
    fleet.servingMs[row] = nowMs;
    this.hooks.discovery.register(row, nowMs);
    fleet.state[row] = warmUpMs > 0 ? STATE.warming : STATE.ready;
    if (warmUpMs > 0) this.awaitDue(row, nowMs + warmUpMs);
  }

  /** Instances drain within so long, because their node goes; their groups replace them. */
  private evict(rows: readonly number[], nowMs: number, longestMs: number): void {
    for (const row of rows) this.drain(row, nowMs, longestMs);
    const services = new Set(rows.map((row) => this.fleet.service[row]!));
    for (const service of services) this.adjust(service, nowMs);
  }

  private drain(row: number, nowMs: number, longestMs = Number.POSITIVE_INFINITY): void {
    const { fleet } = this;
    if (fleet.state[row] === STATE.booting) {
      fleet.retire(row, nowMs);
      return;
    }
    this.hooks.discovery.deregister(row, nowMs);
    fleet.state[row] = STATE.draining;
    const { drainMs } = fleet.services[fleet.service[row]!]!.scaling;
    if (fleet.inside[row] === 0) fleet.retire(row, nowMs);
    else this.awaitDue(row, nowMs + Math.min(drainMs, longestMs));
  }

  /** Takes instances away that serve; the group launches others. */
  private replace(service: number, rows: readonly number[], nowMs: number): void {
    for (const row of rows) this.drain(row, nowMs);
    this.adjust(service, nowMs);
  }

  /** Ends instances at once, with all that is at them; the group replaces them. */
  kill(service: number, rows: readonly number[], nowMs: number): void {
    for (const row of rows) {
      this.poolOf(row)?.lose(row);
      this.hooks.discovery.deregister(row, nowMs);
      this.cut(row, nowMs);
    }
    this.adjust(service, nowMs);
  }

  /** The drain is over: what is still at the instance fails at once. */
  private cut(row: number, nowMs: number): void {
    const { fleet } = this;
    this.hooks.cutOff(row);
    fleet.expel(row, nowMs);
    fleet.retire(row, nowMs);
  }
}

/** Streams of a version's own. */
function versioned(random: (purpose: string) => RandomStream, version: number) {
  return (purpose: string) => random(`${purpose} of version ${version}`);
}
