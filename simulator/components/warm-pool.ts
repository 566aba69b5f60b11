/**
 * The warm pool of one group: instances that were prepared beforehand, and wait. They are no rows
 * of the fleet, because nothing ever comes to them.
 *
 *     launch ─► boot, image, start ─► waits ─► drawn: the group launches it, sooner
 *               preparing               ▲
 *                          drained by a scale-in, with reuse
 */
import type { RandomStream } from '../engine/random.ts';
import type { Service, WarmPoolSettings } from '../model/model.ts';
import { decideWarmPool, type WarmPoolDecision } from '../policies/aws/warm-pool.ts';
import type { WarmPoolSeries } from '../results/results.ts';
import { type Launch, launches } from './launch.ts';

const HOUR_MS = 3_600_000;

interface Prepared {
  /** Paid for from then on, and prepared then. */
  readonly grantedMs: number;
  readonly readyMs: number;
}

/** What the group has, for a pool to decide on. */
export interface GroupSize {
  readonly desired: number;
  readonly inGroup: number;
}

export class WarmPool {
  /** Stages of an instance that is drawn from the pool. */
  private readonly launch: Launch;
  readonly settings: WarmPoolSettings;
  private warmStarts = 0;
  private coldStarts = 0;
  private returned = 0;
  /** Of the group. */
  private max: number;
  private readonly prepare: Launch;
  /** In the order in which they came. */
  private waiting: Prepared[] = [];
  /** Rows that drain, and come to the pool then. */
  private readonly returning = new Set<number>();
  /** Of those that have left. */
  private gonePreparingMs = 0;
  private goneWaitingMs = 0;

  /** @param random the stream for a purpose such as `boot` */
  constructor(
    { on, scaling }: Service,
    settings: WarmPoolSettings,
    random: (purpose: string) => RandomStream,
  ) {
    this.settings = settings;
    this.max = scaling.max;
    const own = (purpose: string) => random(`${purpose} of the warm pool`);
    const { readiness: _, registration: __, ...stages } = on;
    this.prepare = launches(stages, own);
    this.launch = launches(drawn(on, settings), (purpose) => random(`warm ${purpose}`));
  }

  /** Full when the run starts: prepared before it. */
  begin(desired: number): void {
    const { prepare } = this.decide({ desired, inGroup: desired }, 0);
    for (let i = 0; i < prepare; i++) this.waiting.push({ grantedMs: 0, readyMs: 0 });
  }

  /** Instances of the pool, those included that are on their way into it. */
  get size(): number {
    return this.waiting.length + this.returning.size;
  }

  /** What would happen now. */
  decide({ desired, inGroup }: GroupSize, nowMs: number): WarmPoolDecision {
    const ready = this.waiting.filter(({ readyMs }) => readyMs <= nowMs).length;
    const preparing = this.size - ready;
    const group = { desired, inGroup, max: this.max };
    return decideWarmPool(this.settings, { ...group, ready, preparing });
  }

  /** Takes in what scheduled actions make of the group's max; whether that changes the pool. */
  resize(max: number = this.max): boolean {
    const isNews = max !== this.max && this.settings.maxPrepared === undefined;
    this.max = max;
    return isNews;
  }

  /** Takes the prepared instance out that came first: how it starts; undefined where none is. */
  draw(nowMs: number): Launch | undefined {
    const at = this.waiting.findIndex(({ readyMs }) => readyMs <= nowMs);
    if (at < 0) {
      this.coldStarts++;
      return undefined;
    }
    this.leave(at, nowMs);
    this.warmStarts++;
    return this.launch;
  }

  /** Prepares further instances. */
  fill(count: number, nowMs: number): void {
    for (let i = 0; i < count; i++) {
      const { grantedMs, readyMs } = this.prepare(nowMs, false);
      this.waiting.push({ grantedMs, readyMs });
    }
  }

  /** Ends the instances that came last; of those that still drain, the last do not come. */
  discard(count: number, nowMs: number): void {
    for (let i = 0; i < count; i++) {
      const last = [...this.returning].at(-1);
      if (this.waiting.length > 0) this.leave(this.waiting.length - 1, nowMs);
      else if (last !== undefined) this.returning.delete(last);
    }
  }

  /** A row of the group drains from now on, and comes to the pool. */
  expect(row: number): void {
    this.returning.add(row);
  }

  /** A row has failed: it comes to nothing. */
  lose(row: number): void {
    this.returning.delete(row);
  }

  /** A row of the group has ended: it comes to the pool, where that was meant. */
  onRetired(row: number, nowMs: number): void {
    if (!this.returning.delete(row)) return;
    this.returned++;
    this.waiting.push({ grantedMs: nowMs, readyMs: nowMs });
  }

  private leave(at: number, nowMs: number): void {
    const [gone] = this.waiting.splice(at, 1);
    const { preparingMs, waitingMs } = agesOf(gone!, nowMs);
    this.gonePreparingMs += preparingMs;
    this.goneWaitingMs += waitingMs;
  }

  /** What the pool has done and cost until then. */
  outcome(nowMs: number): Omit<WarmPoolSeries, 'size'> {
    const { warmStarts, coldStarts, returned } = this;
    return { warmStarts, coldStarts, returned, ...this.hours(nowMs) };
  }

  /** Integrals of instances that were prepared, and that waited, over time, in hours. */
  private hours(nowMs: number): Pick<WarmPoolSeries, 'preparingHours' | 'waitingHours'> {
    let [preparing, waiting] = [this.gonePreparingMs, this.goneWaitingMs];
    for (const one of this.waiting) {
      const { preparingMs, waitingMs } = agesOf(one, nowMs);
      preparing += preparingMs;
      waiting += waitingMs;
    }
    return { preparingHours: preparing / HOUR_MS, waitingHours: waiting / HOUR_MS };
  }
}

function agesOf({ grantedMs, readyMs }: Prepared, nowMs: number) {
  const preparingMs = Math.max(0, Math.min(nowMs, readyMs) - grantedMs);
  return { preparingMs, waitingMs: Math.max(0, nowMs - readyMs) };
}

const NO_TIME = { type: 'constant', ms: 0 } as const;

/**
 * What is left to do for a prepared instance: its image lies on its disk. What was stopped starts
 * its app again, what is running or hibernated has it in memory; only the running one has its
 * machine for certain.
 */
function drawn(on: Service['on'], { poolState, boot }: WarmPoolSettings): Service['on'] {
  const { start, capacity, ...rest } = on;
  return {
    ...rest,
    boot,
    ...(on.image && { image: { ...on.image, cached: NO_TIME } }),
    ...(poolState === 'stopped' && start !== undefined && { start }),
    ...(poolState !== 'running' && capacity !== undefined && { capacity }),
  };
}
