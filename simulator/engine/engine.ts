/**
 * The clock and the loop. An event is an integer: a slot to resume, a special event (the bucket
 * sampler, a control loop, an instance's life-cycle), or the first entry of a lane (an arrival, a
 * network hop, a timeout). Events happen in order of (time, sequence number); sequence numbers
 * count schedulings, so ties are first in, first out, whatever structure held the event.
 *
 * The engine is made once a thread and runs one replication after the other: V8 builds the
 * addresses of the columns of the first closures that it sees into the code, of no later ones.
 */
import { Fleet, STATE } from '../components/fleet.ts';
import type { Model } from '../model/model.ts';
import type { Run } from '../results/results.ts';
import { cutOff } from './cut-off.ts';
import { Ladder } from './ladder.ts';
import { Lane, LaneHeads, MOST_LANES } from './lane.ts';
import { LifeCycle } from './life-cycle.ts';
import { type CallSite, OP, OP_WIDTH, type Program } from './program.ts';
import { expectAtMost, type RunOptions, type RunParts, runParts } from './run-parts.ts';
import { createServers, NOW } from './servers.ts';
import { createSharedCores } from './shared-cores.ts';
import { MAX_INSIDE, Slots, STATUS, WAITS } from './slots.ts';
import { Specials } from './specials.ts';

/** After the last arrival, requests inside may finish for this long beyond the longest timeout. */
const GRACE_MS = 60_000;
const SLICE = 4096;
export const KILLED = 0x7fffffff;
/** Draws, and frames, of all requests inside: reserved; only what is used takes memory. */
const [MOST_DRAWS, MOST_FRAMES] = [1 << 25, 1 << 24];
const MOST_OPS = 1 << 19;
/** Place in the clock's scratch of doubles, which would be boxed on their way through a call. */
const SEQUENCE = NOW + 1;
/** Lanes: one that is always empty, the hops, the sources, the timeouts. */
const [HOPS, SOURCES] = [1, 2];

export interface Engine {
  /** Forgets the run before and sets out from an empty system. */
  readonly begin: (model: Model, program: Program, options: RunOptions) => void;
  /** Runs at most `events` events; false when the run is over. */
  readonly runSlice: (events: number) => boolean;
  readonly finish: () => Run;
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
  const slots = new Slots(MAX_INSIDE);
  const fleet = new Fleet();
  const specials = new Specials(MAX_INSIDE);
  const timeOf = new Float64Array(MAX_INSIDE + specials.capacity);
  const sequenceOf = new Float64Array(timeOf.length);
  const events = new Ladder(timeOf);
  const heads = new LaneHeads();
  const hops = new Lane(heads, HOPS);
  const draw = new Float64Array(MOST_DRAWS);
  /** Rows of instances that a slot is at, by slot and depth. */
  const rowAt = new Int32Array(MOST_FRAMES);
  const ops = new Int32Array(MOST_OPS);
  const clock = new Float64Array(16);
  const { pc, parent, parentStamp, stamp, journey, status, waits, deadDepth, startMs } = slots;
  const { queueHead, inside, state } = fleet;
  const ready: number[] = [];
  const servers = createServers({ slots, fleet, ops, clock, ready });
  const cores = createSharedCores({ slots, fleet, clock, draw, ready, schedule: scheduleShare });
  // What is of one run only.
  let model: Model;
  let program: Program;
  let lifeCycle: LifeCycle;
  let { recorder, draws, balancers, outstanding, sources, timeouts } = {} as RunParts;
  let callSites: readonly CallSite[] = [];
  let [mostInside, drawWidth, depths, hopMs] = [0, 1, 1, 0];
  let [bucketsSampled, journeysInside, sourcesOpen] = [0, 0, 0];
  let [lastMs, seed] = [0, 0];

  /** Numbers of special events: the sampler, then the services' control loops, then the rows. */
  const SAMPLER = 0;
  const CONTROL = 1;

  function begin(runModel: Model, runProgram: Program, options: RunOptions): void {
    model = runModel;
    program = runProgram;
    ({ seed } = options);
    ({ drawWidth, depths, callSites } = program);
    const lanes = SOURCES + model.traffic.length + program.timeoutsMs.length;
    expectAtMost(model, MOST_LANES, lanes, 'traffics and timeouts');
    expectAtMost(
      model,
      MOST_OPS,
      program.ops.length,
      'operations in all journeys, with all they call',
    );
    ops.set(program.ops);
    mostInside = Math.min(
      MAX_INSIDE,
      Math.floor(MOST_DRAWS / drawWidth),
      Math.floor(MOST_FRAMES / depths),
    );
    ready.length = 0;
    slots.clear();
    specials.clear();
    events.clear();
    fleet.begin(model);
    hopMs = model.hopMs;
    hops.clear();
    heads.clear(lanes);
    servers.begin(model);
    cores.clear(fleet.rowCount);
    const parts = runParts(model, program, options, fleet, heads, SOURCES);
    ({ recorder, draws, balancers, outstanding, sources, timeouts } = parts);
    lifeCycle = new LifeCycle(model, fleet, recorder, options, {
      tickAt: (service, atMs) => schedule(atMs, CONTROL + service),
      dueAt: (row, atMs) => schedule(atMs, CONTROL + model.services.length + row),
      cutOff: (row) => {
        cores.empty(row);
        cutOff(row, { slots, rowAt, draw, queueHead, program, mostInside, execute });
      },
    });
    [bucketsSampled, journeysInside, sourcesOpen] = [0, 0, sources.length];
    lastMs = model.durationMs + Math.max(0, ...program.timeoutsMs) + GRACE_MS;
    clock.fill(0);
    lifeCycle.begin();
    sources.forEach((_, index) => {
      scheduleArrival(index);
    });
    schedule(Math.min(model.durationMs, recorder.bucketMs), SAMPLER);
  }

  /** Rare events, by their number. */
  function schedule(atMs: number, special: number): void {
    const event = specials.allocate(special);
    timeOf[event] = atMs;
    sequenceOf[event] = clock[SEQUENCE]!++;
    events.push(event);
  }

  function scheduleShare(row: number, atMs: number): void {
    schedule(atMs, CONTROL + model.services.length + fleet.rowCount + row);
  }

  // ---- requests -------------------------------------------------------------------------------

  function arrive(index: number): void {
    const source = sources[index]!;
    const slot = slots.allocate(mostInside);
    pc[slot] = program.journeys[source.journey]!.entryPc;
    parent[slot] = -1;
    journey[slot] = source.journey;
    status[slot] = STATUS.ok;
    deadDepth[slot] = -1;
    startMs[slot] = clock[NOW]!;
    draws[source.journey]!.drawInto(draw, slot * drawWidth);
    recorder.journeys[source.journey]!.arrive(clock[NOW]!);
    journeysInside++;
    scheduleArrival(index);
    execute(slot);
  }

  function scheduleArrival(index: number): void {
    const lane = SOURCES + index;
    if (!sources[index]!.next(heads.times, lane)) sourcesOpen--;
    heads.sequences[lane] = clock[SEQUENCE]!++;
    heads.compare();
  }

  /** Runs a slot until it waits for something, then those that it let go on. */
  function execute(first: number): void {
    step(first);
    goOn();
  }

  function goOn(): void {
    for (let slot = ready.pop(); slot !== undefined; slot = ready.pop()) step(slot);
  }

  function step(from: number): void {
    let slot = from;
    while (slot >= 0) {
      const at = pc[slot]!;
      pc[slot] = at + OP_WIDTH;
      switch (ops[at]) {
        case OP.hop:
          waits[slot] = WAITS.event;
          hops.push(clock[NOW]! + hopMs, clock[SEQUENCE]!++, slot, 0);
          return;
        case OP.route:
          if (!route(slot, ops[at + 1]!, ops[at + 2]!)) pc[slot] = ops[at + 3]!;
          break;
        case OP.acquire:
          if (!servers.acquire(slot, rowAt[slot * depths + ops[at + 2]!]!, ops[at + 3]!)) return;
          break;
        case OP.delay:
          waits[slot] = WAITS.event;
          timeOf[slot] = clock[NOW]! + draw[slot * drawWidth + ops[at + 1]!]!;
          sequenceOf[slot] = clock[SEQUENCE]!++;
          events.push(slot);
          return;
        case OP.release:
          servers.release(rowAt[slot * depths + ops[at + 2]!]!);
          break;
        case OP.share:
          cores.join(slot, rowAt[slot * depths + ops[at + 2]!]!, slot * drawWidth + ops[at + 1]!);
          return;
        case OP.leave:
          leave(slot, ops[at + 2]!);
          break;
        case OP.check:
          if (isDead(slot, ops[at + 2]!, ops[at + 3]!)) return;
          if (status[slot] !== STATUS.ok) fail(slot, ops[at + 1]!, ops[at + 2]!);
          break;
        case OP.retry:
          if (isDead(slot, ops[at + 2]!, ops[at + 3]!)) return;
          if (status[slot] === STATUS.ok) pc[slot] = ops[at + 1]!;
          status[slot] = STATUS.ok;
          break;
        case OP.fork:
          slot = fork(slot, ops[at + 1]!);
          break;
        case OP.deliver:
          slot = deliver(slot, ops[at + 1]!);
          break;
        default:
          recorder.journeys[journey[slot]!]!.end(startMs[slot]!, clock[NOW]!, status[slot]!);
          journeysInside--;
          slots.free(slot);
          return;
      }
    }
  }

  function route(slot: number, service: number, depth: number): boolean {
    const position = balancers[service]!(outstanding[service]!, fleet.memberCount[service]!);
    if (position < 0) {
      status[slot] = STATUS.failed;
      return false;
    }
    const at = fleet.firstRow[service]! + position;
    const row = fleet.members[at]!;
    fleet.outstanding[at]!++;
    inside[row]!++;
    fleet.requests[row]!++;
    rowAt[slot * depths + depth] = row;
    return true;
  }

  function leave(slot: number, depth: number): void {
    const row = rowAt[slot * depths + depth]!;
    rowAt[slot * depths + depth] = -1;
    const position = fleet.position[row]!;
    if (position >= 0) fleet.outstanding[position]!--;
    inside[row]!--;
    if (state[row] === STATE.draining && inside[row] === 0) fleet.retire(row, clock[NOW]!);
  }

  /** The frame that an answer came back to was cut off meanwhile: the work was for nobody. */
  function isDead(slot: number, depth: number, service: number): boolean {
    if (deadDepth[slot]! < 0 || deadDepth[slot]! < depth) return false;
    recorder.zombies[service]!++;
    slots.free(slot);
    return true;
  }

  /** What was shed below is an error of the service in between; only the client is shed itself. */
  function fail(slot: number, failPc: number, depth: number): void {
    if (depth >= 0 || parent[slot]! >= 0) status[slot] = STATUS.failed;
    pc[slot] = failPc;
  }

  /** Starts the callee's slot and the clock of the caller's patience; returns it to go on with. */
  function fork(caller: number, siteIndex: number): number {
    const site = callSites[siteIndex]!;
    const slot = slots.allocate(mostInside);
    pc[slot] = site.entryPc;
    parent[slot] = caller;
    parentStamp[slot] = stamp[caller]!;
    status[slot] = STATUS.ok;
    deadDepth[slot] = -1;
    const from = caller * drawWidth + site.drawOffset;
    const to = slot * drawWidth;
    for (let place = 0; place < site.drawCount; place++) draw[to + place] = draw[from + place]!;
    waits[caller] = WAITS.callee;
    const timeoutMs = program.timeoutsMs[site.timeoutLane]!;
    const lane = timeouts[site.timeoutLane]!;
    lane.push(clock[NOW]! + timeoutMs, clock[SEQUENCE]!++, caller, stamp[caller]!);
    return slot;
  }

  /** Hands the answer over; returns the caller to go on with, −1 when nobody waits any more. */
  function deliver(slot: number, service: number): number {
    const caller = parent[slot]!;
    const outcome = status[slot]!;
    const stillWaits = stamp[caller] === parentStamp[slot];
    if (!stillWaits && outcome !== STATUS.shed) recorder.zombies[service]!++;
    slots.free(slot);
    if (!stillWaits) return -1;
    endWait(caller, outcome);
    return caller;
  }

  function endWait(caller: number, outcome: number): void {
    stamp[caller] = stamp[caller]! + 1;
    waits[caller] = WAITS.no;
    if (outcome !== STATUS.ok) status[caller] = outcome;
  }

  /** The caller gives up; the callee is not told and works on. */
  function timeOut(slot: number, stampThen: number): void {
    if (stamp[slot] !== stampThen) return;
    // The client's own patience is a fate; that of a service in between makes its answer an error.
    const isClient = parent[slot]! < 0 && ops[pc[slot]! - OP_WIDTH + 2]! < 0;
    endWait(slot, isClient ? STATUS.timedOut : STATUS.failed);
    execute(slot);
  }

  // ---- the loop -------------------------------------------------------------------------------

  function special(event: number): void {
    const number = specials.take(event);
    const rows = CONTROL + model.services.length;
    if (number === SAMPLER) sample();
    else if (number < rows) lifeCycle.tick(number - CONTROL, clock[NOW]!);
    else if (number < rows + fleet.rowCount) lifeCycle.onDue(number - rows, clock[NOW]!);
    else cores.onDue(number - rows - fleet.rowCount);
    goOn();
  }

  function sample(): void {
    recorder.sample(fleet, clock[NOW]!);
    bucketsSampled++;
    if (bucketsSampled === recorder.bucketCount) return;
    schedule(Math.min(model.durationMs, (bucketsSampled + 1) * recorder.bucketMs), SAMPLER);
  }

  function resume(slot: number): void {
    if (pc[slot] === KILLED) slots.free(slot);
    else execute(slot);
  }

  function onLane(lane: number): void {
    if (lane === HOPS) {
      const { slot } = hops;
      hops.drop();
      resume(slot);
    } else if (lane < SOURCES + sources.length) arrive(lane - SOURCES);
    else {
      const timeout = timeouts[lane - SOURCES - sources.length]!;
      const { slot, stamp: stampThen } = timeout;
      timeout.drop();
      timeOut(slot, stampThen);
    }
  }

  function isOver(timeMs: number): boolean {
    const traffic = sourcesOpen > 0 || journeysInside > 0;
    return (!traffic && bucketsSampled === recorder.bucketCount) || timeMs > lastMs;
  }

  /** Runs at most `count` events; false when the run is over. */
  function runSlice(count: number): boolean {
    for (let i = 0; i < count; i++) {
      const lane = heads.best;
      const event = events.hasNext() ? events.peek() : -1;
      const laneMs = heads.times[lane]!;
      const eventMs = event >= 0 ? timeOf[event]! : Number.POSITIVE_INFINITY;
      const isEvent =
        eventMs < laneMs || (eventMs === laneMs && sequenceOf[event]! < heads.sequences[lane]!);
      const timeMs = isEvent ? eventMs : laneMs;
      if (isOver(timeMs)) return false;
      clock[NOW] = timeMs;
      if (!isEvent) onLane(lane);
      else {
        events.drop();
        if (event < MAX_INSIDE) resume(event);
        else special(event);
      }
    }
    return true;
  }

  function finish(): Run {
    const hours = model.services.map((_, index) => fleet.instanceHours(index, model.durationMs));
    return recorder.toRun(seed, hours);
  }

  return { begin, runSlice, finish };
}
