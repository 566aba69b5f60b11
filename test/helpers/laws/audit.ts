/**
 * Looks through everything that the engine works on, between two events, and throws on the first
 * thing that cannot be: what is counted must be what is there.
 */
import { isFixed, STATE } from '../../../simulator/components/fleet.ts';
import { isWatched } from '../../../simulator/components/health.ts';
import { placesOf } from '../../../simulator/components/instance-size.ts';
import { compile } from '../../../simulator/engine/compile.ts';
import { type Engine, engineOfThread } from '../../../simulator/engine/engine.ts';
import { DEAD, F, I, MAX_INSIDE, PC, TIMER, UNARMED } from '../../../simulator/engine/memory.ts';
import { codeAt, framesAt, OP, OP_WIDTH, type Program } from '../../../simulator/engine/program.ts';
import type { Model } from '../../../simulator/model/model.ts';
import { auditCluster } from './cluster.ts';
import { OPTIONS } from './law.ts';

/** How much of a run is looked at: every event costs a walk through all slots. */
const AUDITED_MS = 3000;
/** So many are looked at one by one; of a storm that goes on, one in `STRIDE` after that. */
const AUDITED_EVENTS = 2000;
const STRIDE = 20;

/** Audits the first seconds of a run after every event. */
export function findsAllRight(model: Model): void {
  const engine = engineOfThread();
  engine.begin(model, compile(model), { seed: OPTIONS.seed, replication: 0 });
  let nowMs = 0;
  for (let events = 0; nowMs < AUDITED_MS; events++) {
    if (!engine.runSlice(events < AUDITED_EVENTS ? 1 : STRIDE)) return;
    nowMs = audit(engine, nowMs);
  }
}

/** What slots were found to hold, by row. */
interface Found {
  readonly inside: Int32Array;
  readonly held: Int32Array;
  readonly waiting: Int32Array;
  readonly sharing: Int32Array;
  journeys: number;
  alive: number;
}

function audit(engine: Engine, beforeMs: number): number {
  const { memory, program } = engine.inspect();
  const nowMs = memory.floats[F.nowMs]!;
  expect(nowMs >= beforeMs, `the clock went back from ${beforeMs} to ${nowMs}`);
  const found = lookAtSlots(engine);
  booksAreKept(engine, found);
  instancesAreRight(engine, found);
  slotsAreAllThere(engine, found);
  breakersCountTheirPermits(engine);
  retriesAreCounted(engine);
  auditCluster(engine);
  lanesAreInOrder(engine, nowMs);
  expect(memory.ints[I.ready] === 0, 'a slot was left that may go on');
  if (program.timerLevels > 0) timersAreOfLiveSlots(engine);
  if (program.budgets.length > 0) clientsCountTheirRetries(engine);
  return nowMs;
}

function expect(isTrue: boolean, otherwise: string): void {
  if (!isTrue) throw new Error(otherwise);
}

// ---- slots --------------------------------------------------------------------------------------

function lookAtSlots(engine: Engine): Found {
  const { memory, program, fleet } = engine.inspect();
  const rows = () => new Int32Array(fleet.rowCount);
  const found: Found = {
    inside: rows(),
    held: rows(),
    waiting: rows(),
    sharing: rows(),
    journeys: 0,
    alive: 0,
  };
  for (let slot = 0; slot < memory.ints[I.highWater]!; slot++) {
    const at = memory.pc[slot]!;
    if (at === PC.free) continue;
    found.alive++;
    if (at === PC.killed) continue;
    const isDead = (memory.flags[slot]! & DEAD) !== 0;
    if (!isDead && !isChild(program, at)) found.journeys++;
    lookAtFrames(engine, slot, found);
  }
  return found;
}

/** Code of calls at once and of published work: from its entry to its JOIN or DONE. */
function isChild({ fanOuts, publishes, ops }: Program, at: number): boolean {
  const spawns = [...fanOuts.flatMap((one) => one.spawns), ...publishes];
  return spawns.some(({ entryPc }) => {
    let end = entryPc;
    let depth = 0;
    // Children inside of it have ends of their own.
    for (
      ;
      depth > 0 || (ops[end * OP_WIDTH] !== OP.join && ops[end * OP_WIDTH] !== OP.done);
      end++
    ) {
      const isEntry = spawns.some((one) => one.entryPc === end + 1);
      if (isEntry) depth++;
      else if (ops[end * OP_WIDTH] === OP.join || ops[end * OP_WIDTH] === OP.done) depth--;
    }
    return entryPc < at && at <= end;
  });
}

function lookAtFrames(engine: Engine, slot: number, found: Found): void {
  const { memory, program, fleet } = engine.inspect();
  const at = memory.pc[slot]!;
  const rest = memory.ops[(at - 1) * OP_WIDTH]!;
  const frames = framesAt(program, at);
  for (const [index, frame] of frames.entries()) {
    const row = memory.rowAt[slot * program.depths + frame.depth]!;
    if (row < 0) continue;
    expect(fleet.state[row] !== STATE.gone, `slot ${slot} is at an instance that is gone`);
    found.inside[row]!++;
    const isInnermost = index === frames.length - 1;
    const { type } = fleet.services[frame.service]!.serves;
    const waits = isInnermost && (rest === OP.acquire || rest === OP.admit);
    if (waits) found.waiting[row]!++;
    else if (isInnermost && rest === OP.share) found.sharing[row]!++;
    const served = memory.ops[(at - 1) * OP_WIDTH + 2] === 1;
    const isWork = rest === OP.delay || rest === OP.pause || rest === OP.sleep;
    const onLoop = type === 'event-loop' && isInnermost && isWork && served;
    if (onLoop || (frame.holds && at > frame.doorPc)) found.held[row]!++;
  }
}

function slotsAreAllThere(engine: Engine, { alive }: Found): void {
  const { memory } = engine.inspect();
  let free = 0;
  for (let slot = memory.ints[I.free]!; slot >= 0; slot = memory.next[slot]!) free++;
  const all = memory.ints[I.highWater]!;
  expect(free + alive === all, `${free} slots free and ${alive} in use of ${all}`);
}

/**
 * Half-open, every permit is there, has come to something, or belongs to a call under way; those of
 * calls under way are not there as well.
 */
function breakersCountTheirPermits(engine: Engine): void {
  const { program, breakers } = engine.inspect();
  breakers.forEach(({ mode, permits, window, sinceMs }, breaker) => {
    const { settings } = program.breakers[breaker]!;
    const most = settings.permittedNumberOfCallsInHalfOpenState;
    expect(permits >= 0 && permits <= most, `breaker ${breaker}: ${permits} permits`);
    if (mode !== 'half-open') return;
    const under = startsUnder(engine, breaker);
    const all = permits + window.calls + under.length;
    expect(all >= most, `breaker ${breaker}: ${most - all} permits were lost`);
    // Those that began before it was half-open took none.
    const taken = under.filter((startMs) => startMs >= sinceMs).length;
    expect(permits + taken <= most, `breaker ${breaker}: ${permits} permits, ${taken} taken`);
  });
}

/** When the calls began that a breaker stands around and whose callers still wait. */
function startsUnder(engine: Engine, breaker: number): number[] {
  const { memory, program } = engine.inspect();
  const codes = codeAt(program);
  const calls = program.guardedCalls.filter((call) => call.breaker === breaker);
  const starts: number[] = [];
  for (let slot = 0; slot < memory.ints[I.highWater]!; slot++) {
    const at = memory.pc[slot]!;
    const isDead = (memory.flags[slot]! & DEAD) !== 0;
    const own = calls.find(
      ({ permitPc, outcomePc, depth }) =>
        permitPc < at &&
        at <= outcomePc &&
        codes[at] === codes[permitPc] &&
        !(isDead && memory.deadDepth[slot]! >= depth),
    );
    if (own === undefined) continue;
    const column = memory.ops[own.permitPc * OP_WIDTH + 3]!;
    starts.push(memory.draw[slot * program.drawWidth + column]!);
  }
  return starts;
}

function retriesAreCounted(engine: Engine): void {
  const { memory, program, retrying, model } = engine.inspect();
  if (program.countedRetries.length === 0) return;
  const codes = codeAt(program);
  const found = model.services.map(() => 0);
  for (let slot = 0; slot < memory.ints[I.highWater]!; slot++) {
    const at = memory.pc[slot]!;
    const isDead = (memory.flags[slot]! & DEAD) !== 0;
    for (const { againPc, jumpPc, depth, level, service } of program.countedRetries) {
      if (at < againPc || at > jumpPc || codes[at] !== codes[againPc]) continue;
      if (isDead && memory.deadDepth[slot]! >= depth) continue;
      if (memory.tries[slot * program.tryLevels + level]! > 1) found[service]!++;
    }
  }
  const words = `${retrying} further attempts counted, ${found} found`;
  expect(
    retrying.every((count, service) => count === found[service]),
    words,
  );
}

// ---- requests and instances ---------------------------------------------------------------------

/** arrived = completed + failed + timed out + shed + inside. */
function booksAreKept(engine: Engine, { journeys }: Found): void {
  const { memory, recorder, model } = engine.inspect();
  const cells = model.journeys.length * recorder.bucketCount;
  let inside = 0;
  for (let cell = 0; cell < cells; cell++) {
    inside += recorder.arrived[cell]! - recorder.completed[cell]! - recorder.errors[cell]!;
  }
  expect(inside === memory.ints[I.inside], `${inside} inside by the books`);
  expect(inside === journeys, `${inside} inside by the books, ${journeys} slots of journeys`);
}

function instancesAreRight(engine: Engine, found: Found): void {
  const { fleet } = engine.inspect();
  for (let row = 0; row < fleet.rowCount; row++) {
    if (fleet.state[row] === STATE.gone || fleet.state[row] === STATE.booting) continue;
    const service = fleet.services[fleet.service[row]!]!;
    const name = `${service.name}, row ${row}`;
    const { serves } = service;
    const [queued, idle] = [fleet.queued[row]!, fleet.idle[row]!];
    expect(queued === found.waiting[row], `${name}: ${queued} queued, ${found.waiting[row]} found`);
    expect(queued <= fleet.queueLimit[row]!, `${name}: more in the queue than its limit`);
    expect(idle >= 0 && idle <= fleet.servers[row]!, `${name}: ${idle} idle`);
    const { requests, errors } = { requests: fleet.requests[row]!, errors: fleet.errors[row]! };
    expect(errors <= requests, `${name}: ${errors} of ${requests} requests failed`);
    const versions = 1 + (service.rollouts?.length ?? 0);
    expect(fleet.version[row]! < versions, `${name}: a version that does not exist`);
    if (serves.type === 'cpu-shared') {
      if (serves.threads === undefined) continue;
      const taken = placesOf(serves, fleet.servers[row]!) - fleet.places[row]!;
      expect(taken === found.held[row], `${name}: ${taken} threads taken`);
      expect(
        fleet.places[row] === 0 || queued === 0,
        `${name}: a free thread while somebody waits`,
      );
    } else if (serves.type !== 'delay') {
      const busy = fleet.servers[row]! - idle;
      expect(busy === found.held[row], `${name}: ${busy} busy, ${found.held[row]} found`);
      expect(idle === 0 || queued === 0, `${name}: an idle server while somebody waits`);
    }
    if (isFixed(service)) continue;
    const inside = fleet.inside[row]!;
    expect(inside === found.inside[row], `${name}: ${inside} inside, ${found.inside[row]} found`);
    const position = fleet.position[row]!;
    const isUp = fleet.state[row] !== STATE.draining;
    const isLate = service.discovery !== undefined;
    expect(position < 0 || isUp || isLate, `${name}: on the list while it drains`);
    const isFree = isWatched(service) || isLate;
    expect(position >= 0 || !isUp || isFree, `${name}: not on the list`);
    if (position < 0) continue;
    expect(fleet.members[position] === row, `${name}: not where the balancer has it`);
    expect(fleet.outstanding[position] === inside, `${name}: another number outstanding`);
  }
}

// ---- lanes --------------------------------------------------------------------------------------

function lanesAreInOrder(engine: Engine, nowMs: number): void {
  const { memory, model, program } = engine.inspect();
  const { headMs, laneFirst, next, timeOf, timerMs, timers } = memory;
  const firstPause = 2 + model.traffic.length;
  const firstTimer = firstPause + program.pausesMs.length;
  const end = firstTimer + program.timeoutsMs.length;
  for (let lane = 1; lane < end; lane++) {
    expect(headMs[lane]! >= nowMs, `lane ${lane} is late`);
    expect(headMs[lane]! >= headMs[memory.ints[I.lane]!]!, `lane ${lane} should be first`);
    if (lane < firstPause) continue;
    let latest = headMs[lane]!;
    expect(laneFirst[lane]! >= 0 === latest < Number.POSITIVE_INFINITY, `lane ${lane}: no head`);
    const isPause = lane < firstTimer;
    for (let at = laneFirst[lane]!; at >= 0; ) {
      const atMs = isPause ? timeOf[at]! : timerMs[TIMER.ms * at]!;
      expect(atMs >= latest, `lane ${lane} is out of order`);
      latest = atMs;
      at = isPause ? next[at]! : timers[TIMER.words * at + TIMER.next]!;
    }
  }
}

function timersAreOfLiveSlots(engine: Engine): void {
  const { memory, program } = engine.inspect();
  const { timerLevels, timedCalls } = program;
  for (let slot = 0; slot < Math.min(MAX_INSIDE, memory.ints[I.highWater]!); slot++) {
    for (let level = 0; level < timerLevels; level++) {
      if (memory.timers[TIMER.words * (slot * timerLevels + level) + TIMER.prev] === UNARMED)
        continue;
      const at = memory.pc[slot]!;
      const isIn = timedCalls.some(
        (call) => call.level === level && call.armPc < at && at <= call.returnPc,
      );
      expect(isIn, `slot ${slot} has a timer of a call that it is not in`);
    }
  }
}

// ---- budgets ------------------------------------------------------------------------------------

/** What clients have under way is what slots are in, for callers that still wait. */
function clientsCountTheirRetries(engine: Engine): void {
  const { memory, program, clients } = engine.inspect();
  const active = clients.map(() => 0);
  const retries = clients.map(() => 0);
  for (let slot = 0; slot < memory.ints[I.highWater]!; slot++) {
    for (const call of program.retries) {
      const at = memory.pc[slot]!;
      if (call.budget < 0 || at <= call.firstPc || at >= call.endPc) continue;
      const isDead = (memory.flags[slot]! & DEAD) !== 0;
      if (isDead && memory.deadDepth[slot]! >= call.depth) continue;
      const place = slot * program.tryLevels + call.level;
      const client = memory.budgetAt[place]!;
      if (client < 0) continue;
      if (at <= call.settlePc) active[client]!++;
      if (memory.tries[place]! > 1) retries[client]!++;
    }
  }
  clients.forEach((client, index) => {
    const found = `${active[index]} attempts and ${retries[index]} retries found`;
    const isRight = client.active === active[index] && client.retries === retries[index];
    expect(isRight, `client ${index}: ${client.active} and ${client.retries}, ${found}`);
  });
}
