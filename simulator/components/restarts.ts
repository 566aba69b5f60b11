/**
 * Containers that end and start again in their place: the same pod on the same node, whose image is
 * there, after a pause that grows with every end (CrashLoopBackOff).
 *
 *     serves ── ends: all that is at it fails ──► pause ──► image ─► app ─► probes ──► serves
 *     (or starts in vain)                                   cached
 */
import type { RandomStream } from '../engine/random.ts';
import type { Model } from '../model/model.ts';
import { type CrashLoop, nextRestart } from '../policies/kubernetes/crash-loop.ts';
import { type Fleet, STATE } from './fleet.ts';
import { placesOf } from './instance-size.ts';
import { type Launch, type LaunchTimes, launches } from './launch.ts';

/** What it asks of the life-cycle. */
export interface RestartHooks {
  /** Nobody is sent to an instance any more, and all that is at it fails. */
  readonly empty: (row: number, nowMs: number) => void;
  /** It is on its way back. */
  readonly restarted: (row: number, times: LaunchTimes, nowMs: number) => void;
  readonly note: (service: number, atMs: number, reason: string) => void;
}

const AT_ONCE = { type: 'constant', ms: 0 } as const;

/** Of one run. */
export class Restarts {
  private readonly fleet: Fleet;
  private readonly hooks: RestartHooks;
  /** By service. */
  private readonly launches: readonly (Launch | undefined)[];
  /** By row, of those that have ever ended. */
  private readonly loops = new Map<number, CrashLoop>();

  /** @param random the stream of a service for a purpose */
  constructor(
    model: Model,
    fleet: Fleet,
    random: (service: string, purpose: string) => RandomStream,
    hooks: RestartHooks,
  ) {
    this.fleet = fleet;
    this.hooks = hooks;
    this.launches = model.services.map(({ name, on }) => {
      if (on.startup === undefined && on.liveness === undefined) return undefined;
      // Its machine is there.
      const { capacity: _, ...stages } = on;
      const own = (purpose: string) => random(name, `${purpose} of a restart`);
      return launches({ ...stages, boot: AT_ONCE }, own);
    });
  }

  /** A row is another instance's from now on. */
  opened(row: number): void {
    this.loops.delete(row);
  }

  /** A container was not up in time: by its startup probe, or by a liveness probe without one. */
  giveUp(row: number, nowMs: number): void {
    const { startup, liveness } = this.fleet.services[this.fleet.service[row]!]!.on;
    const { failures } = (startup ?? liveness)!;
    const probe = startup === undefined ? 'liveness' : 'startup';
    const reason = `${probe} failure: network, ${failures} in a row of ${failures} before it was up`;
    this.restart(row, nowMs, `${reason}: the container is restarted`);
  }

  /** A container ends, with all that is at it, and starts again in its place. */
  restart(row: number, nowMs: number, reason: string): void {
    const { fleet, hooks } = this;
    const service = fleet.service[row]!;
    if (fleet.state[row] !== STATE.booting) {
      hooks.empty(row, nowMs);
      this.stop(row, nowMs);
    }
    const { waitMs, state } = nextRestart(nowMs, this.loops.get(row));
    this.loops.set(row, state);
    hooks.restarted(row, this.launches[service]!(state.restartedMs, true), nowMs);
    const pause = waitMs === 0 ? '' : ` after ${waitMs / 1000} s (CrashLoopBackOff)`;
    hooks.note(service, nowMs, `instance ${row - fleet.firstRow[service]! + 1}: ${reason}${pause}`);
  }

  /** It goes on being paid for. */
  private stop(row: number, nowMs: number): void {
    const { fleet } = this;
    const service = fleet.service[row]!;
    const { serves } = fleet.services[service]!;
    fleet.work(service, nowMs);
    fleet.upServers[service]! -= fleet.capacity[row]!;
    // Work of those that boot is in no sum.
    fleet.goneBusyMs[service]! += fleet.workMs(row, nowMs);
    fleet.idle[row] = fleet.servers[row]!;
    for (const column of [fleet.busyMs, fleet.settledMs]) column[row] = 0;
    fleet.places[row] = placesOf(serves, fleet.servers[row]!);
    if (fleet.position[row]! >= 0) fleet.outstanding[fleet.position[row]!] = 0;
    fleet.state[row] = STATE.booting;
  }
}
