/**
 * Instances that health checks find unhealthy are replaced by their group: after a grace period, a
 * tenth of the group at once. Looks whenever a check has changed its mind, a replacement serves, or
 * somebody's grace is over.
 */
import type { Model } from '../model/model.ts';
import { replaceUnhealthy } from '../policies/aws/health-replacement.ts';
import { type Fleet, STATE } from './fleet.ts';

/** What it asks of the engine. */
export interface ReplacementHooks {
  readonly isSick: (row: number) => boolean;
  /** `look` is wanted at a moment. */
  readonly lookAt: (service: number, atMs: number) => void;
  /** Takes instances away; the group launches others. */
  readonly replace: (service: number, rows: readonly number[], nowMs: number) => void;
  readonly note: (service: number, atMs: number, reason: string) => void;
}

/** Of one run; gives what is to be called whenever something of a service may have changed. */
export function createReplacements(
  { durationMs }: Model,
  fleet: Fleet,
  { isSick, lookAt, replace, note }: ReplacementHooks,
): (service: number, nowMs: number) => void {
  return (service, nowMs) => {
    const settings = fleet.services[service]!.scaling.replaceUnhealthy;
    if (settings === undefined || nowMs > durationMs) return;
    const candidates = fleet.rowsIn(service, STATE.warming, STATE.ready).map((id) => ({
      id,
      inServiceSinceMs: fleet.readyMs[id]!,
      isRunning: true,
      isHealthy: !isSick(id),
    }));
    const replacing = fleet.rowsIn(service, STATE.booting).length;
    // A tenth of the instances, where the group counts in units.
    const isMixed = fleet.mixes[service] !== undefined;
    const desired = isMixed ? candidates.length + replacing : fleet.desired[service]!;
    const group = { nowMs, desired, replacing };
    const decision = replaceUnhealthy(candidates, group, settings.graceMs);
    if (decision.replace.length > 0) {
      note(service, nowMs, decision.reason);
      replace(service, decision.replace, nowMs);
    }
    const ends = candidates
      .filter(({ isHealthy }) => !isHealthy)
      .map(({ inServiceSinceMs }) => inServiceSinceMs + settings.graceMs)
      .filter((atMs) => atMs > nowMs && atMs <= durationMs);
    if (ends.length > 0) lookAt(service, Math.min(...ends));
  };
}
