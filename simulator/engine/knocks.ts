/**
 * A probe that comes to an instance's door as a request does, waits for its turn, and takes nothing
 * from anybody. One at a time at each instance.
 */
import type { Fleet } from '../components/fleet.ts';
import type { Knock } from '../components/liveness.ts';
import type { Servers } from './servers.ts';
import type { SharedCores } from './shared-cores.ts';

export interface Knocks {
  readonly knock: (row: number) => Knock;
  /** Whether the latest one at a row has had its turn. */
  readonly hasAnswered: (row: number) => boolean;
}

/** Threads of shared cores are waited for; where there are none, or one is free, cores are. */
export function createKnocks(fleet: Fleet, servers: Servers, cores: SharedCores): Knocks {
  function knock(row: number): Knock {
    const { serves } = fleet.services[fleet.service[row]!]!;
    if (serves.type === 'delay') return 'answered';
    const isShared = serves.type === 'cpu-shared';
    const atDoor = isShared && serves.threads === undefined ? 'answered' : servers.knock(row);
    if (atDoor !== 'answered' || !isShared) return atDoor;
    return cores.knock(row) ? 'answered' : 'waits';
  }

  function hasAnswered(row: number): boolean {
    return servers.hasAnswered(row) && cores.hasAnswered(row);
  }

  return { knock, hasAnswered };
}
