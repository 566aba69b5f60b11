/**
 * Where a pod goes: the Kubernetes scheduler's NodeResourcesFit with its default strategy,
 * LeastAllocated, which spreads pods. Source: Kubernetes documentation, "Resource Bin Packing",
 * `pkg/scheduler/framework/plugins/noderesources/least_allocated.go`. Of the other default scores
 * (balanced allocation, image locality, topology spread) none is modelled, and equals go by their
 * order where Kubernetes draws lots.
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

/** The node that is left emptiest, the first of equals; undefined where the pod fits none. */
export function emptiestRoom<T extends Room>(rooms: readonly T[], pod: PodSize): T | undefined {
  let [best, most] = [undefined as T | undefined, -1];
  for (const room of rooms) {
    if (!hasRoom(room, pod)) continue;
    const score = leastAllocatedScore(room, pod);
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
