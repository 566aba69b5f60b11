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
  Strategy,
} from '../policies/delivery/strategy.ts';
import { answeredSince } from '../policies/delivery/version-gate.ts';
import type { RolloutOutcome } from '../results/results.ts';
import type { VersionShare } from './by-version.ts';
import type { Fleet, VersionTally } from './fleet.ts';
import { availableAtMs, rowsByVersion, sideOf, stableAfter } from './rollout-sides.ts';

/** What it asks of the engine. */
export interface RolloutHooks {
  /** `onDue` is wanted at a moment. */
  readonly lookAt: (service: number, atMs: number) => void;
  readonly lifeCycle: GroupSizes;
  /** How the requests are divided; undefined: each instance has its own share. */
  readonly share: (service: number, share: VersionShare | undefined) => void;
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

interface Going {
  readonly rollout: Rollout;
  readonly version: number;
  readonly strategy: Strategy;
  /** What the old version had done when it began. */
  readonly before: VersionTally;
  /** By version: instances that there are to be. */
  told: readonly number[];
  move: RolloutMove | undefined;
  /** The next roll-out waits for its end. */
  isAwaited: boolean;
}

interface Record {
  readonly startedAtMs: number;
  endedAtMs: number | null;
  phase: RolloutPhase;
}

/** A strategy that has not come to rest by then never will. */
const MOST_PASSES = 100;
const GIVES_WAY = 'gives way to the next one';

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

  /** Begins the roll-out whose moment has come, if it has; one that is under way gives way. */
  private begin(service: number, nowMs: number): void {
    const rollout = this.dueAt(service, nowMs);
    if (rollout === undefined) return;
    const given = this.going[service];
    if (given?.move?.isCommitted) {
      if (!given.isAwaited) this.note(service, nowMs, 'the next one waits for its end');
      given.isAwaited = true;
      return;
    }
    const told = this.toldTo(service);
    if (given !== undefined) this.giveWay(service, given, nowMs);
    const isSame = given?.rollout.strategy.type === rollout.strategy.type;
    const strategy = strategyOf(rollout, nowMs, isSame ? given?.move?.handover : undefined);
    this.start(service, rollout, strategy, told, nowMs);
    this.lookIfDue(service, nowMs);
  }

  private start(
    service: number,
    rollout: Rollout,
    strategy: Strategy,
    told: readonly number[],
    nowMs: number,
  ): void {
    this.records[service]!.push({ startedAtMs: nowMs, endedAtMs: null, phase: 'under way' });
    const version = this.records[service]!.length;
    this.fleet.latestVersion[service] = version;
    const before = this.fleet.tally(service, this.stable[service]!, nowMs);
    const going = { rollout, version, strategy, before, told, move: undefined, isAwaited: false };
    this.going[service] = going;
    this.hooks.share(service, this.shareOf(service, going, 0));
    this.note(service, nowMs, `begins${versionWords(rollout)}`);
  }

  private dueAt(service: number, nowMs: number): Rollout | undefined {
    const next = this.fleet.services[service]!.rollouts?.[this.records[service]!.length];
    return next !== undefined && next.atMs <= nowMs ? next : undefined;
  }

  private lookIfDue(service: number, nowMs: number): void {
    if (this.dueAt(service, nowMs) !== undefined) this.hooks.lookAt(service, nowMs);
  }

  /** By version, as the roll-out before left it; what is not of another version is the stable's. */
  private toldTo(service: number): number[] {
    const known = this.going[service]?.told;
    if (known !== undefined) return [...known];
    const told = rowsByVersion(this.fleet, service).map((rows) => rows.length);
    const stable = this.stable[service]!;
    told[stable] = 0;
    const others = told.reduce((sum, count) => sum + count, 0);
    told[stable] = Math.max(0, this.fleet.desired[service]! - others);
    return told;
  }

  private giveWay(service: number, { rollout, move }: Going, nowMs: number): void {
    const { strategy } = rollout;
    const rows = rowsByVersion(this.fleet, service);
    const stable = stableAfter(strategy, rows, this.stable[service]!);
    const isCancelled = strategy.type === 'instance-refresh';
    if (move?.isPromoted) {
      this.end(service, 'done', nowMs);
      return;
    }
    this.end(service, 'replaced', nowMs, isCancelled ? 'cancelled for the next one' : GIVES_WAY);
    this.stable[service] = stable;
  }

  /** Decides, and acts on it; false when no roll-out is under way, or no longer. */
  look(service: number, nowMs: number): boolean {
    const going = this.going[service];
    if (going === undefined || nowMs > this.endMs) return false;
    for (let pass = 0; pass < MOST_PASSES; pass++) {
      const seen = this.see(service, going, nowMs);
      const move = going.strategy(seen);
      going.move = move;
      const isChanged = this.act(service, going, seen, move, nowMs);
      if (move.news !== undefined && !isChanged) this.note(service, nowMs, move.news);
      if (move.phase !== 'under way') {
        this.end(service, move.phase, nowMs);
        this.lookIfDue(service, nowMs);
        return false;
      }
      if (!isChanged) {
        this.wait(service, going, move, nowMs);
        return true;
      }
    }
    throw new Error(`${this.fleet.services[service]!.name}: its roll-out does not come to rest`);
  }

  private act(
    service: number,
    going: Going,
    { old, between, fresh }: RolloutSeen,
    move: RolloutMove,
    nowMs: number,
  ): boolean {
    this.hooks.share(service, this.shareOf(service, going, move.freshRatio ?? 0));
    const goals = [
      { side: fresh, count: move.fresh, name: 'new' },
      ...between.map((side, index) => ({
        side,
        count: move.between[index]!,
        name: `version ${side.version}`,
      })),
      { side: old, count: move.old, name: 'old' },
    ];
    const isChanged = goals.some(({ side, count }) => side.desired !== count);
    if (isChanged) {
      const words = goals.map(({ side, count, name }) => `${name} ${side.desired} → ${count}`);
      this.note(service, nowMs, `${words.reverse().join(', ')}: ${move.news ?? move.reason}`);
    }
    const told = [...going.told];
    for (const { side, count } of goals) told[side.version] = count;
    going.told = told;
    const rows = rowsByVersion(this.fleet, service);
    // First those who come: what the group may have in all is the strategy's business.
    for (const { side, count } of goals) {
      this.hooks.lifeCycle.resize(service, rows[side.version]!, count, side.version, nowMs);
    }
    return isChanged;
  }

  /** Flagger's canary is a group of any version; behind Argo's router it is the one that comes. */
  private shareOf(
    service: number,
    { rollout: { strategy }, version }: Going,
    ratio: number,
  ): VersionShare | undefined {
    if (!isRouted(strategy)) return undefined;
    const fresh = strategy.type === 'flagger' ? undefined : version;
    return { old: this.stable[service]!, fresh, ratio };
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
  private wait(service: number, { rollout }: Going, move: RolloutMove, nowMs: number): void {
    const rows = rowsByVersion(this.fleet, service).flat();
    const moments = availableAtMs(this.fleet, rows, rollout)
      .concat(move.nextAtMs ?? [])
      .filter((atMs) => atMs > nowMs);
    const nextMs = Math.min(...moments);
    if (nextMs <= this.endMs) this.hooks.lookAt(service, nextMs);
  }

  private see(service: number, going: Going, nowMs: number): RolloutSeen {
    const { told, version, before, rollout } = going;
    const stable = this.stable[service]!;
    const rows = rowsByVersion(this.fleet, service);
    const side = (of: number) =>
      sideOf(this.fleet, rows[of]!, { version: of, desired: told[of]! }, rollout, nowMs);
    const others = [...rows.keys()].filter((of) => of !== stable && of !== version);
    const old = answeredSince(before, this.fleet.tally(service, stable, nowMs));
    return {
      nowMs,
      replicas: this.fleet.desired[service]!,
      old: side(stable),
      between: others.map(side).filter(({ desired, actual }) => desired + actual > 0),
      fresh: side(version),
      answers: { old, fresh: this.fleet.tally(service, version, nowMs) },
    };
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

/** `, 1.8 times the work on the processor, 2 % errors` */
function versionWords({ version }: Rollout): string {
  const { slowness, failRatio } = version;
  const percent = Number((failRatio * 100).toFixed(6));
  const slow = slowness === 1 ? '' : `, ${slowness} times the work on the processor`;
  return `${slow}${failRatio > 0 ? `, ${percent} % errors` : ''}`;
}
