/**
 * The whole of a replay: read first.
 *
 *     capture ──► planner ──► shards (threads): clock ──► wire
 *                    │            └── books, log lines ──┐
 *                    └── held back, by reason ───────────┴──► Totals ──► summary, Results
 */
import { randomBytes } from 'node:crypto';
import type { AnswerComparison } from '../../simulator/results/answers.ts';
import type { Results } from '../../simulator/results/results.ts';
import { MOST_KEPT_BYTES } from '../compare/answer.ts';
import { AnswerBook } from '../compare/answer-book.ts';
import { withAnswers } from '../compare/gate.ts';
import { giveRoomBack } from '../compare/room.ts';
import { nameOf } from '../guard.ts';
import { BudgetWatch } from '../safety/error-budget.ts';
import { type Logins, NOT_LOGGED_IN } from '../users/logins.ts';
import { IN_FLIGHT_CAP, RATE_CAP } from './books.ts';
import { loginsOf } from './logins-of.ts';
import { Logs } from './logs.ts';
import {
  ANSWERS_CELL,
  CONTROL_CELLS,
  type ShardEnd,
  type ShardOrder,
  type ShardProgress,
} from './messages.ts';
import type { ReplayOptions } from './options.ts';
import type { Planned } from './packet.ts';
import { type OpenCapture, Planner } from './planner.ts';
import { knock, type Prepared, prepare } from './prepare.ts';
import { MOST_REPLAYED_BYTES, ReplayedAnswers, type Tracker } from './replayed-answers.ts';
import { type Extent, extentOf, replayResults } from './results.ts';
import { Shards, startThread } from './shards.ts';
import { type ReplaySummary, verdictOf } from './summary.ts';
import { Totals } from './totals.ts';

/** From the moment that all threads are ready and supplied to moment 0. */
const LEAD_MS = 300;
/** Loopback connections are cheap, and more than that no machine has ports for. */
const USUAL_IN_FLIGHT = 10_000;
const LOOK_MS = 100;
/** Where reading keeps pace with sending, it is so far ahead. */
const AHEAD_MS = 500;

export interface ReplayProgress {
  /** Since moment 0. */
  readonly atMs: number;
  readonly ended: number;
  readonly bad: number;
  readonly inFlight: number;
}

export interface ReplayHooks {
  /** Stops the sending at once; what is in flight has five seconds to end. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** Then nothing is read long before it is due: what an answer said can be in what comes later. */
  readonly tracker?: Tracker;
  /** Asked for moment 0, in ms of the wall clock, when all threads are ready; default: soon. */
  readonly startAt?: () => Promise<number>;
}

export interface Replay {
  readonly summary: ReplaySummary;
  readonly results: Results;
}

/**
 * Sends what the capture says to the target and resolves when all have ended. Throws a UsageError
 * before anything is sent where something is not as it should be, the signal's reason where it has
 * aborted by then, and a LogFileError where the log cannot be written.
 */
export async function replay(
  open: OpenCapture,
  options: ReplayOptions,
  hooks: ReplayHooks = {},
  prepared?: Prepared,
): Promise<Replay> {
  const ready = prepared ?? (await prepare(open, options));
  const allowedHosts = await knock(ready, options);
  hooks.signal?.throwIfAborted();
  const run = await Run.begin(ready, { ...options, allowedHosts }, hooks);
  try {
    return await run.play(open);
  } finally {
    await run.close();
  }
}

/** What is told by one shard. */
interface Told {
  ended: number;
  bad: number;
  inFlight: number;
  /** Of the second system. */
  second: { readonly ended: number; readonly bad: number };
}

class Run {
  private readonly prepared: Prepared;
  private readonly options: ReplayOptions;
  private readonly hooks: ReplayHooks;
  private readonly extent: Extent;
  private readonly totals = new Totals();
  private readonly planner: Planner;
  private readonly shards: Shards;
  private readonly logs: Logs;
  private readonly logins: Logins | undefined;
  private readonly told: Told[];
  private readonly watch: BudgetWatch | undefined;
  private readonly watchOfSecond: BudgetWatch | undefined;
  private readonly answers: AnswerBook | undefined;
  private readonly replayed: ReplayedAnswers | undefined;
  private readonly control: Int32Array<SharedArrayBuffer>;
  private startAtMs = Number.NaN;
  private abortReason: string | undefined;
  private isStopped = false;

  static async begin(prepared: Prepared, options: ReplayOptions, hooks: ReplayHooks): Promise<Run> {
    return new Run(prepared, options, hooks, await Logs.open(options));
  }

  private constructor(prepared: Prepared, options: ReplayOptions, hooks: ReplayHooks, logs: Logs) {
    this.prepared = prepared;
    this.options = options;
    this.hooks = hooks;
    this.logs = logs;
    this.extent = extentOf(Math.max(prepared.survey.durationMs, options.leastDurationMs ?? 0));
    this.planner = new Planner(prepared.planner);
    this.watch = options.budget && new BudgetWatch(options.budget);
    this.watchOfSecond = options.budget && new BudgetWatch(options.budget, 'the second system: ');
    this.answers = options.compare && new AnswerBook(options.compare);
    this.replayed = hooks.tracker && new ReplayedAnswers(hooks.tracker);
    const orders = ordersOf(prepared, options, this.extent, mostAnswerBytes(options, hooks));
    this.control = orders[0]!.control;
    const second = { ended: 0, bad: 0 };
    this.told = orders.map(() => ({ ended: 0, bad: 0, inFlight: 0, second }));
    this.shards = new Shards(
      orders,
      options.startShard ?? startThread,
      (shard, progress) => this.hear(shard, progress),
      (user, generation) => this.logins?.refused(user, generation),
    );
    this.logins = loginsOf(prepared, options, {
      onToken: (user, token) => this.shards.setToken(user, token),
      atMs: () => Date.now() - this.startAtMs,
    });
  }

  async play(open: OpenCapture): Promise<Replay> {
    const stop = () => this.stop();
    this.hooks.signal?.addEventListener('abort', stop);
    const looking = setInterval(() => this.look(), LOOK_MS);
    try {
      await this.shards.ready();
      this.hooks.signal?.throwIfAborted();
      const cpu = process.cpuUsage();
      const feeding = this.feed(open);
      feeding.catch(() => {}); // Heard of below, unless something else ends the run before.
      // Reading takes a core: what can be read ahead is, before anything has to be punctual.
      await Promise.race([feeding, this.shards.full]);
      await this.start();
      await feeding;
      const ends = await this.shards.end();
      const { user, system } = process.cpuUsage(cpu);
      return this.finish(ends, (user + system) / 1000);
    } finally {
      clearInterval(looking);
      this.logins?.close();
      this.hooks.signal?.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    await this.shards.close();
    await this.logs.close();
  }

  private async feed(open: OpenCapture): Promise<void> {
    for await (const batch of this.planner.batches(this.tracked(open))) {
      if (this.logins !== undefined) {
        await this.logins.ready(batch);
        // A token may not live for long enough to be got ahead.
        await this.start();
      }
      for (const planned of batch) this.add(planned);
      this.shards.flush();
      await this.shards.room();
      await this.logs.room();
      // What has been read by now is held back by the shards.
      if (this.isStopped) return;
    }
  }

  /** The capture as the tracker lets it through, if there is one. */
  private tracked(open: OpenCapture): OpenCapture {
    const { tracker } = this.hooks;
    if (tracker === undefined) return open;
    const untilWanted = (atNs: bigint) => this.untilWanted(atNs);
    return async () => tracker.through(await open(), untilWanted);
  }

  private async untilWanted(atNs: bigint): Promise<void> {
    await this.start();
    const dueMs = this.planner.pacer.wouldBeDueMs(atNs);
    const aheadMs = () => this.startAtMs + dueMs - AHEAD_MS - Date.now();
    while (!this.isStopped && Number.isFinite(dueMs) && aheadMs() > 0) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(aheadMs() + 1, LOOK_MS)));
    }
  }

  /** Moment 0 is when the first requests have all that they need, or when the caller says. */
  private async start(): Promise<void> {
    if (!Number.isNaN(this.startAtMs)) return;
    const { counts, failure } = this.logins ?? {};
    if (failure !== undefined && counts?.users === 0) throw failure;
    this.startAtMs = (await this.hooks.startAt?.()) ?? Math.ceil(Date.now() + LEAD_MS);
    this.hooks.signal?.throwIfAborted();
    this.shards.start(this.startAtMs);
  }

  private add(planned: Planned): void {
    if (this.logins?.hasFailed(planned.login)) this.totals.hold([[NOT_LOGGED_IN, 1]]);
    else {
      this.replayed?.expect(planned);
      this.shards.add(planned, this.answers?.expect(planned));
    }
  }

  private stop(): void {
    this.isStopped = true;
    this.logins?.close();
    this.shards.stop();
  }

  private hear(shard: number, progress: ShardProgress): void {
    const { part, ndjson, csv, ended, bad, inFlight, second, answers = [] } = progress;
    if (part !== undefined) this.totals.add(part);
    this.logs.write(ndjson, csv);
    Object.assign(this.told[shard]!, { ended, bad, inFlight, second });
    for (const told of answers) {
      this.answers?.settle(told);
      this.replayed?.settle(told);
      giveRoomBack(this.control, ANSWERS_CELL, told.bytes);
    }
  }

  /** Looks after budget, duration and the disk. */
  private look(): void {
    const atMs = Date.now() - this.startAtMs;
    if (Number.isNaN(atMs) || this.isStopped) return;
    const { ended, bad, inFlight, second } = this.toldByAll();
    this.hooks.onProgress?.({ atMs, ended, bad, inFlight });
    this.abortReason ??= this.watch?.look(atMs, ended, bad);
    this.abortReason ??= this.watchOfSecond?.look(atMs, second.ended, second.bad);
    const { mostDurationMs } = this.options.caps;
    if (mostDurationMs !== undefined && atMs > mostDurationMs) this.stop();
    if (this.abortReason !== undefined || this.logs.hasFailed) this.stop();
  }

  /** What no window was long enough for. */
  private overBudget(): string | undefined {
    const { ended, bad, second } = this.toldByAll();
    return this.watch?.atEnd(ended, bad) ?? this.watchOfSecond?.atEnd(second.ended, second.bad);
  }

  private toldByAll(): Told {
    const sum = (of: (told: Told) => number) => this.told.reduce((all, told) => all + of(told), 0);
    return {
      ended: sum((told) => told.ended),
      bad: sum((told) => told.bad),
      inFlight: sum((told) => told.inFlight),
      second: { ended: sum(({ second }) => second.ended), bad: sum(({ second }) => second.bad) },
    };
  }

  private finish(ends: readonly ShardEnd[], cpuMs: number): Replay {
    const { totals, planner, options, prepared, startAtMs } = this;
    totals.hold(planner.heldBack);
    const shed = (totals.heldBack.get(IN_FLIGHT_CAP) ?? 0) + (totals.heldBack.get(RATE_CAP) ?? 0);
    const elapsedMs = Date.now() - startAtMs;
    const { abortReason } = this;
    const answers = this.answers?.result(planner.endpoints.names);
    const overBudget = this.overBudget();
    const judged = judge({ totals, shed, abortReason, overBudget, options, answers });
    const summary: ReplaySummary = {
      ...judged,
      target: prepared.target,
      runId: options.runId,
      overrides: overridesOf(options),
      records: planner.records,
      sent: totals.sent,
      failed: Object.fromEntries(totals.failed),
      heldBack: Object.fromEntries(totals.heldBack),
      statuses: Object.fromEntries(totals.statuses),
      bytesOut: totals.bytesOut,
      bytesIn: totals.bytesIn,
      latencyMs: totals.intended.toData(),
      serviceMs: totals.service.toData(),
      latenessMs: totals.lateness.toData(),
      driftMs: driftOf(ends),
      connections: ends.reduce((sum, { connections }) => sum + connections, 0),
      elapsedMs,
      cpuMs,
      users: prepared.users?.report,
      logins: this.logins?.report,
      isInterrupted: this.isStopped && this.hooks.signal?.aborted === true,
      ...(answers && { second: prepared.second, answers }),
    };
    const results = replayResults({
      name: options.name,
      startAtMs,
      extent: this.extent,
      totals,
      endpointNames: planner.endpoints.names,
      shed,
      cpuRatio: elapsedMs > 0 ? cpuMs / elapsedMs : 0,
      // The threads that send, and the one that reads.
      cores: options.shards + 1,
      warnings: [...judged.reasons, ...overridesOf(options)],
      summary,
    });
    return { summary, results };
  }
}

interface Finished {
  readonly totals: Totals;
  readonly shed: number;
  readonly abortReason: string | undefined;
  readonly overBudget: string | undefined;
  readonly options: ReplayOptions;
  readonly answers: AnswerComparison | undefined;
}

function judge({ options, answers, ...run }: Finished) {
  const { mostLatenessMs, compare } = options;
  const judged = verdictOf({ ...run, mostLatenessMs });
  if (answers === undefined) return judged;
  return withAnswers(judged, answers, compare?.mostDifferingRatio);
}

/** Undefined where nobody wants to have answers. */
function mostAnswerBytes({ compare }: ReplayOptions, { tracker }: ReplayHooks) {
  if (tracker !== undefined) return MOST_REPLAYED_BYTES;
  return compare && MOST_KEPT_BYTES;
}

function ordersOf(
  prepared: Prepared,
  options: ReplayOptions,
  extent: Extent,
  mostAnswerBytes: number | undefined,
): ShardOrder[] {
  const { target, second, survey } = prepared;
  const most = options.caps.mostInFlight ?? USUAL_IN_FLIGHT;
  // Each of them has at least one, or one for each system.
  const shards = Math.min(options.shards, Math.floor(second === undefined ? most : most / 2));
  const key = randomBytes(32);
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_CELLS));
  return Array.from({ length: shards }, (_, index) => ({
    requests: survey.requests / shards,
    target,
    allowedHosts: options.allowedHosts,
    host: options.host,
    runId: options.runId,
    timeoutMs: options.timeoutMs,
    mostInFlight: Math.floor(most / shards) + (index < most % shards ? 1 : 0),
    mostPerSecond: options.caps.mostPerSecond,
    isPrecise: options.isPrecise,
    keepsOrder: options.keepsOrder,
    bucketMs: extent.bucketMs,
    bucketCount: extent.bucketCount,
    control,
    log: { ndjson: options.ndjson !== undefined, csv: options.csv !== undefined, key },
    interceptors: options.interceptors,
    mostAnswerBytes,
    second,
  }));
}

/** What the user allowed beyond the conventions, for the report. */
function overridesOf({ allowedSources, allowedHosts, routes }: ReplayOptions): string[] {
  return [
    ...allowedHosts.map((host) => `allowed as a target: ${nameOf(host)}`),
    ...allowedSources.map((host) => `allowed as source and target: ${host}`),
    ...routes.map(({ method, path }) => `open route: ${method} ${path}`),
  ];
}

function driftOf(ends: readonly ShardEnd[]): number | null {
  let latest: ShardEnd['last'];
  for (const { last } of ends) {
    if (last !== undefined && last.dueMs >= (latest?.dueMs ?? 0)) latest = last;
  }
  return latest?.latenessMs ?? null;
}
