/**
 * Where a pod goes: the Kubernetes scheduler's NodeResourcesFit with its default strategy,
 * LeastAllocated, which spreads pods, and TaintToleration, which has three times its weight.
 * Source: Kubernetes documentation, "Resource Bin Packing", `pkg/scheduler/framework/plugins/noderesources`
 * `least_allocated.go`, `tainttoleration/taint_toleration.go`, `helper/normalize_score.go`. Of the
 * other default scores (balanced allocation, image locality, topology spread) none is modelled, and
 * equals go by their order where Kubernetes draws lots.
 */

/** What a pod asks for: CPU in thousandths of a core, memory in bytes. */
export interface PodSize {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** A node's room for pods: what may be asked for, and what is. */
export interface Room {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pods: number;
  readonly used: { cpuMillis: number; memoryBytes: number; pods: number };
}

/** An empty node's room. */
export function roomOf({ cpuMillis, memoryBytes, pods }: Omit<Room, 'used'>): Room {
  return { cpuMillis, memoryBytes, pods, used: { cpuMillis: 0, memoryBytes: 0, pods: 0 } };
}

/** Whether a pod fits beside those that are there. */
export function hasRoom({ used, ...all }: Room, { cpuMillis, memoryBytes }: PodSize): boolean {
  return (
    used.cpuMillis + cpuMillis <= all.cpuMillis &&
    used.memoryBytes + memoryBytes <= all.memoryBytes &&
    used.pods < all.pods
  );
}

const MOST = 100;

/**
 * Mean over CPU and memory of the share that would stay free, in whole per cent.
 * Example: a pod of 1 core and 4 GiB on an empty node of 4 cores and 8 GiB → (75 + 50) ÷ 2 = 62.
 */
export function leastAllocatedScore({ used, ...all }: Room, pod: PodSize): number {
  const free = (name: keyof PodSize) =>
    Math.floor(((all[name] - used[name] - pod[name]) * MOST) / all[name]);
  return Math.floor((free('cpuMillis') + free('memoryBytes')) / 2);
}

/** Of taints, beside 1 of what is left empty. */
const TAINT_WEIGHT = 3;

/**
 * The node that is left emptiest, the first of equals; undefined where the pod fits none.
 *
 * @param unwantedOf taints of a node that the pod would rather not have; the node with the most of
 *   those it fits has 300 points less, the others less in proportion
 */
export function emptiestRoom<T extends Room>(
  rooms: readonly T[],
  pod: PodSize,
  unwantedOf: (room: T) => number = () => 0,
): T | undefined {
  const fitting = rooms.filter((room) => hasRoom(room, pod));
  const worst = Math.max(0, ...fitting.map(unwantedOf));
  let [best, most] = [undefined as T | undefined, Number.NEGATIVE_INFINITY];
  for (const room of fitting) {
    const lost = worst === 0 ? 0 : Math.floor((MOST * unwantedOf(room)) / worst);
    const score = leastAllocatedScore(room, pod) + TAINT_WEIGHT * (MOST - lost);
    if (score > most) [best, most] = [room, score];
  }
  return best;
}

/** Puts a pod on a node, or takes it off with −1. */
export function addPod({ used }: Room, { cpuMillis, memoryBytes }: PodSize, count: 1 | -1): void {
  used.cpuMillis += count * cpuMillis;
  used.memoryBytes += count * memoryBytes;
  used.pods += count;
}
