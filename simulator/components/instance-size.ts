/** What one instance has, by how its service serves. */
import type { ServerKind } from '../model/model.ts';

/** Servers, or the cores' worth of time that a quota leaves of them. */
export function capacityOf(serves: ServerKind): number {
  const quota = serves.type === 'cpu-shared' ? serves.quotaCores : undefined;
  return quota ?? serverCount(serves);
}

/** Threads of an instance whose servers are its cores: a larger one has more of both. */
export function placesOf(serves: ServerKind, servers: number): number {
  return serves.type === 'cpu-shared' ? ((serves.threads ?? 0) * servers) / serves.cores : 0;
}

/** Threads, connections, cores, the one loop; 0 where nobody waits for anybody. */
export function serverCount(serves: ServerKind): number {
  switch (serves.type) {
    case 'threads':
    case 'pool':
      return serves.count;
    case 'cpu-shared':
      return serves.cores;
    case 'event-loop':
      return 1;
    case 'delay':
      return 0;
    default:
      throw new Error(`unknown server ${serves satisfies never}`);
  }
}
