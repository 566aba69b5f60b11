import type { Localities } from '../model/locality-settings.ts';
import type { PriorityLevel, PriorityLoads } from '../policies/balancing/priority-load.ts';

/** What a balancer may go by, beside the outstanding requests; members by position in its list. */
export interface Seen {
  /** Changes whenever a member comes or goes. */
  readonly version: () => number;
  /** Which launch of its service a member is, 0 first. */
  readonly ordinal: (position: number) => number;
  /** Since it was listed; ∞ where it was before the run. */
  readonly ageMs: (position: number) => number;
  /** −1 where the service has no zones. */
  readonly zone: (position: number) => number;
  /** Whether a member is healthy; where zones have no priorities all that are listed are. */
  readonly isWell: (position: number) => boolean;
  /** Healthy, and asking to be spared; such a one is not well. */
  readonly isDegraded: (position: number) => boolean;
  /** Loads of levels, by who writes them down. */
  readonly loads: (localities: Localities, levels: readonly PriorityLevel[]) => PriorityLoads;
  /** Key of the request, 0 first. */
  readonly key: () => number;
  readonly caller: () => Caller | undefined;
}

/** Who asks, where that is an instance in a zone. */
export interface Caller {
  readonly service: number;
  readonly zone: number;
  /** Of its service: the list's version, and its members by zone. */
  readonly version: number;
  readonly countByZone: () => readonly number[];
}
