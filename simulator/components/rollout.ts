/**
 * Roll-outs in simulated time. While one is under way its strategy has the say over how many
 * instances of each version a group has; the group's own size stays what its policies decide.
 *
 *     at ──► begins ──► looks: whenever an instance comes or goes, and when its time has come
 *                         │
 *                         └─► sizes of both sides ─► launches, drains · share of the requests
 */
import type { Model } from '../model/model.ts';
import { isRouted, type Rollout } from '../model/rollout-settings.ts';
import { strategyOf } from '../policies/delivery/rollout-strategy.ts';
import type {
  RolloutMove,
  RolloutPhase,
  RolloutSeen,
  SideSeen,
  Strategy,
} from '../policies/delivery/strategy.ts';
import { answeredSince, NOTHING_ANSWERED } from '../policies/delivery/version-gate.ts';
import type { RolloutOutcome } from '../results/results.ts';
import { type Fleet, STATE, type VersionTally } from './fleet.ts';

/** What it asks of the engine. */
export interface RolloutHooks {
  /** `onDue` is wanted at a moment. */
  readonly lookAt: (service: number, atMs: number) => void;
  readonly lifeCycle: GroupSizes;
  /** The share of the requests that a version gets; undefined: each instance has its own. */
  readonly share: (service: number, version: number, ratio: number | undefined) => void;
  readonly note: (service: number, atMs: number, reason: string) => void;
}

export interface GroupSizes {
  /** Brings some rows of a service to a number; what is launched is of a version. */
  readonly resize: (
    service: number,
    rows: readonly number[],
    count: number,
    version: number,
    nowMs: number,
  ) => void;
  /** Looks at the roll-out that is under way, and without one brings the group to its size. */
  readonly adjust: (service: number, nowMs: number) => void;
}

interface Told {
  readonly old: number;
  readonly fresh: number;
}

interface Going {
  readonly rollout: Rollout;
  readonly version: number;
  readonly strategy: Strategy;
  /** What the old versions had done when it began. */
  readonly before: VersionTally;
  told: Told;
}

interface Record {
  readonly startedAtMs: number;
  endedAtMs: number | null;
  phase: RolloutPhase;
}

/** A strategy that has not come to rest by then never will. */
const MOST_PASSES = 100;

/** Of one run. */
export class Rollouts {
  private readonly fleet: Fleet;
  private readonly hooks: RolloutHooks;
  private readonly endMs: number;
  private readonly going: (Going | undefined)[] = [];
  /** By service: the version that instances have when no roll-out is under way. */
  private readonly stable: number[];
  /** By service, the first roll-out first. */
  private readonly records: Record[][];

  constructor(model: Model, fleet: Fleet, hooks: RolloutHooks) {
    this.fleet = fleet;
    this.hooks = hooks;
    this.endMs = model.durationMs;
    this.stable = model.services.map(() => 0);
    this.records = model.services.map(() => []);
    model.services.forEach(({ rollouts = [] }, service) => {
      for (const { atMs } of rollouts) hooks.lookAt(service, atMs);
    });
  }

  isGoing(service: number): boolean {
    return this.going[service] !== undefined;
  }

  /** The version of what a group launches by itself. */
  versionOf(service: number): number {
    return this.stable[service]!;
  }

  /** A moment has come that was asked for. */
  onDue(service: number, nowMs: number): void {
    this.begin(service, nowMs);
    if (this.isGoing(service)) this.hooks.lifeCycle.adjust(service, nowMs);
  }

  /** Begins the roll-out whose moment has come, if it has; one that is under way is given up. */
  private begin(service: number, nowMs: number): void {
    const { rollouts = [] } = this.fleet.services[service]!;
    const number = this.records[service]!.length;
    const rollout = rollouts[number];
    if (rollout === undefined || rollout.atMs > nowMs) return;
    if (this.isGoing(service)) this.end(service, 'failed', nowMs, 'given up for the next one');
    this.records[service]!.push({ startedAtMs: nowMs, endedAtMs: null, phase: 'under way' });
    const version = number + 1;
    this.fleet.latestVersion[service] = version;
    this.going[service] = {
      rollout,
      version,
      strategy: strategyOf(rollout, nowMs),
      before: this.tallyOfOthers(service, version, nowMs),
      told: { old: this.fleet.desired[service]!, fresh: 0 },
    };
    this.hooks.share(service, version, isRouted(rollout.strategy) ? 0 : undefined);
    this.note(service, nowMs, `begins${versionWords(rollout)}`);
  }

  /** Decides, and acts on it; false when no roll-out is under way, or no longer. */
  look(service: number, nowMs: number): boolean {
    const going = this.going[service];
    if (going === undefined || nowMs > this.endMs) return false;
    for (let pass = 0; pass < MOST_PASSES; pass++) {
      const move = going.strategy(this.see(service, going, nowMs));
      const isChanged = this.act(service, going, move, nowMs);
      if (move.news !== undefined && !isChanged) this.note(service, nowMs, move.news);
      if (move.phase !== 'under way') {
        this.end(service, move.phase, nowMs);
        return false;
      }
      if (!isChanged) {
        this.wait(service, going, move, nowMs);
        return true;
      }
    }
    throw new Error(`${this.fleet.services[service]!.name}: its roll-out does not come to rest`);
  }

  private act(service: number, going: Going, move: RolloutMove, nowMs: number): boolean {
    const { told, version, rollout } = going;
    const { old, fresh, freshRatio } = move;
    if (isRouted(rollout.strategy)) this.hooks.share(service, version, freshRatio);
    going.told = { old, fresh };
    const isChanged = told.old !== old || told.fresh !== fresh;
    if (isChanged) {
      const words = `old ${told.old} → ${old}, new ${told.fresh} → ${fresh}`;
      this.note(service, nowMs, `${words}: ${move.news ?? move.reason}`);
    }
    const [olds, freshes] = this.sides(service, version);
    const stable = this.stable[service]!;
    // First those who come: what the group may have in all is the strategy's business.
    this.hooks.lifeCycle.resize(service, freshes, fresh, version, nowMs);
    this.hooks.lifeCycle.resize(service, olds, old, stable, nowMs);
    return isChanged;
  }

  private end(service: number, phase: RolloutPhase, nowMs: number, why: string = phase): void {
    const { version } = this.going[service]!;
    this.note(service, nowMs, why);
    this.going[service] = undefined;
    const record = this.records[service]!.at(-1)!;
    record.endedAtMs = nowMs;
    record.phase = phase;
    if (phase === 'done') this.stable[service] = version;
  }

  /** Looks again when time alone changes something. */
  private wait(service: number, { rollout, version }: Going, move: RolloutMove, nowMs: number) {
    const { fleet } = this;
    const minReadyMs = minReadyOf(rollout);
    const moments = this.sides(service, version)
      .flat()
      .filter((row) => fleet.state[row] !== STATE.booting)
      .map((row) => fleet.readyMs[row]! + minReadyMs)
      .concat(move.nextAtMs ?? [])
      .filter((atMs) => atMs > nowMs);
    const nextMs = Math.min(...moments);
    if (nextMs <= this.endMs) this.hooks.lookAt(service, nextMs);
  }

  // ---- what it sees ---------------------------------------------------------------------------

  private see(service: number, going: Going, nowMs: number): RolloutSeen {
    const { told, version, before } = going;
    const [olds, freshes] = this.sides(service, version);
    const old = answeredSince(before, this.tallyOfOthers(service, version, nowMs));
    const fresh = this.fleet.tally(service, version, nowMs);
    return {
      nowMs,
      replicas: this.fleet.desired[service]!,
      old: this.side(olds, told.old, going, nowMs),
      fresh: this.side(freshes, told.fresh, going, nowMs),
      answers: { old, fresh },
    };
  }

  /** Instances of all other versions, those of an earlier roll-out first, and of a version. */
  private sides(service: number, version: number): [number[], number[]] {
    const { fleet } = this;
    const rows = fleet.rowsIn(service, STATE.booting, STATE.warming, STATE.ready);
    const isFresh = (row: number) => fleet.version[row] === version;
    return [rows.filter((row) => !isFresh(row)), rows.filter(isFresh)];
  }

  private side(rows: readonly number[], desired: number, going: Going, nowMs: number): SideSeen {
    const { fleet } = this;
    const ready = rows.filter((row) => fleet.state[row] !== STATE.booting);
    const { strategy } = going.rollout;
    const isAvailable = (row: number) =>
      strategy.type === 'instance-refresh'
        ? fleet.state[row] === STATE.ready
        : fleet.readyMs[row]! + minReadyOf(going.rollout) <= nowMs;
    const available = ready.filter(isAvailable).length;
    return { desired, actual: rows.length, ready: ready.length, available };
  }

  private tallyOfOthers(service: number, version: number, nowMs: number): VersionTally {
    const sum = { ...NOTHING_ANSWERED.old };
    const { rollouts = [] } = this.fleet.services[service]!;
    for (let other = 0; other <= rollouts.length; other++) {
      if (other === version) continue;
      const { requests, errors, stayMs } = this.fleet.tally(service, other, nowMs);
      sum.requests += requests;
      sum.errors += errors;
      sum.stayMs += stayMs;
    }
    return sum;
  }

  // ---- what is told of it ---------------------------------------------------------------------

  private note(service: number, atMs: number, reason: string): void {
    const number = this.records[service]!.length;
    const { type } = this.fleet.services[service]!.rollouts![number - 1]!.strategy;
    this.hooks.note(service, atMs, `roll-out ${number} (${type}): ${reason}`);
  }

  /** What became of a service's roll-outs; undefined where it has none. */
  outcomes(service: number, nowMs: number): readonly RolloutOutcome[] | undefined {
    if (this.fleet.services[service]!.rollouts === undefined) return undefined;
    return this.records[service]!.map((record, index) => {
      const { requests, errors } = this.fleet.tally(service, index + 1, nowMs);
      return { ...record, requests, errors };
    });
  }
}

function minReadyOf({ strategy }: Rollout): number {
  return 'minReadyMs' in strategy ? strategy.minReadyMs : 0;
}

/** `, 1.8 times the work on the processor, 2 % errors` */
function versionWords({ version }: Rollout): string {
  const { slowness, failRatio } = version;
  const percent = Number((failRatio * 100).toFixed(6));
  const slow = slowness === 1 ? '' : `, ${slowness} times the work on the processor`;
  return `${slow}${failRatio > 0 ? `, ${percent} % errors` : ''}`;
}
