/**
 * What balancers know of instances beside their outstanding requests: which launch of their service
 * they were, and since when they are listed. By row; made once a thread.
 */
import type { Model } from '../model/model.ts';
import { launchZones } from '../policies/aws/zone-balance.ts';
import { type Fleet, MAX_ROWS, MAX_SERVICES, STATE } from './fleet.ts';

export interface Roster {
  readonly begin: (model: Model) => void;
  /** An instance starts in a row. */
  readonly opened: (row: number) => void;
  /** A row is on its balancer's list since then. */
  readonly listed: (row: number, sinceMs: number) => void;
  /** 0 is the first of its service. */
  readonly ordinal: Int32Array;
  readonly sinceMs: Float64Array;
  /** −1 where its service has no zones. */
  readonly zone: Int32Array;
  /** Of those that are listed as zones have priorities: 1 for unhealthy, 2 for degraded ones. */
  readonly unwell: Uint8Array;
}

export function createRoster(fleet: Fleet): Roster {
  const ordinal = new Int32Array(MAX_ROWS);
  const sinceMs = new Float64Array(MAX_ROWS);
  const zone = new Int32Array(MAX_ROWS);
  const unwell = new Uint8Array(MAX_ROWS);
  const launches = new Int32Array(MAX_SERVICES);
  let zones: readonly (number | undefined)[] = [];

  function begin(model: Model): void {
    launches.fill(0, 0, model.services.length);
    zones = model.services.map((service) => service.zones);
  }

  function opened(row: number): void {
    const service = fleet.service[row]!;
    ordinal[row] = launches[service]!++;
    unwell[row] = 0;
    const count = zones[service];
    zone[row] = count === undefined ? -1 : zoneFor(service, row, count);
  }

  /** Where the fewest of its service are: in turn as long as none goes. */
  function zoneFor(service: number, row: number, count: number): number {
    const sizes = Array.from({ length: count }, () => 0);
    for (const other of fleet.rowsIn(service, STATE.booting, STATE.warming, STATE.ready)) {
      if (other !== row) sizes[zone[other]!]!++;
    }
    const all = sizes.map((inService, index) => {
      return { zone: String(index), inService, pending: 0, isOpen: true };
    });
    return Number(launchZones(all, 1)[0]);
  }

  function listed(row: number, atMs: number): void {
    sinceMs[row] = atMs;
  }

  return { begin, opened, listed, ordinal, sinceMs, zone, unwell };
}
