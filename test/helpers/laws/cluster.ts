/** Laws of pods on nodes: each is somewhere, none is too much, and pools keep their bounds. */
import { deepEqual, ok } from 'node:assert/strict';
import { STATE } from '../../../simulator/components/fleet.ts';
import { type ClusterNode, isOpen } from '../../../simulator/components/node-pools.ts';
import { compile } from '../../../simulator/engine/compile.ts';
import { type Engine, engineOfThread } from '../../../simulator/engine/engine.ts';
import { hasRoom } from '../../../simulator/model/kubernetes/least-allocated.ts';
import type { Model } from '../../../simulator/model/model.ts';
import { atLeast, atMost, OPTIONS, run } from './law.ts';

/** Looks at the whole run, every so many events. */
export function placePods(model: Model): void {
  const engine = engineOfThread();
  engine.begin(model, compile(model), { seed: OPTIONS.seed, replication: 0 });
  auditCluster(engine);
  while (engine.runSlice(7)) auditCluster(engine);
}

/** Throws on the first thing about nodes and pods that cannot be. */
export function auditCluster(engine: Engine): void {
  const { cluster, model } = engine.inspect();
  if (cluster === undefined) return;
  podsAreSomewhere(engine);
  for (const node of cluster.pools.all) nodeIsRight(engine, node);
  model.nodes!.forEach(({ name, min, max }, pool) => {
    const { ready, provisioning, draining, desired } = cluster.pools.counts(pool);
    atMost(ready + provisioning + draining, max, `nodes of ${name}`);
    atLeast(desired, min, `desired nodes of ${name}`);
  });
}

/** Every instance that is a pod has a node of its selector, or none of those would have room. */
function podsAreSomewhere(engine: Engine): void {
  const { fleet, cluster, model } = engine.inspect();
  const placements = cluster!.placements();
  for (let row = 0; row < fleet.rowCount; row++) {
    const { on, name } = fleet.services[fleet.service[row]!]!;
    const isAlive = fleet.state[row] !== STATE.gone;
    ok(placements.has(row) === (isAlive && on.pod !== undefined), `${name}, row ${row}: lost`);
    if (!placements.has(row)) continue;
    const node = placements.get(row);
    if (node !== undefined) {
      ok(on.pod!.pools.includes(model.nodes![node.pool]!.name), `${name}: on another pool`);
      ok(node.rows.has(row), `${name}, row ${row}: not where it was placed`);
      continue;
    }
    ok(fleet.state[row] === STATE.booting, `${name}: pending, and yet it runs`);
    ok(fleet.startedMs[row] === Number.POSITIVE_INFINITY, `${name}: pending, and yet started`);
    const room = cluster!.pools.open(on.pod!.pools).find((one) => hasRoom(one, on.pod!));
    ok(room === undefined || cluster!.isWaking(), `${name}: pending beside a node with room`);
  }
}

/** What is used is what its pods ask for, at most what there is. */
function nodeIsRight(engine: Engine, node: ClusterNode): void {
  const { fleet } = engine.inspect();
  const { used, rows, state, name } = node;
  const pods = [...rows].map((row) => fleet.services[fleet.service[row]!]!.on.pod!);
  const sum = (key: 'cpuMillis' | 'memoryBytes') => pods.reduce((all, one) => all + one[key], 0);
  const found = { cpuMillis: sum('cpuMillis'), memoryBytes: sum('memoryBytes'), pods: pods.length };
  deepEqual({ ...used }, found);
  atMost(used.cpuMillis, node.cpuMillis, `CPU of ${name}`);
  atMost(used.memoryBytes, node.memoryBytes, `memory of ${name}`);
  atMost(used.pods, node.pods, `pods of ${name}`);
  if (state === 'provisioning') ok(rows.size === 0, `${name}: pods before it is ready`);
  if (state !== 'draining') return;
  ok(!isOpen(node), `${name}: takes pods while it drains`);
  for (const row of rows) {
    ok(fleet.state[row] === STATE.draining, `${name} drains, but not its row ${row}`);
  }
}

/** Nodes are paid for while they are wanted and while they drain; pods ask for part of them. */
export function payForTheirNodes(model: Model): void {
  const { nodes = {}, decisions } = run(model);
  for (const { name, start } of model.nodes ?? []) {
    const series = nodes[name]!;
    const own = decisions.filter(({ service }) => service === `nodes/${name}`);
    let wantedMs = start * model.durationMs;
    let before = start;
    for (const { atMs, from, desired } of own) {
      ok(from === before && from !== desired, `${name}: ${from} → ${desired} after ${before}`);
      before = desired;
      wantedMs += (desired - from) * (model.durationMs - atMs);
    }
    ok(series.desired.at(-1) === before, `${name}: another size than was decided`);
    atLeast(series.nodeHours * 3_600_000, wantedMs - 1e-3, `node time of ${name}`);
    atMost(series.allocatedCpuHours, series.nodeHours + 1e-9, `CPU hours of ${name}`);
    atMost(series.allocatedMemoryHours, series.nodeHours + 1e-9, `memory hours of ${name}`);
  }
}
