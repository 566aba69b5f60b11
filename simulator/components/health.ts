/**
 * Who is on a balancer's list: instances whose health checks succeed and that outlier detection has
 * not ejected. With fewer healthy ones than the panic threshold says, all are.
 *
 *     probe ──verdict──► healthy? ─┐
 *                                  ├─► list, or all of them in a panic
 *     answer ──outliers─► ejected? ┘
 *
 * A probe sees whether an instance is gone or hung and how many requests it fails, not how long its
 * queue is; one over TCP only whether it is gone.
 */
import type { Model, Service } from '../model/model.ts';
import type { Below } from '../policies/resilience/health-check.ts';
import {
  endInterval,
  newOutlierHost,
  noteHealthCheck,
  noteStatus,
  type OutlierEvent,
  type OutlierHost,
} from '../policies/resilience/outlier-detection.ts';
import type { Verdict } from '../policies/resilience/probe-answers.ts';
import type { FaultColumns } from './faults.ts';
import { type Fleet, STATE } from './fleet.ts';
import { type Subject, subjectOf } from './probes.ts';
import type { Roster } from './roster.ts';

/** What it asks of the engine. */
export interface HealthHooks {
  readonly probeAt: (row: number, atMs: number) => void;
  readonly sweepAt: (service: number, atMs: number) => void;
  readonly note: (service: number, atMs: number, reason: string) => void;
  /** A check has changed its mind about an instance. */
  readonly judged: (service: number, atMs: number) => void;
}

export interface Health {
  readonly begin: (
    model: Model,
    randomOf: (service: string) => { below(n: number): number },
    hooks: HealthHooks,
  ) => void;
  /** An instance has come to its balancer's list. */
  readonly entered: (row: number, nowMs: number) => void;
  /** An instance drains, or is gone. */
  readonly left: (row: number, nowMs: number) => void;
  /** Whether its checks have failed as often as it takes; one that is not yet known is not sick. */
  readonly isSick: (row: number) => boolean;
  readonly onProbe: (row: number, nowMs: number) => void;
  readonly onSweep: (service: number, nowMs: number) => void;
  /** An instance has answered, or has not in time. */
  readonly answered: (row: number, status: number, nowMs: number) => void;
}

/** What is known of one service. */
interface Watched {
  readonly service: Service;
  readonly below: Below;
  /** Its instances, and their records at the same places. */
  readonly rows: number[];
  readonly hosts: OutlierHost[];
}

/** Whether somebody decides who of a service's instances is on the list. */
export function isWatched({ healthCheck, outlierDetection }: Service): boolean {
  return healthCheck !== undefined || outlierDetection !== undefined;
}

/**
 * Who gets requests: those that are well, or all of them when fewer than the panic threshold are;
 * nobody then, where a panic fails requests.
 * Example: `[true, false, false]` is `[true, true, true]` with a threshold of 0.5, and itself
 * with one of 0.3.
 */
export function listedOf(
  isWell: readonly boolean[],
  { panicRatio = 0, failsOnPanic }: Panic,
): readonly boolean[] {
  const well = isWell.filter((one) => one).length;
  return well < panicRatio * isWell.length ? isWell.map(() => failsOnPanic !== true) : isWell;
}

type Panic = Pick<Service, 'panicRatio' | 'failsOnPanic'>;

/** Made once a thread, as the fleet is. */
export function createHealth(
  fleet: Fleet,
  { hung, failRatio, degraded }: FaultColumns,
  { unwell }: Pick<Roster, 'unwell'>,
): Health {
  let watched: (Watched | undefined)[] = [];
  let subjects: (Subject | undefined)[] = [];
  let hooks: HealthHooks;
  let endMs = 0;

  function begin(
    model: Model,
    randomOf: (service: string) => { below(n: number): number },
    runHooks: HealthHooks,
  ): void {
    hooks = runHooks;
    endMs = model.durationMs;
    subjects = [];
    watched = model.services.map((service) => {
      if (!isWatched(service)) return undefined;
      const random = randomOf(service.name);
      return { service, below: (n) => random.below(n), rows: [], hosts: [] };
    });
    watched.forEach((one, index) => {
      if (one === undefined) return;
      for (const row of fleet.rowsIn(index, STATE.ready)) enter(one, row, 0, true);
      sweepAfter(one, index, 0);
    });
  }

  function entered(row: number, nowMs: number): void {
    const one = watched[fleet.service[row]!];
    if (one === undefined) return;
    enter(one, row, nowMs, false);
    relist(one, fleet.service[row]!);
  }

  /** Checks of those that are there at the start are spread over an interval. */
  function enter(one: Watched, row: number, nowMs: number, isKnown: boolean): void {
    one.rows.push(row);
    one.hosts.push(newOutlierHost());
    const check = one.service.healthCheck;
    if (check === undefined) return;
    subjects[row] = subjectOf(check, one.below, isKnown);
    probeAt(row, isKnown ? nowMs + one.below(Math.ceil(check.intervalMs)) : nowMs);
  }

  function left(row: number, nowMs: number): void {
    const one = watched[fleet.service[row]!];
    const at = one?.rows.indexOf(row) ?? -1;
    if (one === undefined || at < 0) return;
    one.rows.splice(at, 1);
    one.hosts.splice(at, 1);
    subjects[row] = undefined;
    if (nowMs <= endMs) relist(one, fleet.service[row]!);
  }

  // ---- probes ---------------------------------------------------------------------------------

  function probeAt(row: number, atMs: number): void {
    if (atMs > endMs) return;
    subjects[row]!.dueMs = atMs;
    hooks.probeAt(row, atMs);
  }

  function onProbe(row: number, nowMs: number): void {
    const subject = subjects[row];
    // The row may be another instance by now.
    if (subject === undefined || subject.dueMs !== nowMs) return;
    const one = watched[fleet.service[row]!]!;
    if (isSilent(one, row) && !subject.isProbed) {
      subject.isProbed = true;
      probeAt(row, nowMs + one.service.healthCheck!.timeoutMs);
      return;
    }
    subject.isProbed = false;
    const verdict = verdictOf(one, row);
    subject.failures = verdict === 'success' ? 0 : subject.failures + 1;
    const { healthy, nextInMs, reason } = subject.note(verdict);
    probeAt(row, nowMs + nextInMs);
    const wasHealthy = subject.healthy;
    if (healthy !== wasHealthy) {
      subject.healthy = healthy;
      hooks.note(
        fleet.service[row]!,
        nowMs,
        `health check of instance ${number(one, row)}: ${reason}`,
      );
    }
    const isNews = healthy !== wasHealthy || subject.failures === one.service.healthCheck!.fall;
    if (verdict === 'success') hear(one, row, nowMs);
    if (healthy) bringBack(one, row, nowMs);
    relist(one, fleet.service[row]!);
    if (isNews) hooks.judged(fleet.service[row]!, nowMs);
  }

  function isWell(row: number): boolean {
    return subjects[row]?.healthy ?? true;
  }

  function isSick(row: number): boolean {
    const check = watched[fleet.service[row]!]?.service.healthCheck;
    return check !== undefined && !isWell(row) && subjects[row]!.failures >= check.fall;
  }

  /** The kernel accepts connections for a process that hangs. */
  function isSilent({ service }: Watched, row: number): boolean {
    return hung[row] === 1 && service.healthCheck?.probe !== 'tcp';
  }

  function verdictOf(one: Watched, row: number): Verdict {
    if (fleet.state[row] === STATE.gone) return 'network';
    if (isSilent(one, row)) return 'timeout';
    if (one.service.healthCheck?.probe === 'tcp') return 'success';
    const ratio = failRatio[row]!;
    const fails = ratio > 0 && one.below(1 << 30) < ratio * (1 << 30);
    return fails ? 'bad-answer' : 'success';
  }

  /** A good answer says whether it is to be spared; no threshold delays that. */
  function hear(one: Watched, row: number, nowMs: number): void {
    const subject = subjects[row]!;
    const isDegraded = degraded[row] === 1;
    if (subject.isDegraded === isDegraded) return;
    subject.isDegraded = isDegraded;
    const what = isDegraded ? 'degraded' : 'no longer degraded';
    hooks.note(
      fleet.service[row]!,
      nowMs,
      `health check of instance ${number(one, row)}: it is ${what}`,
    );
  }

  /** A good health check brings an ejected instance back (Envoy). */
  function bringBack(one: Watched, row: number, nowMs: number): void {
    if (one.service.outlierDetection === undefined) return;
    const at = one.rows.indexOf(row);
    take(one, fleet.service[row]!, nowMs, noteHealthCheck(clusterOf(one, nowMs), at));
  }

  /** Instances have no names: they are counted from 1, by their rows. */
  function number(one: Watched, row: number): number {
    return row - fleet.firstRow[fleet.services.indexOf(one.service)]! + 1;
  }

  // ---- outliers -------------------------------------------------------------------------------

  function answered(row: number, status: number, nowMs: number): void {
    const index = fleet.service[row]!;
    const one = watched[index];
    const at = one?.rows.indexOf(row) ?? -1;
    if (one === undefined || at < 0) return;
    take(one, index, nowMs, noteStatus(clusterOf(one, nowMs), at, status));
  }

  function onSweep(service: number, nowMs: number): void {
    const one = watched[service]!;
    take(one, service, nowMs, endInterval(clusterOf(one, nowMs)));
    sweepAfter(one, service, nowMs);
  }

  function clusterOf({ service, hosts, below }: Watched, nowMs: number) {
    return { settings: service.outlierDetection!, hosts, nowMs, below };
  }

  function take(one: Watched, service: number, nowMs: number, events: readonly OutlierEvent[]) {
    if (events.length === 0) return;
    for (const { host, action, reason } of events) {
      if (action !== 'eject' && action !== 'uneject') continue;
      hooks.note(service, nowMs, `${action} instance ${number(one, one.rows[host]!)}: ${reason}`);
    }
    relist(one, service);
  }

  function sweepAfter({ service }: Watched, index: number, nowMs: number): void {
    const settings = service.outlierDetection;
    if (settings === undefined || nowMs + settings.intervalMs > endMs) return;
    hooks.sweepAt(index, nowMs + settings.intervalMs);
  }

  // ---- the list -------------------------------------------------------------------------------

  function relist({ service, rows, hosts }: Watched, index: number): void {
    const areWell = rows.map((row, at) => isWell(row) && hosts[at]!.ejectedAtMs === null);
    if (service.localities !== undefined) {
      mark(rows, areWell, index);
      return;
    }
    const isWantedAt = listedOf(areWell, service);
    rows.forEach((row, at) => {
      const isWanted = isWantedAt[at]!;
      const isListed = fleet.position[row]! >= 0;
      if (isWanted && !isListed) fleet.list(row);
      else if (isListed && !isWanted) fleet.unlist(row);
    });
    if (fleet.memberCount[index]! > rows.length) throw new Error(`${service.name}: unknown member`);
  }

  /** Its balancer goes by who is well and by how many are not: all stay on its list. */
  function mark(rows: readonly number[], areWell: readonly boolean[], index: number): void {
    rows.forEach((row, at) => {
      const now = areWell[at]! ? (subjects[row]?.isDegraded ? 2 : 0) : 1;
      if (unwell[row] === now) return;
      unwell[row] = now;
      fleet.memberVersion[index]!++;
    });
  }

  return { begin, entered, left, isSick, onProbe, onSweep, answered };
}
