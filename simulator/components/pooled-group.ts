/** What a group and its warm pool do together when the group's size changes. */
import type { ControlDecision } from '../policies/scaling-control.ts';
import { type Fleet, STATE } from './fleet.ts';

/** What the pool does about a decision, of the group's max, too; empty where it does nothing. */
export function poolReason(
  fleet: Fleet,
  service: number,
  { desired, max }: ControlDecision,
  inGroup: () => number,
  nowMs: number,
): string {
  const pool = fleet.warmPools[service];
  const isResized = pool?.resize(max);
  if (pool === undefined || (desired === fleet.desired[service] && !isResized)) return '';
  return `; ${pool.decide({ desired, inGroup: inGroup() }, nowMs).reason}`;
}

/** Those that serve come to the warm pool when they have drained, as far as it has room. */
export function reuse(
  fleet: Fleet,
  service: number,
  inGroup: number,
  leaving: readonly number[],
  nowMs: number,
): void {
  const pool = fleet.warmPools[service];
  if (pool === undefined) return;
  const { returned } = pool.decide({ desired: fleet.desired[service]!, inGroup }, nowMs);
  const served = leaving.filter((row) => fleet.state[row] !== STATE.booting);
  for (const row of served.slice(0, returned)) pool.expect(row);
}

/** Brings the warm pool to its size, as far as there is room for instances. */
export function refill(fleet: Fleet, service: number, room: () => number, nowMs: number): void {
  const pool = fleet.warmPools[service];
  const desired = fleet.desired[service]!;
  if (pool === undefined) return;
  const { prepare, discard } = pool.decide({ desired, inGroup: desired }, nowMs);
  pool.fill(Math.min(prepare, room()), nowMs);
  pool.discard(discard, nowMs);
}
