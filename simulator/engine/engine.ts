/**
 * The clock and the loop. An event is an integer: a slot to resume, or (negative) the complement of
 * a special event: a traffic source, the bucket sampler, a control loop, an instance's life-cycle.
 * Events happen in order of (time, sequence number); sequence numbers count schedulings, so ties
 * are first in, first out, whatever structure held the event.
 */
import { balancerOf } from '../components/balancer.ts';
import { Fleet, STATE } from '../components/fleet.ts';
import type { Model } from '../model/model.ts';
import { Recorder } from '../results/recorder.ts';
import type { Run } from '../results/results.ts';
import { Arrivals } from '../traffic/arrivals.ts';
import { Draws } from './draws.ts';
import { lanesFor } from './lane.ts';
import { LifeCycle } from './life-cycle.ts';
import { OP, OP_WIDTH, type Program } from './program.ts';
import { EventQueue } from './queue.ts';
import { stream } from './random.ts';
import { MAX_INSIDE, Slots, STATUS, WAITS } from './slots.ts';

export interface RunOptions {
  readonly seed: number;
  readonly replication: number;
  /** Replication whose arrival times are used; the default is the run's own. */
  readonly arrivalsOf?: number;
}

/** After the last arrival, requests inside may finish for this long beyond the longest timeout. */
const GRACE_MS = 60_000;
const [SLICE, ARRIVAL_BUFFER] = [4096, 256];
const KILLED = 0x7fffffff;
/** Draws of all requests inside: 1 GiB, of which only what is used takes memory. */
const MOST_DRAWS = 1 << 27;

/** Runs one replication of a compiled model from an empty system to its end. */
export function runReplication(model: Model, program: Program, options: RunOptions): Run {
  const engine = createEngine(model, program, options);
  while (engine.runSlice(SLICE)); // Slices keep V8 out of on-stack-replaced code.
  return engine.finish();
}

export interface Engine {
  /** Runs at most `events` events; false when the run is over. */
  readonly runSlice: (events: number) => boolean;
  readonly finish: () => Run;
}

export function createEngine(model: Model, program: Program, options: RunOptions): Engine {
  const { seed, replication } = options;
  const { ops, deliverPc, callSites, drawWidth } = program;
  const fleet = new Fleet(model);
  const slots = new Slots(Math.min(MAX_INSIDE, Math.floor(MOST_DRAWS / drawWidth)));
  const queue = new EventQueue();
  const recorder = new Recorder(model);
  const timeouts = lanesFor(program.timeoutsMs);
  const hops = lanesFor([model.hopMs])[0]!;
  const { pc, parent, parentStamp, stamp, instance, owner, site, status, waits, next } = slots;
  const { startMs } = slots;
  const { idle, queueHead, queueTail, inside, state } = fleet;
  const draw = new Float64Array(slots.capacity * drawWidth);
  const draws = program.journeys.map((journey) => new Draws(journey, seed, replication));
  const balancers = model.services.map((service) =>
    balancerOf(service, stream(seed, replication, `service/${service.name}`, 'balancing')),
  );
  const sources = model.traffic.map((traffic) => ({
    arrivals: new Arrivals(
      traffic,
      stream(seed, options.arrivalsOf ?? replication, `traffic/${traffic.name}`, 'arrivals'),
    ),
    journey: model.journeys.findIndex(({ name }) => name === traffic.does),
    times: new Float64Array(ARRIVAL_BUFFER),
    next: 0,
    count: 0,
  }));

  // Special events, numbered one kind after the other; an event of the queue is ~number.
  const SAMPLER = sources.length;
  const CONTROL = SAMPLER + 1;
  const LIFE_CYCLE = CONTROL + model.services.length;
  const lifeCycle = new LifeCycle(model, fleet, recorder, options, {
    tickAt: (service, atMs) => schedule(atMs, ~(CONTROL + service)),
    dueAt: (row, atMs) => schedule(atMs, ~(LIFE_CYCLE + row)),
    cutOff,
  });

  const clock = new Float64Array(16);
  const ready: number[] = [];
  let sequence = 0;
  let bucketsSampled = 0;
  let journeysInside = 0;
  let sourcesOpen = sources.length;
  const { durationMs: endMs } = model;
  const lastMs = endMs + Math.max(0, ...program.timeoutsMs) + GRACE_MS;

  function schedule(atMs: number, event: number): void {
    queue.push(atMs, sequence++, event);
  }

  // ---- requests -------------------------------------------------------------------------------

  function arrive(index: number): void {
    const source = sources[index]!;
    const now = clock[0]!;
    const slot = slots.allocate();
    pc[slot] = program.journeys[source.journey]!.entryPc;
    parent[slot] = -1;
    instance[slot] = -1;
    owner[slot] = source.journey;
    status[slot] = STATUS.ok;
    startMs[slot] = now;
    draws[source.journey]!.drawInto(draw, slot * drawWidth);
    recorder.journeys[source.journey]!.arrive(now);
    journeysInside++;
    scheduleArrival(index);
    execute(slot);
  }

  function scheduleArrival(index: number): void {
    const source = sources[index]!;
    if (source.next === source.count) {
      source.count = source.arrivals.fill(source.times);
      source.next = 0;
    }
    const atMs =
      source.next < source.count ? source.times[source.next++]! : Number.POSITIVE_INFINITY;
    if (atMs < endMs) schedule(atMs, ~index);
    else sourcesOpen--;
  }

  /** Runs a slot until it waits for something, then those that it let go on. */
  function execute(first: number): void {
    step(first);
    for (let slot = ready.pop(); slot !== undefined; slot = ready.pop()) step(slot);
  }

  function step(from: number): void {
    let slot = from;
    while (slot >= 0) {
      const at = pc[slot]!;
      switch (ops[at]) {
        case OP.acquire: {
          pc[slot] = at + OP_WIDTH;
          const row = instance[slot]!;
          if (idle[row] === 0) {
            enqueue(row, slot);
            return;
          }
          fleet.touch(row, clock[0]!);
          idle[row]!--;
          break;
        }
        case OP.delay:
          pc[slot] = at + OP_WIDTH;
          waits[slot] = WAITS.event;
          queue.push(clock[0]! + draw[slot * drawWidth + ops[at + 1]!]!, sequence++, slot);
          return;
        case OP.release:
          pc[slot] = at + OP_WIDTH;
          release(instance[slot]!);
          break;
        case OP.call:
          pc[slot] = at + OP_WIDTH;
          slot = call(slot, ops[at + 1]!);
          break;
        case OP.route:
          pc[slot] = at + OP_WIDTH;
          if (!route(slot, ops[at + 1]!)) slot = answer(slot);
          break;
        case OP.reply:
          leave(slot);
          slot = answer(slot);
          break;
        case OP.deliver:
          slot = deliver(slot);
          break;
        default:
          recorder.journeys[owner[slot]!]!.end(startMs[slot]!, clock[0]!, status[slot]!);
          journeysInside--;
          slots.free(slot);
          return;
      }
    }
  }

  function enqueue(row: number, slot: number): void {
    waits[slot] = WAITS.queue;
    next[slot] = -1;
    if (queueHead[row]! < 0) queueHead[row] = slot;
    else next[queueTail[row]!] = slot;
    queueTail[row] = slot;
  }

  /** The server goes to the first in the queue, which goes on after the slot that released it. */
  function release(row: number): void {
    const waiting = queueHead[row]!;
    if (waiting < 0) {
      fleet.touch(row, clock[0]!);
      idle[row]!++;
      return;
    }
    queueHead[row] = next[waiting]!;
    waits[waiting] = WAITS.no;
    ready.push(waiting);
  }

  /** Starts the callee's frame; returns it when it goes on at once, −1 while it travels. */
  function call(caller: number, siteIndex: number): number {
    const callSite = callSites[siteIndex]!;
    const slot = slots.allocate();
    pc[slot] = callSite.entryPc;
    parent[slot] = caller;
    parentStamp[slot] = stamp[caller]!;
    instance[slot] = -1;
    owner[slot] = callSite.service;
    status[slot] = STATUS.ok;
    const from = caller * drawWidth + callSite.drawOffset;
    const to = slot * drawWidth;
    for (let place = 0; place < callSite.drawCount; place++) {
      draw[to + place] = draw[from + place]!;
    }
    site[caller] = siteIndex;
    waits[caller] = WAITS.callee;
    if (callSite.timeoutLane >= 0) {
      const lane = timeouts[callSite.timeoutLane]!;
      lane.push(clock[0]! + lane.delayMs, sequence++, caller, stamp[caller]!);
    }
    return travel(slot);
  }

  /** One network hop; the slot itself when hops take no time. */
  function travel(slot: number): number {
    if (hops.delayMs === 0) return slot;
    waits[slot] = WAITS.event;
    hops.push(clock[0]! + hops.delayMs, sequence++, slot, stamp[slot]!);
    return -1;
  }

  function route(slot: number, service: number): boolean {
    const outstanding = fleet.outstanding[service]!;
    const position = balancers[service]!(outstanding, fleet.memberCount[service]!);
    if (position < 0) {
      status[slot] = STATUS.failed;
      return false;
    }
    const row = fleet.members[service]![position]!;
    outstanding[position]!++;
    inside[row]!++;
    fleet.requests[row]!++;
    instance[slot] = row;
    return true;
  }

  function leave(slot: number): void {
    const row = instance[slot]!;
    const position = fleet.position[row]!;
    if (position >= 0) fleet.outstanding[owner[slot]!]![position]!--;
    inside[row]!--;
    instance[slot] = -1;
    if (state[row] === STATE.draining && inside[row] === 0) fleet.retire(row, clock[0]!);
  }

  function answer(slot: number): number {
    pc[slot] = deliverPc;
    return travel(slot);
  }

  /** Hands the answer over; returns the caller to go on with, −1 when nobody waits any more. */
  function deliver(slot: number): number {
    const caller = parent[slot]!;
    const outcome = status[slot]!;
    const stillWaits = stamp[caller] === parentStamp[slot];
    if (!stillWaits) recorder.zombies[owner[slot]!]!++;
    slots.free(slot);
    if (!stillWaits) return -1;
    endCall(caller, outcome === STATUS.ok ? STATUS.ok : STATUS.failed);
    return caller;
  }

  function endCall(caller: number, outcome: number): void {
    stamp[caller] = stamp[caller]! + 1;
    waits[caller] = WAITS.no;
    if (outcome === STATUS.ok) return;
    status[caller] = outcome;
    pc[caller] = callSites[site[caller]!]!.failPc;
  }

  /** The caller gives up; the callee is not told and works on. */
  function timeOut(slot: number, stampThen: number): void {
    if (stamp[slot] !== stampThen) return;
    endCall(slot, parent[slot]! < 0 ? STATUS.timedOut : STATUS.failed);
    execute(slot);
  }

  /**
   * Fails every frame at an instance that is cut off. Its queue goes first, and answers are sent
   * when all are dead: a caller that goes on at once may come back to this very instance.
   */
  function cutOff(row: number): void {
    queueHead[row] = -1;
    const messengers: number[] = [];
    for (let slot = 0, end = slots.highWater; slot < end; slot++) {
      if (instance[slot] === row && waits[slot] !== WAITS.no) messengers.push(fail(slot));
    }
    for (const messenger of messengers) {
      if (answer(messenger) >= 0) execute(messenger);
    }
  }

  /** The failed answer of a frame whose instance has gone. */
  function fail(slot: number): number {
    const messenger = slots.allocate();
    parent[messenger] = parent[slot]!;
    parentStamp[messenger] = parentStamp[slot]!;
    owner[messenger] = owner[slot]!;
    instance[messenger] = -1;
    status[messenger] = STATUS.failed;
    instance[slot] = -1;
    // A frame with an event under way is freed when that comes; it must find nothing to do.
    if (waits[slot] === WAITS.event) pc[slot] = KILLED;
    else slots.free(slot);
    return messenger;
  }

  // ---- the loop -------------------------------------------------------------------------------

  function special(number: number): void {
    if (number < SAMPLER) arrive(number);
    else if (number === SAMPLER) sample();
    else if (number < LIFE_CYCLE) lifeCycle.tick(number - CONTROL, clock[0]!);
    else lifeCycle.onDue(number - LIFE_CYCLE, clock[0]!);
  }

  function sample(): void {
    recorder.sample(fleet, clock[0]!);
    bucketsSampled++;
    if (bucketsSampled < recorder.bucketCount) {
      schedule(Math.min(endMs, (bucketsSampled + 1) * recorder.bucketMs), ~SAMPLER);
    }
  }

  function resume(slot: number): void {
    if (pc[slot] === KILLED) slots.free(slot);
    else execute(slot);
  }

  /** Which structure holds the next event: −1 the heap, 0 the hops, n timeout lane n − 1. */
  function earliest(): number {
    let best = -1;
    clock[1] = queue.size > 0 ? queue.times[0]! : Number.POSITIVE_INFINITY;
    clock[2] = queue.size > 0 ? queue.sequences[0]! : 0;
    for (let lane = 0; lane <= timeouts.length; lane++) {
      const { head } = lane === 0 ? hops : timeouts[lane - 1]!;
      if (head[0]! > clock[1]! || (head[0] === clock[1] && head[1]! >= clock[2]!)) continue;
      best = lane;
      clock[1] = head[0]!;
      clock[2] = head[1]!;
    }
    return best;
  }

  function isOver(): boolean {
    const traffic = sourcesOpen > 0 || journeysInside > 0;
    return (!traffic && bucketsSampled === recorder.bucketCount) || clock[1]! > lastMs;
  }

  function runSlice(events: number): boolean {
    for (let i = 0; i < events; i++) {
      const lane = earliest();
      if (isOver()) return false;
      clock[0] = clock[1]!;
      if (lane < 0) {
        const event = queue.pop();
        if (event >= 0) resume(event);
        else special(~event);
      } else if (lane === 0) {
        const { slot } = hops;
        hops.drop();
        resume(slot);
      } else {
        const { slot, stamp: stampThen } = timeouts[lane - 1]!;
        timeouts[lane - 1]!.drop();
        timeOut(slot, stampThen);
      }
    }
    return true;
  }

  function finish(): Run {
    const hours = model.services.map((_, service) => fleet.instanceHours(service, endMs));
    return recorder.toRun(seed, hours);
  }

  lifeCycle.begin();
  sources.forEach((_, index) => {
    scheduleArrival(index);
  });
  schedule(Math.min(endMs, recorder.bucketMs), ~SAMPLER);
  return { runSlice, finish };
}
