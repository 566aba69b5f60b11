/**
 * The clock and the loop. An event is an integer: a slot to resume, an instance with shared cores
 * where somebody's work is done, or the first entry of a lane (an arrival, a pause, a timeout, or a
 * rare event: a sample, a control loop, a step of an instance's life-cycle). Events happen in order
 * of (time, sequence number); sequence numbers count schedulings, so ties are first in, first out,
 * whatever structure held the event.
 *
 * The engine is made once a thread and runs one replication after the other: V8 builds the
 * addresses of the columns of the first closures that it sees into the code, of no later ones.
 */
import { createBalancing } from '../components/balancing.ts';
import { createDiscovery, type Discovery } from '../components/discovery.ts';
import { Fleet, isFixed } from '../components/fleet.ts';
import { Rollouts } from '../components/rollout.ts';
import type { Model } from '../model/model.ts';
import { Recorder } from '../results/recorder.ts';
import type { Run } from '../results/results.ts';
import { AGENDA, createAgenda } from './agenda.ts';
import { createBudgets } from './budgets.ts';
import { createCaches } from './caches.ts';
import { createColumns } from './columns.ts';
import { callsOff } from './doors.ts';
import { createDraws } from './draws.ts';
import { expectAtMost } from './expect-at-most.ts';
import { createGenerate, isLong, pays, type RunSlice } from './generate.ts';
import { createGuards } from './guards.ts';
import { createKnocks } from './knocks.ts';
import { createLadder } from './ladder.ts';
import { createLanes } from './lanes.ts';
import { LifeCycle } from './life-cycle.ts';
import { createLimits } from './limits.ts';
import { createMachine } from './machine.ts';
import { createMemory, F, I, MAX_INSIDE, MOST_LANES, MOST_OPS } from './memory.ts';
import { OP_WIDTH, type Program } from './program.ts';
import { stream } from './random.ts';
import { createResilience, type Resilience } from './resilience.ts';
import type { Inspection, RunOptions } from './run.ts';
import { createServers } from './servers.ts';
import { createSever } from './sever.ts';
import { createSharedCores } from './shared-cores.ts';
import { createSlots, roomFor } from './slots.ts';
import { createSources, FIRST_SOURCE } from './sources.ts';
import { Specials } from './specials.ts';

/** After the last arrival, requests inside may finish for this long beyond the longest timeout. */
const GRACE_MS = 60_000;
const SLICE = 4096;
/** Numbers of rare events: below 0 of the cluster, these, then those of `firstNumbers`. */
const [SAMPLER, END, CONTROL] = [0, 1, 2];

export interface Engine {
  /** Forgets the run before and sets out from an empty system. */
  readonly begin: (model: Model, program: Program, options: RunOptions) => void;
  /** Runs at most `events` events; false when the run is over. */
  readonly runSlice: (events: number) => boolean;
  readonly finish: () => Run;
  /** What it works on, for audits: as it is now, to be looked at only. */
  readonly inspect: () => Inspection;
}

let engine: Engine | undefined;

/** The thread's engine: one run at a time. */
export function engineOfThread(): Engine {
  engine ??= createEngine();
  return engine;
}

/** Runs one replication of a compiled model from an empty system to its end. */
export function runReplication(model: Model, program: Program, options: RunOptions): Run {
  const { begin, runSlice, finish } = engineOfThread();
  begin(model, program, options);
  while (runSlice(SLICE)); // Slices keep V8 out of on-stack-replaced code.
  return finish();
}

function createEngine(): Engine {
  const columns = createColumns();
  const memory = createMemory(columns);
  const { ints, floats, ops, timeOf, headMs, headSequence, sequenceOf } = memory;
  const fleet = new Fleet(columns);
  const recorder = new Recorder(columns);
  const specials = new Specials(MAX_INSIDE);
  const ladder = createLadder(memory, columns);
  const lanes = createLanes(memory);
  const sources = createSources(memory, lanes, mayBeOver);
  const agenda = createAgenda(memory, lanes);
  const slots = createSlots(memory, lanes);
  const servers = createServers(memory, fleet, slots);
  const cores = createSharedCores(memory, fleet, scheduleShare);
  const caches = createCaches(memory, columns);
  const draws = createDraws(memory, columns);
  const now = () => floats[F.nowMs]!;
  const tell = (service: number, reason: string) => resilience.note(service, now(), reason);
  const knocks = createKnocks(fleet, servers, cores);
  const balancing = createBalancing(fleet, columns, now, tell);
  const resilience = createResilience(fleet, balancing.roster, recorder, knocks);
  const budgets = createBudgets(memory, fleet);
  const guards = createGuards({ memory, fleet, ...resilience, draws, budgets });
  const limits = createLimits(memory, fleet);
  const sever = createSever({ memory, fleet, lanes, servers, slots, guards, budgets });
  const state = { memory, ladder, lanes, slots, fleet, balancing, servers, cores, caches, draws };
  const around = { guards, budgets, limits, callOffAll: sever.callOffAll, recorder, mayBeOver };
  const machine = createMachine({ ...state, ...around });
  const { idle, busyMs, queueHead, queueTail, queued, queueLimit, members, outstanding } = fleet;
  const rows = { idle, busyMs, queueHead, queueTail, queued, queueLimit, members, outstanding };
  const { arrived, completed, counts, sumMs, minMs, maxMs } = recorder;
  const records = { arrived, completed, counts, sumMs, minMs, maxMs };
  const surroundings = {
    ...memory,
    ...ladder,
    ...ladder.shape,
    ...rows,
    ...records,
    drawAt: draws.at,
    drawn: draws.values,
    rotation: balancing.rotation,
    wordAt: balancing.wordAt,
    words: balancing.words,
    asked: balancing.asked,
    ...draws.columns,
    refillDraw: draws.refill,
    refillAnyDraw: draws.refill,
    finishDraw: draws.finish,
    refillWords: balancing.refill,
    pick: balancing.pick,
    refillArrivals: sources.refill,
    sourceEnded: sources.ended,
    freshSlot: slots.fresh,
    bury: machine.bury,
    enqueue: servers.enqueue,
    release: servers.release,
    lookUp: caches.lookUp,
    links: caches.links,
    cacheHits: caches.hits,
    disarmTimer: lanes.disarm,
    onTimer: sever.onTimer,
    runOp: machine.runOp,
    recordEnd: machine.recordEnd,
    callOffLosers: machine.callOffLosers,
    share,
    onAgenda,
    turnBucket,
    mayBeOver,
  };
  const generate = createGenerate(surroundings, columns.memory);
  // What is of one run only.
  let generated: RunSlice | undefined;
  let model: Model;
  let program: Program;
  let lifeCycle: LifeCycle;
  let discovery: Discovery;
  let rollouts: Rollouts;
  let from: ReturnType<typeof firstNumbers>;
  let arrivalKinds: readonly { readonly journey: number; readonly priority: number }[] = [];
  let [pauses, timers, bucketsSampled, seed] = [1, 1, 0, 0];

  function begin(runModel: Model, runProgram: Program, options: RunOptions): void {
    model = runModel;
    program = runProgram;
    ({ seed } = options);
    load();
    floats.fill(0);
    ints[I.sequence] = 0;
    ints[I.ready] = 0;
    ints[I.inside] = 0;
    ints[I.over] = 0;
    ladder.clear();
    agenda.clear();
    specials.clear();
    fleet.begin(model);
    recorder.begin(model, options.replication === 0);
    servers.begin(model, program);
    cores.begin(model);
    caches.begin(model);
    draws.begin(model, program, seed, options.replication);
    balancing.begin(model, seed, options.replication);
    beginLanes();
    machine.begin(program, pauses, timers, options.latencyLogs ?? []);
    budgets.begin(program);
    limits.begin(model);
    sever.begin(program, timers);
    startClock();
    from = firstNumbers();
    discovery = createDiscovery(model, fleet, options, {
      dueAt: (row, atMs) => agenda.schedule(atMs, from.lists + row),
      listed: (row, sinceMs) => {
        balancing.roster.listed(row, sinceMs);
        if (sinceMs >= 0) resilience.health.entered(row, sinceMs);
      },
      unlisted: (row) => resilience.health.left(row, now()),
    });
    lifeCycle = new LifeCycle(model, fleet, recorder, options, {
      tickAt: (service, atMs) => agenda.schedule(atMs, CONTROL + service),
      dueAt: (row, atMs) => agenda.schedule(atMs, from.rows + row),
      clusterAt: (atMs, number) => agenda.schedule(atMs, -1 - number),
      opened: (row) => {
        balancing.roster.opened(row);
        open(row, resilience.opened);
      },
      reopened: (row) => open(row, resilience.restarted),
      cutOff: (rows) => {
        for (const row of rows) cores.empty(row);
        sever.cutOff(rows);
      },
      discovery,
      careAt: (service, atMs) => agenda.schedule(atMs, from.sick + service),
      resilience,
      zoneOf: (row) => balancing.roster.zone[row]!,
      rollouts: () => rollouts,
    });
    lifeCycle.begin();
    resilience.begin(model, options, {
      at: (atMs, number) => agenda.schedule(atMs, from.resilience + number),
      kill: (service, rows, nowMs) => lifeCycle.kill(service, rows, nowMs),
      openGate: guards.openGate,
      judged: (service, nowMs) => lifeCycle.replaceSick(service, nowMs),
      restart: (row, nowMs, reason) => lifeCycle.restarts.restart(row, nowMs, reason),
    });
    rollouts = new Rollouts(model, fleet, {
      lookAt: (service, atMs) => agenda.schedule(atMs, from.rollouts + service),
      lifeCycle,
      share: balancing.share,
      note: resilience.note,
    });
    caches.fillThose(model, (name) => stream(seed, options.replication, `cache/${name}`, 'start'));
    startSources(options);
    generated = (options.isGenerated ?? isLong(model)) ? codeFor(options) : undefined;
  }

  /** A process starts in a row. */
  function open(row: number, isWell: Resilience['opened']): void {
    servers.discardQueue(row);
    for (const opened of [isWell, budgets.opened, limits.opened]) opened(row, now());
    cores.open(row, now());
  }

  /** For all replications of a program, and for others like it. */
  function codeFor({ latencyLogs: logs = [], isGenerated }: RunOptions): RunSlice | undefined {
    const kills = callsOff(model) || !model.services.every(isFixed);
    const sizes = { firstPause: pauses, firstTimer: timers, bucketCount: recorder.bucketCount };
    const subject = { model, program, fleet, caches, ...sizes, kills, logs: logs.length > 0 };
    return isGenerated === true || pays(subject) ? generate(subject) : undefined;
  }

  /** Takes the program in, and as many slots as its draws, frames and timers leave room for. */
  function load(): void {
    const count = program.ops.length / OP_WIDTH;
    expectAtMost(model, MOST_OPS, count, 'operations in all journeys, with all they call');
    ops.set(program.ops);
    slots.begin(roomFor(program));
  }

  function beginLanes(): void {
    const { pausesMs, timeoutsMs, timerLevels } = program;
    pauses = FIRST_SOURCE + model.traffic.length;
    timers = pauses + pausesMs.length;
    expectAtMost(model, MOST_LANES, timers + timeoutsMs.length + 1, 'traffics and timeouts');
    lanes.begin(model.traffic.length, pausesMs.length, timeoutsMs.length, timerLevels);
  }

  function startClock(): void {
    bucketsSampled = 0;
    ints[I.bucket] = 0;
    floats[F.bucketEndMs] = recorder.bucketMs;
    agenda.schedule(Math.min(model.durationMs, recorder.bucketMs), SAMPLER);
    agenda.schedule(model.durationMs + Math.max(0, ...program.timeoutsMs) + GRACE_MS, END);
  }

  function startSources({ replication, arrivalsOf = replication }: RunOptions): void {
    sources.begin(model, seed, arrivalsOf);
    arrivalKinds = model.traffic.map(({ does, priority = 0 }) => ({
      journey: model.journeys.findIndex(({ name }) => name === does),
      priority,
    }));
  }

  /** The next request is done at an instance with shared cores. */
  function scheduleShare(row: number, atMs: number): void {
    const event = specials.allocate(row);
    timeOf[event] = atMs;
    machine.schedule(event);
  }

  // ---- the loop -------------------------------------------------------------------------------

  /** Runs at most `count` events; false when the run is over. */
  function runSlice(count: number): boolean {
    return generated === undefined ? interpretSlice(count) : generated(count);
  }

  function interpretSlice(count: number): boolean {
    for (let left = count; left > 0 && ints[I.over] === 0; left--) {
      let timeMs = ladder.times[ints[I.head]!]!;
      if (timeMs === Number.POSITIVE_INFINITY) {
        ladder.refill();
        timeMs = ladder.times[ints[I.head]!]!;
      }
      const event = ladder.events[ints[I.head]!]!;
      const laneMs = headMs[ints[I.lane]!]!;
      if (timeMs < laneMs || (timeMs === laneMs && isBeforeLane(event))) {
        floats[F.nowMs] = timeMs;
        ints[I.head]!++;
        if (event < MAX_INSIDE) machine.resume(event);
        else share(event);
      } else {
        floats[F.nowMs] = laneMs;
        onLane(ints[I.lane]!);
      }
    }
    return ints[I.over] === 0;
  }

  /** At one moment, that which was scheduled first. */
  function isBeforeLane(event: number): boolean {
    return ((sequenceOf[event]! - headSequence[ints[I.lane]!]!) | 0) < 0;
  }

  function onLane(lane: number): void {
    if (lane === AGENDA) onAgenda();
    else if (lane < pauses) {
      const { journey, priority } = arrivalKinds[lane - FIRST_SOURCE]!;
      if (floats[F.nowMs]! >= floats[F.bucketEndMs]!) turnBucket();
      sources.next(lane - FIRST_SOURCE);
      machine.arrive(journey, priority);
    } else if (lane < timers) machine.resume(lanes.takePause(lane));
    else {
      sever.onTimer(lane);
      machine.goOn();
    }
  }

  /** The bucket of now. */
  function turnBucket(): void {
    const bucket = Math.floor(floats[F.nowMs]! / recorder.bucketMs);
    ints[I.bucket] = Math.min(recorder.bucketCount - 1, bucket);
    floats[F.bucketEndMs] = (ints[I.bucket]! + 1) * recorder.bucketMs;
  }

  function share(event: number): void {
    cores.onDue(specials.take(event));
    machine.goOn();
  }

  function onAgenda(): void {
    const number = agenda.take();
    const nowMs = floats[F.nowMs]!;
    if (number < 0) lifeCycle.cluster!.onDue(-1 - number, nowMs);
    else if (number === SAMPLER) sample();
    else if (number === END) ints[I.over] = 1;
    else if (number < from.rows) lifeCycle.tick(number - CONTROL, nowMs);
    else if (number < from.lists) lifeCycle.onDue(number - from.rows, nowMs);
    else if (number < from.rollouts) discovery.onDue(number - from.lists, nowMs);
    else if (number < from.sick) rollouts.onDue(number - from.rollouts, nowMs);
    else if (number < from.resilience) lifeCycle.replaceSick(number - from.sick, nowMs);
    else resilience.onDue(number - from.resilience, nowMs);
    machine.goOn();
  }

  /** Of each kind of rare event the first number. */
  function firstNumbers() {
    const services = model.services.length;
    const rows = CONTROL + services;
    const rollouts = rows + 2 * fleet.rowCount;
    const [sick, resilience] = [rollouts + services, rollouts + 2 * services];
    return { rows, lists: rows + fleet.rowCount, rollouts, sick, resilience };
  }

  function sample(): void {
    recorder.sample(fleet, floats[F.nowMs]!, lifeCycle.cluster);
    if (++bucketsSampled === recorder.bucketCount) mayBeOver();
    else
      agenda.schedule(
        Math.min(model.durationMs, (bucketsSampled + 1) * recorder.bucketMs),
        SAMPLER,
      );
  }

  /** Nobody comes any more, nobody is inside, and all is sampled. */
  function mayBeOver(): void {
    const traffic = ints[I.sources]! > 0 || ints[I.inside]! > 0;
    if (!traffic && bucketsSampled === recorder.bucketCount) ints[I.over] = 1;
  }

  function finish(): Run {
    const hours = model.services.map((_, index) => fleet.hours(index, model.durationMs));
    const nowMs = floats[F.nowMs]!;
    const outcomes = model.services.map((_, index) => rollouts.outcomes(index, nowMs));
    return recorder.toRun(seed, hours, caches.counters(), outcomes, lifeCycle.cluster);
  }

  function inspect(): Inspection {
    const { cluster } = lifeCycle;
    const counted = { ...guards.counted(), clients: budgets.clients, cluster };
    return { model, program, memory, fleet, recorder, ...counted };
  }

  return { begin, runSlice, finish, inspect };
}
