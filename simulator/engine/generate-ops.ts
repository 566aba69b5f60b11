/**
 * Ops as text of JavaScript, for `generate.ts`. Each is what `machine.ts` does, with the program's
 * numbers written in; what is rare is left to the machine. Within the text
 *
 *     slot, at, t     are the slot, the op and the moment
 *     continue run    goes on with the op `at`
 *     break           schedules the slot at `due`, and is at rest
 *     break run       is at rest
 *     x << 0          makes an integer of a double that is a whole number
 *     highProduct     is the upper word of a product: a uniform integer
 */
import { isPlain } from '../components/balancer.ts';
import { ASKED, WORDS } from '../components/balancing.ts';
import { type Fleet, isFixed } from '../components/fleet.ts';
import type { Model, Service } from '../model/model.ts';
import { BUCKET_COUNT, bucketOf } from '../results/histogram.ts';
import type { CacheStore } from './caches.ts';
import { BUFFER } from './draws.ts';
import { F, I, STATUS, STATUS_BITS, TIMER, UNARMED } from './memory.ts';
import { OP, OP_WIDTH, type Program } from './program.ts';

/** What the text is made for. */
export interface Subject {
  readonly model: Model;
  readonly program: Program;
  readonly fleet: Fleet;
  readonly caches: Pick<CacheStore, 'base' | 'ends'>;
  readonly bucketCount: number;
  /** Lanes of the first pause and the first timeout. */
  readonly firstPause: number;
  readonly firstTimer: number;
  /** Whether slots may be killed while they wait. */
  readonly kills: boolean;
  /** Whether somebody keeps all latencies. */
  readonly logs: boolean;
}

/**
 * All ops: one goes over into the next. Only where a slot may come from elsewhere is a `case`, so
 * that what lies between is straight-line code for the compiler.
 */
export function opsText(subject: Subject): string {
  const { ops } = subject.program;
  const entries = entriesOf(subject);
  const lines: string[] = [];
  for (let pc = 0; pc * OP_WIDTH < ops.length; pc++) {
    lines.push(`${entries.has(pc) ? `case ${pc}: ` : ''}${opText(subject, pc)}`);
  }
  return lines.join('\n');
}

/** Ops at which slots start, go on after a rest, or to which they jump. */
function entriesOf({ model, program }: Subject): ReadonlySet<number> {
  const { ops, entryPcs, fanOuts, publishes, choices, retries, timedCalls, frames } = program;
  const spawns = [...fanOuts.flatMap((fanOut) => fanOut.spawns), ...publishes];
  const entries = new Set<number>([
    ...entryPcs,
    ...spawns.map(({ entryPc }) => entryPc),
    ...choices.flatMap(({ pcs }) => pcs),
    ...retries.map(({ endPc }) => endPc),
    ...timedCalls.map(({ returnPc }) => returnPc + 1),
    ...frames.flatMap(({ answerPc, bailPc, bailSharePc }) => [answerPc, bailPc, bailSharePc]),
  ]);
  for (let pc = 0; pc * OP_WIDTH < ops.length; pc++) {
    const [code, a, , c] = operandsAt(program, pc);
    if (GOES_TO_A.has(code)) entries.add(a);
    if (code === OP.route || code === OP.lookup || code === OP.meter) entries.add(c);
    if (!isStraight(model, code, a)) entries.add(pc + 1);
    if (code === OP.watch) entries.add(pc + 2);
  }
  return entries;
}

/** Whether a slot goes from an op to the next one without a rest, and without the machine. */
function isStraight(model: Model, code: number, a: number): boolean {
  const isPlain = STRAIGHT.has(code);
  const mayBeLeft = code === OP.route || code === OP.pick || code === OP.leave;
  return isPlain || (mayBeLeft && isFixed(model.services[a]!));
}

/** Ops that may go on at their `a`. */
const GOES_TO_A: ReadonlySet<number> = new Set([
  OP.jump,
  OP.check,
  OP.acquire,
  OP.admit,
  OP.falter,
  OP.permit,
  OP.fallback,
  OP.limit,
  OP.budget,
  OP.enrol,
]);

const STRAIGHT: ReadonlySet<number> = new Set([
  OP.enter,
  OP.release,
  OP.first,
  OP.draw,
  OP.jump,
  OP.lookup,
  OP.end,
  OP.key,
]);

type Operands = readonly [number, number, number, number];

function operandsAt({ ops }: Program, pc: number): Operands {
  const at = pc * OP_WIDTH;
  return [ops[at]!, ops[at + 1]!, ops[at + 2]!, ops[at + 3]!];
}

function opText(subject: Subject, pc: number): string {
  const { program } = subject;
  const [code, a, b, c] = operandsAt(program, pc);
  switch (code) {
    case OP.delay:
      return `due = t + ${column(subject, a)}; pc[slot] = ${pc + 1}; break;`;
    case OP.sleep:
      return `due = t + ${number(program.sleepsMs[a]!)}; pc[slot] = ${pc + 1}; break;`;
    case OP.pause:
      return pauseText(subject, pc, a);
    case OP.route:
      return routeText(subject, pc, a, b);
    case OP.pick:
      return pickText(subject, pc, a, b);
    case OP.enter:
      return `${rowAt(subject, b)} = ${subject.fleet.firstRow[a]};`;
    case OP.acquire:
      return acquireText(subject, pc, a, b, c);
    case OP.release:
      return releaseText(subject, b, c);
    case OP.leave:
      return leaveText(subject, pc, a, b);
    case OP.check:
      return `if (flags[slot] !== 0) { ${leftToMachine(pc)} }`;
    case OP.end:
      return endText(subject, a);
    case OP.arm:
      return armText(subject, pc, a);
    case OP.disarm:
      return disarmText(subject, pc, a);
    case OP.first:
      return `tries[slot * ${program.tryLevels} + ${a}] = 1;`;
    case OP.retry:
      return `if (flags[slot] === 0) { at = ${program.retries[a]!.endPc}; continue run; } ${leftToMachine(pc)}`;
    case OP.draw:
      return drawText(subject, a);
    case OP.jump:
      return `at = ${a}; continue run;`;
    case OP.lookup:
      return lookUpText(subject, a, b, c);
    case OP.key:
      return `asked[${ASKED.key}] = ${column(subject, a)} << 0;`;
    default:
      return leftToMachine(pc);
  }
}

function leftToMachine(pc: number): string {
  return `at = runOp(slot, ${pc}); if (at < 0) break run; continue run;`;
}

/** A number as JavaScript reads it back. */
function number(value: number): string {
  return value === Number.POSITIVE_INFINITY ? 'Infinity' : String(value);
}

function place(width: number, offset: number): string {
  const base = width === 1 ? 'slot' : `slot * ${width}`;
  return offset === 0 ? base : `${base} + ${offset}`;
}

function column({ program }: Subject, index: number): string {
  return `draw[${place(program.drawWidth, index)}]`;
}

function rowAt({ program }: Subject, depth: number): string {
  return `rowAt[${place(program.depths, depth)}]`;
}

function isAlone(service: Service): boolean {
  return isFixed(service) && service.scaling.max === 1;
}

/** The row of an instance of a service; −1 only where instances come and go. */
function row(subject: Subject, depth: number, service: number): string {
  const alone = isAlone(subject.model.services[service]!);
  return alone ? String(subject.fleet.firstRow[service]) : rowAt(subject, depth);
}

// ---- waiting ------------------------------------------------------------------------------------

function pauseText({ program, firstPause }: Subject, pc: number, pause: number): string {
  const lane = firstPause + pause;
  return `timeOf[slot] = t + ${number(program.pausesMs[pause]!)};
    sequenceOf[slot] = ints[${I.sequence}]++; next[slot] = -1; pc[slot] = ${pc + 1};
    if (laneFirst[${lane}] >= 0) next[laneLast[${lane}]] = slot;
    else {
      laneFirst[${lane}] = slot; headMs[${lane}] = timeOf[slot];
      headSequence[${lane}] = sequenceOf[slot];
      if (timeOf[slot] < headMs[ints[${I.lane}]]) ints[${I.lane}] = ${lane};
    }
    laneLast[${lane}] = slot; break run;`;
}

function drawText({ program }: Subject, region: number): string {
  const { columns, draws } = program.regions[region]!;
  return draws
    .map((draw, i) => {
      const to = `draw[${place(program.drawWidth, columns[i]!)}]`;
      return `n = drawAt[${draw}]; if (n === ${BUFFER}) { refillDraw(${draw}); n = 0; }
    drawAt[${draw}] = n + 1; ${to} = drawn[${draw * BUFFER} + n];`;
    })
    .join('\n    ');
}

// ---- instances ----------------------------------------------------------------------------------

function routeText(subject: Subject, pc: number, index: number, depth: number): string {
  const service = subject.model.services[index]!;
  if (!isFixed(service)) return leftToMachine(pc);
  // Nobody reads how many requests are inside, or ever came, where no instance comes or goes.
  return `${positionText(subject, index)} ${rowAt(subject, depth)} = members[n]; outstanding[n]++;`;
}

function pickText(subject: Subject, pc: number, service: number, depth: number): string {
  if (!isFixed(subject.model.services[service]!)) return leftToMachine(pc);
  return `${positionText(subject, service)} ${rowAt(subject, depth)} = members[n];`;
}

/** Sets `n` to the place of the picked member; there is one. The two that are common are here. */
function positionText({ model, fleet }: Subject, service: number): string {
  const { balancing, scaling, localities } = model.services[service]!;
  const first = fleet.firstRow[service]!;
  const isBare = localities === undefined && isPlain(balancing);
  if (balancing.type === 'round-robin' && isBare) {
    return `n = rotation[${service}]; if (n >= ${scaling.max}) n = 0; rotation[${service}] = n + 1;
    n += ${first};`;
  }
  const isDrawn = balancing.type === 'least-request' && isBare;
  if (!isDrawn || balancing.choices > 4 || balancing.replacement === false) {
    return `n = ${first} + pick(${service});`;
  }
  // Without a branch: half of them would be mispredicted.
  const isBetter = `(outstanding[${first} + m] < outstanding[${first} + n] | 0)`;
  const better = `n = n ^ ((n ^ m) & -${isBetter});`;
  const word = wordText(service, scaling.max);
  const others = `${word} ${better} `.repeat(balancing.choices - 1);
  return `${word} n = m; ${others} n += ${first};`;
}

/** Sets `m` to a uniform integer below the number of members. */
function wordText(service: number, members: number): string {
  return `m = wordAt[${service}]; if (m === ${WORDS}) { refillWords(${service}); m = 0; }
    wordAt[${service}] = m + 1;
    m = highProduct(words[${service * WORDS} + m], ${members});`;
}

function acquireText(
  subject: Subject,
  pc: number,
  shed: number,
  depth: number,
  service: number,
): string {
  const { serves } = subject.model.services[service]!;
  const queue = 'queue' in serves ? serves.queue : undefined;
  const isPlain = queue === undefined || (queue.order === 'fifo' && queue.codel === undefined);
  const full = `if (queued[n] >= queueLimit[n]) {
      flags[slot] = flags[slot] & ~${STATUS_BITS} | ${STATUS.shed}; at = ${shed}; continue run;
    }`;
  const enqueue = `queued[n]++; next[slot] = -1;
      if (queueHead[n] < 0) queueHead[n] = slot; else next[queueTail[n]] = slot;
      queueTail[n] = slot;`;
  return `n = ${row(subject, depth, service)};
    if (idle[n] > 0) { idle[n]--; busyMs[n] -= t; }
    else {
      ${queue?.limit === undefined ? '' : full}
      ${isPlain ? enqueue : 'enqueue(slot, n);'}
      pc[slot] = ${pc + 1}; break run;
    }`;
}

function releaseText(subject: Subject, depth: number, index: number): string {
  const service = subject.model.services[index]!;
  const { serves } = service;
  const queue = 'queue' in serves ? serves.queue : undefined;
  const isInTurn = queue === undefined || (queue.order === 'fifo' && queue.codel === undefined);
  const expires = subject.program.timedCalls.some((call) => call.expires);
  const isPlain = isInTurn && queue?.expired !== 'drop' && !expires;
  const own = row(subject, depth, index);
  if (!isPlain) return `release(${own});`;
  const mayBeGone = isFixed(service) ? '' : 'if (n >= 0)';
  const killed = subject.kills ? 'if (m >= 0 && pc[m] < 0) release(n); else' : '';
  return `n = ${own};
    ${mayBeGone} {
      m = queueHead[n];
      ${killed} if (m >= 0) { queueHead[n] = next[m]; queued[n]--; ready[ints[${I.ready}]++] = m; }
      else { idle[n]++; busyMs[n] += t; }
    }`;
}

function leaveText(subject: Subject, pc: number, service: number, depth: number): string {
  const own = subject.model.services[service]!;
  if (!isFixed(own)) return leftToMachine(pc);
  const at = rowAt(subject, depth);
  // Instances of a fixed group stand in the balancer's list in the order of their rows.
  return `n = ${at}; ${at} = -1; if (n >= 0) outstanding[n]--;`;
}

/** A hit of a plain LRU here, all else there. */
function lookUpText(subject: Subject, cache: number, key: number, hit: number): string {
  const { eviction, ttlMs } = subject.model.caches![cache]!;
  const goOn = `at = ${hit}; continue run;`;
  const any = `if (lookUp(${cache}, ${column(subject, key)} << 0)) { ${goOn} }`;
  if (eviction !== 'lru' || ttlMs !== undefined) return any;
  const { base, ends } = subject.caches;
  const newest = 2 * ends[cache]! + 1;
  return `n = 2 * (${base[cache]} + (${column(subject, key)} << 0)); m = links[n];
    if (m !== -1) {
      cacheHits[${cache}]++;
      const before = links[n + 1];
      links[2 * m + 1] = before; links[2 * before] = m;
      m = links[${newest}];
      links[n] = ${ends[cache]}; links[n + 1] = m;
      links[2 * m] = n >> 1; links[${newest}] = n >> 1;
      ${goOn}
    }
    ${any}`;
}

// ---- timers and ends ----------------------------------------------------------------------------

function timer(variable: string, field: 'prev' | 'next' | 'sequence'): string {
  return `timers[${TIMER.words} * ${variable} + ${TIMER[field]}]`;
}

function armText({ program, firstTimer }: Subject, pc: number, call: number): string {
  const { level, timeout } = program.timedCalls[call]!;
  if (timeout < 0) return leftToMachine(pc);
  const lane = firstTimer + timeout;
  return `n = ${place(program.timerLevels, level)};
    timerMs[${TIMER.ms} * n] = t + ${number(program.timeoutsMs[timeout]!)};
    ${timer('n', 'sequence')} = ints[${I.sequence}]++; ${timer('n', 'next')} = -1;
    m = laneFirst[${lane}];
    if (m >= 0) { m = laneLast[${lane}]; ${timer('n', 'prev')} = m; ${timer('m', 'next')} = n; }
    else {
      ${timer('n', 'prev')} = -1; laneFirst[${lane}] = n;
      headMs[${lane}] = timerMs[${TIMER.ms} * n];
      headSequence[${lane}] = ${timer('n', 'sequence')};
      if (timerMs[${TIMER.ms} * n] < headMs[ints[${I.lane}]]) ints[${I.lane}] = ${lane};
    }
    laneLast[${lane}] = n;`;
}

function disarmText({ program, firstTimer }: Subject, pc: number, call: number): string {
  const { level, timeout } = program.timedCalls[call]!;
  if (timeout < 0) return leftToMachine(pc);
  const lane = firstTimer + timeout;
  return `n = ${place(program.timerLevels, level)}; m = ${timer('n', 'prev')};
    if (m >= 0) {
      const after = ${timer('n', 'next')};
      ${timer('n', 'prev')} = ${UNARMED}; ${timer('m', 'next')} = after;
      if (after >= 0) ${timer('after', 'prev')} = m; else laneLast[${lane}] = m;
    } else if (m !== ${UNARMED}) disarmTimer(n, ${lane});`;
}

function endText({ bucketCount, logs }: Subject, journey: number): string {
  const shift = bucketOf(1) - (0x3ff00000 >>> 13);
  return `n = ${journey * bucketCount} + bucketOf[slot];
    if (${logs ? 'false' : 'flags[slot] === 0'}) {
      const ms = t - startMs[slot];
      completed[n]++;
      m = (highWord(ms) >>> 13) + ${shift};
      if (m < 0) m = 0; else if (m >= ${BUCKET_COUNT}) m = ${BUCKET_COUNT - 1};
      counts[n * ${BUCKET_COUNT} + m]++; sumMs[n] += ms;
      if (ms < minMs[n]) minMs[n] = ms;
      if (ms > maxMs[n]) maxMs[n] = ms;
    } else {
      floats[${F.latencyMs}] = t - startMs[slot];
      recordEnd(${journey}, bucketOf[slot], flags[slot]);
    }
    pc[slot] = -1; next[slot] = ints[${I.free}]; ints[${I.free}] = slot;
    if (--ints[${I.inside}] === 0) mayBeOver();
    break run;`;
}
