/**
 * Pods on nodes: a pod pends until a node has room for it, and an autoscaler adds and removes
 * nodes. Rare events, so plain code.
 *
 *     launched ─► pending ─► placed ─► image ─► starts … (launch.ts) … ends
 *                    ▲          a node with room, the emptiest            │
 *     autoscaler ────┴─ nodes come ── ready                    room ◄─────┘
 */
import { sampler } from '../distributions/sampler.ts';
import type { RandomStream } from '../engine/random.ts';
import { emptiestRoom } from '../model/kubernetes/least-allocated.ts';
import { unwanted } from '../model/kubernetes/taints.ts';
import type { Model } from '../model/model.ts';
import type { PodPlacement } from '../model/node-settings.ts';
import { type Pod, plainPod } from '../policies/nodes/cluster.ts';
import type { Evaluation } from '../results/results.ts';
import { createClusterAutoscaler } from './cluster-autoscaling.ts';
import { type Fleet, STATE } from './fleet.ts';
import { createKarpenter } from './karpenter-scaling.ts';
import { type ClusterNode, NodePools } from './node-pools.ts';
import { type ClusterView, type NodeActions, type NodeScaler, POOL_LABEL } from './node-scaler.ts';

/** What it asks of the engine and of the instances' life-cycle. */
export interface ClusterHooks {
  /** Asks for `onDue` with a number of its own, from 0 on. */
  readonly at: (atMs: number, number: number) => void;
  /**
   * A pod has its place. The image is there from a moment on, or has to be pulled (undefined).
   * Gives the moment at which its container starts.
   */
  readonly placed: (row: number, nowMs: number, imageAtMs: number | undefined) => number;
  /** Pods have to go, within so long; their groups replace them. */
  readonly evict: (rows: readonly number[], nowMs: number, longestMs: number) => void;
  readonly decided: (evaluation: Evaluation) => void;
}

/** An instance that is a pod. */
interface ClusterPod {
  readonly row: number;
  readonly service: number;
  readonly placement: PodPlacement;
  /** As policies see it. */
  readonly pod: Pod;
  node: ClusterNode | undefined;
}

/**
 * Numbers of its events: room may be free, a look of the autoscaler is due, it happens, then nodes
 * by number. A look sees all that its moment brings, whichever came to the agenda first.
 */
const [WAKE, LOOK, LAST, NODES] = [0, 1, 2, 3];

/** Of one run. */
export class Cluster {
  readonly pools: NodePools;
  private readonly fleet: Fleet;
  private readonly hooks: ClusterHooks;
  private readonly endMs: number;
  private readonly scaler: NodeScaler | undefined;
  private readonly provisionMs: readonly (() => number)[];
  /** By row. */
  private readonly pods = new Map<number, ClusterPod>();
  /** Those without a node, first come first. */
  private waiting: ClusterPod[] = [];
  /** Nodes that go once others are ready. */
  private replacements: { readonly nodes: ClusterNode[]; readonly by: Set<ClusterNode> }[] = [];
  private readonly launched: number[];
  private hasChanged = false;
  private lookMs = Number.POSITIVE_INFINITY;
  private wakeMs = Number.NEGATIVE_INFINITY;

  /** @param random the stream of a component for a purpose */
  constructor(
    model: Model,
    fleet: Fleet,
    random: (component: string, purpose: string) => RandomStream,
    hooks: ClusterHooks,
  ) {
    const { nodes = [], durationMs } = model;
    this.pools = new NodePools(nodes, durationMs);
    this.fleet = fleet;
    this.hooks = hooks;
    this.endMs = durationMs;
    this.scaler = scalerOf(model, random('nodes', 'expander'));
    this.provisionMs = nodes.map(({ name, provision }) =>
      sampler(provision, random(`nodes/${name}`, 'provision')),
    );
    this.launched = model.services.map(() => 0);
    nodes.forEach(({ start }, pool) => {
      for (let i = 0; i < start; i++) this.pools.launch(pool, 0, 'ready');
    });
  }

  /** A pod that is there when the run starts, with its image. */
  placeAtStart(row: number): void {
    const one = this.podOf(row, 0);
    const node = this.emptiest(this.pools.open(one.placement.pools), one.placement);
    if (node === undefined) throw new Error(`no room for ${one.pod.name} at the start`);
    this.put(one, node, 0);
    node.imageAtMs.set(one.service, 0);
    this.arrange(0);
  }

  /** A new pod wants a place. */
  request(row: number, nowMs: number): void {
    this.waiting.push(this.podOf(row, nowMs));
    this.schedule(nowMs);
    this.changed(nowMs);
  }

  private podOf(row: number, nowMs: number): ClusterPod {
    const service = this.fleet.service[row]!;
    const { name, on, scaling } = this.fleet.services[service]!;
    const placement = on.pod!;
    const pod = plainPod(
      `${name}-${++this.launched[service]!}`,
      { cpu: placement.cpuMillis, memory: placement.memoryBytes },
      {
        labels: { service: name },
        nodeSelector: placement.nodeSelector ?? {},
        tolerations: placement.tolerations ?? [],
        nodeTerms: [
          { matchExpressions: [{ key: POOL_LABEL, operator: 'In', values: placement.pools }] },
        ],
        createdAtMs: nowMs,
        gracePeriodMs: scaling.drainMs,
      },
    );
    const one: ClusterPod = { row, service, placement, pod, node: undefined };
    this.pods.set(row, one);
    return one;
  }

  /** An instance has ended; what becomes of its room is seen to when the event is over. */
  left(row: number, nowMs: number): void {
    const one = this.pods.get(row);
    if (one === undefined) return;
    this.pods.delete(row);
    const { node } = one;
    if (node === undefined) this.waiting.splice(this.waiting.indexOf(one), 1);
    else {
      this.pools.leave(node, row, one.placement, nowMs);
      const isOver = node.state === 'draining' && node.rows.size === 0;
      if (isOver || this.waiting.length > 0) this.wake(nowMs);
    }
    this.changed(nowMs);
  }

  onDue(number: number, nowMs: number): void {
    if (number === WAKE) this.settle(nowMs);
    else if (number === LOOK) this.hooks.at(nowMs, LAST);
    else if (number === LAST) this.look(nowMs);
    else this.ready(number - NODES, nowMs);
  }

  private wake(nowMs: number): void {
    if (this.wakeMs === nowMs) return;
    this.wakeMs = nowMs;
    this.hooks.at(nowMs, WAKE);
  }

  private settle(nowMs: number): void {
    this.wakeMs = Number.NEGATIVE_INFINITY;
    const over = this.pools.all.filter(
      ({ state, rows }) => state === 'draining' && rows.size === 0,
    );
    for (const node of over) this.pools.remove(node, nowMs);
    this.schedule(nowMs);
    this.changed(nowMs);
  }

  // ---- the scheduler --------------------------------------------------------------------------

  /** First come, first served; one that fits nowhere stops those of its own service only. */
  private schedule(nowMs: number): void {
    const rooms = new Map<number, ClusterNode[]>();
    const full = new Set<number>();
    this.waiting = this.waiting.filter((one) => {
      const { service, placement } = one;
      if (full.has(service)) return true;
      const open = rooms.get(service) ?? this.pools.open(placement.pools);
      rooms.set(service, open);
      const node = this.emptiest(open, placement);
      if (node === undefined) full.add(service);
      else this.start(one, node, nowMs);
      return node === undefined;
    });
  }

  private emptiest(rooms: readonly ClusterNode[], placement: PodPlacement) {
    const { tolerations = [] } = placement;
    const unwantedOf = this.pools.pools.map(({ taints = [] }) => unwanted(taints, tolerations));
    return emptiestRoom(rooms, placement, ({ pool }) => unwantedOf[pool]!);
  }

  /** An image is pulled once a node: who comes meanwhile waits for it. */
  private start(one: ClusterPod, node: ClusterNode, nowMs: number): void {
    this.put(one, node, nowMs);
    const imageAtMs = node.imageAtMs.get(one.service);
    const startedMs = this.hooks.placed(one.row, nowMs, imageAtMs);
    if (imageAtMs === undefined) node.imageAtMs.set(one.service, startedMs);
  }

  private put(one: ClusterPod, node: ClusterNode, nowMs: number): void {
    one.node = node;
    this.pools.place(node, one.row, one.placement, nowMs);
  }

  // ---- nodes ----------------------------------------------------------------------------------

  private launch(pool: string, nowMs: number): ClusterNode {
    const index = this.pools.pools.findIndex(({ name }) => name === pool);
    const node = this.pools.launch(index, nowMs, 'provisioning');
    this.hooks.at(nowMs + this.provisionMs[index]!(), NODES + node.number);
    return node;
  }

  private ready(number: number, nowMs: number): void {
    const node = this.pools.all.find((one) => one.number === number);
    // It may have been given up meanwhile.
    if (node?.state !== 'provisioning') return;
    node.state = 'ready';
    this.schedule(nowMs);
    for (const { by, nodes } of this.replacements) {
      if (by.delete(node) && by.size === 0) this.drain(nodes, nowMs, Number.POSITIVE_INFINITY);
    }
    this.replacements = this.replacements.filter(({ by }) => by.size > 0);
    this.changed(nowMs);
  }

  /** Nobody comes any more, everybody has to go; the nodes go with the last of them. */
  private drain(nodes: readonly ClusterNode[], nowMs: number, longestMs: number): void {
    for (const node of nodes) node.state = 'draining';
    const rows = nodes.flatMap((node) => [...node.rows]);
    // Those that drain already go on with it.
    const staying = rows.filter((row) => this.fleet.state[row] !== STATE.draining);
    this.hooks.evict(staying, nowMs, longestMs);
    this.wake(nowMs);
  }

  // ---- the autoscaler -------------------------------------------------------------------------

  private changed(nowMs: number): void {
    this.hasChanged = true;
    this.arrange(nowMs);
  }

  /** Sees to it that the autoscaler looks when it wants to, during the run. */
  private arrange(nowMs: number): void {
    const atMs = this.scaler?.nextMs(nowMs, this.hasChanged, this.waiting.length > 0);
    if (atMs === undefined || atMs > this.endMs || atMs >= this.lookMs) return;
    this.lookMs = atMs;
    this.hooks.at(atMs, LOOK);
  }

  private look(nowMs: number): void {
    // An earlier look may have been wanted since this one was.
    if (this.lookMs !== nowMs || this.scaler === undefined) return;
    if (this.isWaking()) this.settle(nowMs);
    this.lookMs = Number.POSITIVE_INFINITY;
    this.hasChanged = false;
    const before = this.pools.pools.map((_, pool) => this.pools.counts(pool));
    const pendingPods = this.pools.pools.map((_, pool) => this.pendingOf(pool));
    const actions = this.scaler.look(this.view(nowMs));
    this.act(actions, nowMs);
    const desired = before.map((_, pool) => this.pools.counts(pool).desired);
    const isChange = before.some((counts, pool) => counts.desired !== desired[pool]);
    before.forEach((counts, pool) => {
      // What is said of another pool's change is no news of this one.
      if (isChange && counts.desired === desired[pool]) return;
      const service = `nodes/${this.pools.pools[pool]!.name}`;
      const observation = {
        nowMs,
        desired: counts.desired,
        booting: counts.provisioning,
        warming: 0,
        ...(counts.draining > 0 && { draining: counts.draining }),
        datapoints: [],
        pendingPods: pendingPods[pool]!,
      };
      const { reason } = actions;
      this.hooks.decided({ atMs: nowMs, service, observation, desired: desired[pool]!, reason });
    });
    this.arrange(nowMs);
  }

  private view(nowMs: number): ClusterView {
    const { pools, fleet } = this;
    return {
      nowMs,
      nodes: pools.all.map((node) => pools.view(node)),
      placed: [...this.pods.values()].flatMap(({ row, pod, node }) => {
        const isEnding = fleet.state[row] === STATE.draining;
        return node === undefined ? [] : [{ pod, node: node.name, isEnding }];
      }),
      pending: this.waiting.map(({ pod }) => pod),
    };
  }

  private act({ launches, cancels, drains, replaces }: NodeActions, nowMs: number): void {
    for (const pool of launches) this.launch(pool, nowMs);
    for (const { pool, nodes } of cancels) this.cancel(pool, nodes, nowMs);
    if (replaces !== undefined) {
      const nodes = replaces.nodes.map((name) => this.pools.named(name));
      for (const node of nodes) node.isCordoned = true;
      const by = new Set(replaces.by.map((pool) => this.launch(pool, nowMs)));
      this.replacements.push({ nodes, by });
    }
    for (const { node, longestMs } of drains) {
      this.drain([this.pools.named(node)], nowMs, longestMs);
    }
  }

  /** The youngest go first. */
  private cancel(pool: string, count: number, nowMs: number): void {
    const coming = this.pools.all.filter(
      ({ state, pool: index }) =>
        state === 'provisioning' && this.pools.pools[index]!.name === pool,
    );
    for (const node of coming.slice(-count)) this.pools.remove(node, nowMs);
  }

  // ---- for records and audits -----------------------------------------------------------------

  /** Pods without a node that might be on one of the pool. */
  pendingOf(pool: number): number {
    const { name } = this.pools.pools[pool]!;
    return this.waiting.filter(({ placement }) => placement.pools.includes(name)).length;
  }

  /** Whether room that has become free is still to be given to those that wait. */
  isWaking(): boolean {
    return this.wakeMs !== Number.NEGATIVE_INFINITY;
  }

  /** Where every pod is: undefined where it is pending. */
  placements(): ReadonlyMap<number, ClusterNode | undefined> {
    return new Map([...this.pods].map(([row, { node }]) => [row, node]));
  }
}

function scalerOf({ nodes = [], autoscaler }: Model, random: RandomStream): NodeScaler | undefined {
  switch (autoscaler?.type) {
    case undefined:
      return undefined;
    case 'cluster-autoscaler':
      return createClusterAutoscaler(nodes, autoscaler.flags, (n) => random.below(n));
    case 'karpenter':
      return createKarpenter(nodes, autoscaler);
    default:
      throw new Error(`unknown autoscaler ${autoscaler satisfies never}`);
  }
}
