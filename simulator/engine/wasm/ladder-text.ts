/**
 * What of `ladder.ts` is called for every other event, for WebAssembly, which calls it without a
 * way through JavaScript: the same steps in the same order, so that events keep their order among
 * equals. What has doubles as arguments there finds them in `floats` here.
 */
import {
  CELL,
  COUNT,
  LAST,
  MOST_BOTTOM,
  MOST_BUCKETS,
  MOST_RUNGS,
  MOST_SORTED,
} from '../ladder.ts';
import { F, I } from '../memory.ts';

const [HEAD, TAIL, RUNGS, TOP] = [I.head, I.tail, I.rungs, I.topCount].map((at) => `ints[${at}]`);
const [TOP_MS, EARLIEST, LATEST, FROM, TO] = [F.top, F.earliest, F.latest, F.from, F.to].map(
  (at) => `floats[${at}]`,
);

const PUSH_TOP = `
function pushTop(event) {
  const time = timeOf[event];
  next[event] = -1;
  if (${TOP} === 0) top[0] = event; else next[top[1]] = event;
  ${TOP}++;
  top[1] = event;
  if (time < ${EARLIEST}) ${EARLIEST} = time;
  if (time > ${LATEST}) ${LATEST} = time;
}`;

/** The bucket of `event` in `rung`, and `place` below 0 where it is before the rung. */
const BUCKET = `
    place = (timeOf[event] - start[rung]) * perMs[rung];
    bucket = buckets[rung] - 1;
    if (place < bucket) bucket = place | 0;`;

const APPEND = `
    cell = ${CELL} * (rung * ${MOST_BUCKETS} + bucket);
    next[event] = -1;
    if (cells[cell] < 0) { cells[cell] = event; cells[cell + ${COUNT}] = 1; }
    else { next[cells[cell + ${LAST}]] = event; cells[cell + ${COUNT}]++; }
    cells[cell + ${LAST}] = event;`;

const PUSH_RUNG = `
function pushRung(event) {
  const rungs = ${RUNGS};
  let place = 0.5, bucket = 0, cell = 0;
  for (let rung = 0; rung < rungs; rung++) {
    ${BUCKET}
    if (place < 0 || bucket < open[rung]) continue;
    ${APPEND}
    return;
  }
  sortIn(event);
  if (${TAIL} - ${HEAD} > ${MOST_BOTTOM}) spill();
}`;

const SORT_IN = `
function sortIn(event) {
  const due = timeOf[event];
  let to = ${TAIL};
  if (to >= ints[${I.limit}]) to = makeRoom();
  ${TAIL} = to + 1;
  times[to + 1] = Infinity;
  const head = ${HEAD};
  while (to > head && times[to - 1] > due) {
    times[to] = times[to - 1];
    events[to] = events[to - 1];
    to--;
  }
  times[to] = due;
  events[to] = event;
}`;

/** −1 where it is of no use. */
const ADD_RUNG = `
function addRung(size) {
  let parts = (size + 1) >> 1;
  if (parts > ${MOST_BUCKETS}) parts = ${MOST_BUCKETS};
  const density = (parts - 1) / (${TO} - ${FROM});
  const rung = ${RUNGS};
  if (rung === ${MOST_RUNGS} || !(density > 0 && density !== Infinity)) return -1;
  ${RUNGS} = rung + 1;
  start[rung] = ${FROM};
  perMs[rung] = density;
  buckets[rung] = parts;
  open[rung] = 0;
  return rung;
}`;

const EMPTY_BOTTOM = `${HEAD} = 0; ${TAIL} = 0; times[0] = Infinity;`;

const SPILL = `
function spill() {
  const head = ${HEAD}, tail = ${TAIL};
  ${FROM} = times[head];
  ${TO} = times[tail - 1];
  const rung = addRung(tail - head);
  if (rung < 0) return;
  let event = 0, place = 0.5, bucket = 0, cell = 0;
  for (let at = head; at < tail; at++) {
    event = events[at];
    ${BUCKET}
    ${APPEND}
  }
  ${EMPTY_BOTTOM}
}`;

const SPREAD = `
function spread(first, size) {
  let rung = -1, event = first, place = 0.5, bucket = 0, cell = 0;
  if (size > ${MOST_SORTED}) rung = addRung(size);
  if (rung < 0) { sort(first); return; }
  while (event >= 0) {
    const after = next[event];
    ${BUCKET}
    ${APPEND}
    event = after;
  }
}
function sort(first) {
  let tail = ${TAIL}, head = ${HEAD}, to = 0, due = 0.5;
  for (let event = first; event >= 0; event = next[event]) {
    if (tail >= ints[${I.limit}]) {
      ${TAIL} = tail;
      times[tail] = Infinity;
      tail = makeRoom();
      head = 0;
    }
    due = timeOf[event];
    to = tail;
    tail++;
    while (to > head && times[to - 1] > due) {
      times[to] = times[to - 1];
      events[to] = events[to - 1];
      to--;
    }
    times[to] = due;
    events[to] = event;
  }
  ${TAIL} = tail;
  times[tail] = Infinity;
}`;

const REFILL = `
function refill() {
  ${EMPTY_BOTTOM}
  while (${TAIL} === 0) {
    if (${RUNGS} !== 0) openBucket(${RUNGS} - 1);
    else if (${TOP} !== 0) openTop();
    else return;
  }
}
function openTop() {
  const first = top[0], size = ${TOP};
  ${FROM} = ${EARLIEST};
  ${TO} = ${LATEST};
  ${TOP_MS} = ${LATEST};
  ${EARLIEST} = Infinity;
  ${LATEST} = -Infinity;
  ${TOP} = 0;
  spread(first, size);
}
function openBucket(rung) {
  const parts = buckets[rung], base = rung * ${MOST_BUCKETS};
  let bucket = open[rung];
  while (bucket < parts && cells[${CELL} * (base + bucket)] < 0) bucket++;
  open[rung] = bucket + 1;
  if (bucket >= parts) { ${RUNGS}--; return; }
  const cell = ${CELL} * (base + bucket);
  const first = cells[cell], size = cells[cell + ${COUNT}];
  cells[cell] = -1;
  if (size <= ${MOST_SORTED}) { sort(first); return; }
  let time = 0.5;
  ${FROM} = Infinity;
  ${TO} = -Infinity;
  for (let event = first; event >= 0; event = next[event]) {
    time = timeOf[event];
    if (time < ${FROM}) ${FROM} = time;
    if (time > ${TO}) ${TO} = time;
  }
  spread(first, size);
}`;

export const LADDER_TEXT: string = [
  PUSH_TOP,
  PUSH_RUNG,
  SORT_IN,
  ADD_RUNG,
  SPILL,
  SPREAD,
  REFILL,
].join('\n');
