/**
 * The loop of `engine.ts` and the ops of `machine.ts` as code of one program, with its numbers
 * written in: the same bytes, three to four times as fast. It is written as text of a small part of
 * JavaScript, of which `wasm/` makes WebAssembly that works on the columns of the engine. Where that
 * may not be made (a page's content security policy, a device without room for the columns side by
 * side), the machine runs everything.
 */
import type { Model, Service } from '../model/model.ts';
import { curveArea } from '../traffic/curve.ts';
import { AGENDA } from './agenda.ts';
import type { WasmMemory } from './columns.ts';
import { opsText, type Subject } from './generate-ops.ts';
import { callsOffLosers } from './hedges.ts';
import type { Ladder } from './ladder.ts';
import { FEW, MOST_BOTTOM } from './ladder.ts';
import { ARRIVALS, F, I, MAX_INSIDE, type Memory } from './memory.ts';
import { OP_WIDTH } from './program.ts';
import { FIRST_SOURCE } from './sources.ts';
import { compileToWasm } from './wasm/compile.ts';
import { DRAWS_TEXT } from './wasm/draws-text.ts';
import { LADDER_TEXT } from './wasm/ladder-text.ts';

/**
 * Making code takes some 0.1 ms an op. With 76 ops it was four times as fast as the machine, with
 * 2,246 nearly three times.
 */
const MOST_GENERATED_OPS = 4096;
const MOST_GENERATED_LANES = 32;

/** Everything that the text reads or calls, by the name that it has there. */
export type Surroundings = Memory &
  Pick<Ladder, 'times' | 'events' | 'pushTop' | 'pushRung' | 'makeRoom' | 'spill' | 'refill'> &
  Readonly<Record<string, unknown>>;

/** Runs at most `count` events; false when the run is over. */
export type RunSlice = (count: number) => boolean;

/** Arrivals of a run from which on making and compiling code for it pays. */
const LONG_RUN = 100_000;

export function isLong({ traffic }: Model): boolean {
  return traffic.reduce((sum, { rate }) => sum + curveArea(rate), 0) > LONG_RUN;
}

/** Whether the code would be quicker than the machine, once it is compiled. */
export function pays(subject: Subject): boolean {
  const count = subject.program.ops.length / OP_WIDTH;
  return count <= MOST_GENERATED_OPS && laneCount(subject) <= MOST_GENERATED_LANES;
}

/** Code of the last few texts: what V8 knows of it by then is not thrown away with its model. */
const MOST_KEPT = 16;

/** Makes code for programs; one an engine. */
export type Generate = (subject: Subject) => RunSlice | undefined;

/** It makes nothing, undefined, where the columns do not lie in one memory. */
export function createGenerate(
  surroundings: Surroundings,
  memory: WasmMemory | undefined,
): Generate {
  if (memory === undefined) return () => undefined;
  const all = { ...surroundings, lost };
  const kept = new Map<string, RunSlice | undefined>();
  return (subject) => {
    const text = loopText(subject);
    if (kept.has(text)) return kept.get(text);
    if (kept.size === MOST_KEPT) kept.clear();
    const whole = [LADDER_TEXT, DRAWS_TEXT, text].join('\n');
    const runSlice = compileToWasm(whole, all, memory)?.['runSlice'];
    const code = runSlice && ((count: number) => runSlice(count) !== 0);
    kept.set(text, code);
    return code;
  };
}

function lost(at: number): never {
  throw new Error(`no slot comes to op ${at}`);
}

function laneCount(subject: Subject): number {
  const { model, program } = subject;
  const { pausesMs, timeoutsMs } = program;
  return (
    FIRST_SOURCE +
    model.traffic.length +
    pausesMs.length +
    timeoutsMs.length +
    (usesWheel(subject) ? 1 : 0)
  );
}

function usesHedges({ program }: Subject): boolean {
  return callsOffLosers(program.fanOuts);
}

function usesWheel({ program }: Subject): boolean {
  return program.timedCalls.some(({ timeout }) => timeout < 0);
}

function loopText(subject: Subject): string {
  return `${compareText(subject)}
function runSlice(count) {
  let slot = 0, at = 0, n = 0, m = 0, due = 0;
  for (let left = count; left > 0 && ints[${I.over}] === 0; left--) {
    let t = times[ints[${I.head}]];
    if (t === Infinity) { refill(); t = times[ints[${I.head}]]; }
    const lane = ints[${I.lane}];
    const laneMs = headMs[lane];
    if (t < laneMs || (t === laneMs &&
        ((sequenceOf[events[ints[${I.head}]]] - headSequence[lane]) | 0) < 0)) {
      slot = events[ints[${I.head}]++];
      floats[${F.nowMs}] = t;
      if (slot >= ${MAX_INSIDE}) { share(slot); continue; }
      at = pc[slot];
      ${subject.kills ? KILLED : ''}
    } else {
      t = laneMs;
      floats[${F.nowMs}] = t;
      ${laneText(subject)}
    }
    resume: for (;;) {
      run: for (;;) {
        switch (at) {
${opsText(subject)}
          default: lost(at);
        }
${PUSH}
        break;
      }
      ${usesHedges(subject) ? LOSERS : ''}
      if (ints[${I.ready}] === 0) break;
      slot = ready[--ints[${I.ready}]];
      at = pc[slot];
    }
  }
  return ints[${I.over}] === 0;
}`;
}

const LOSERS = `while (ints[${I.ready}] === 0 && ints[${I.losers}] !== 0) callOffLosers();`;
const KILLED = 'if (at < 0) { bury(slot); continue; }';

/** As `Ladder.push`. */
const PUSH = `
        timeOf[slot] = due;
        sequenceOf[slot] = ints[${I.sequence}]++;
        if (due >= floats[${F.top}] && (ints[${I.rungs}] !== 0 || ints[${I.topCount}] !== 0 ||
            ints[${I.tail}] - ints[${I.head}] > ${FEW})) pushTop(slot);
        else if (ints[${I.rungs}] !== 0) pushRung(slot);
        else {
          if (due >= floats[${F.top}]) floats[${F.top}] = due;
          let to = ints[${I.tail}];
          if (to >= ints[${I.limit}]) to = makeRoom();
          ints[${I.tail}] = to + 1;
          times[to + 1] = Infinity;
          const head = ints[${I.head}];
          while (to > head && times[to - 1] > due) {
            times[to] = times[to - 1];
            events[to] = events[to - 1];
            to--;
          }
          times[to] = due;
          events[to] = slot;
          if (ints[${I.tail}] - head > ${MOST_BOTTOM}) spill();
        }`;

/** The earliest of the lanes, as `Lanes.compare`. */
function compareText(subject: Subject): string {
  const lanes = Array.from({ length: laneCount(subject) - 1 }, (_, index) => index + 1);
  const each = lanes.map(
    (lane) => `  ms = headMs[${lane}];
  if (ms < bestMs || (ms === bestMs && ((headSequence[${lane}] - headSequence[best]) | 0) < 0)) {
    best = ${lane}; bestMs = ms;
  }`,
  );
  return `function compareLanes() {
  let best = 0, bestMs = Infinity, ms = 0;
${each.join('\n')}
  ints[${I.lane}] = best;
}`;
}

function laneText(subject: Subject): string {
  const { firstPause, firstTimer, kills } = subject;
  const pause = `slot = laneFirst[lane];
        n = next[slot]; laneFirst[lane] = n;
        if (n >= 0) { headMs[lane] = timeOf[n]; headSequence[lane] = sequenceOf[n]; }
        else headMs[lane] = Infinity;
        compareLanes();
        at = pc[slot];
        ${kills ? KILLED : ''}`;
  const timer = `onTimer(lane);
        if (ints[${I.ready}] === 0) continue;
        slot = ready[--ints[${I.ready}]];
        at = pc[slot];`;
  return `if (lane < ${firstPause}) {
        if (lane === ${AGENDA}) { onAgenda(); continue; }
        ${arrivalText(subject)}
      } else if (lane < ${firstTimer}) {
        ${pause}
      } else {
        ${timer}
      }`;
}

/** Whether it matters who has priority; where not, what an earlier run has left may stay. */
function hasRanks({ serves }: Service): boolean {
  return 'queue' in serves && serves.queue?.order === 'priority';
}

function arrivalText(subject: Subject): string {
  const { model, program, bucketCount } = subject;
  const usesPriority = model.services.some(hasRanks);
  const kinds = model.traffic.map(({ does, priority = 0 }, source) => {
    const journey = model.journeys.findIndex(({ name }) => name === does);
    return `if (lane === ${FIRST_SOURCE + source}) {
          arrived[${journey * bucketCount} + n]++;
          ${usesPriority ? `priority[slot] = ${priority};` : ''}
          ${program.fanOuts.length > 0 ? 'parent[slot] = -1;' : ''}
          at = ${program.entryPcs[journey]};
        }`;
  });
  return `if (t >= floats[${F.bucketEndMs}]) turnBucket();
        m = lane - ${FIRST_SOURCE};
        n = arrivalAt[m];
        if (n === ${ARRIVALS}) { refillArrivals(m); n = 0; }
        arrivalAt[m] = n + 1;
        headMs[lane] = arrivalMs[m * ${ARRIVALS} + n];
        headSequence[lane] = ints[${I.sequence}]++;
        if (headMs[lane] === Infinity) sourceEnded();
        compareLanes();
        slot = ints[${I.free}];
        if (slot >= 0) ints[${I.free}] = next[slot]; else slot = freshSlot();
        flags[slot] = 0;
        startMs[slot] = t;
        n = ints[${I.bucket}];
        bucketOf[slot] = n;
        ints[${I.inside}]++;
        ${kinds.join(' else ')}`;
}
