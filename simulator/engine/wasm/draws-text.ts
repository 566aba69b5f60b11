/**
 * A buffer of draws, for WebAssembly: the numbers of `fillExponentials` and `fillZipf`, whose other
 * halves (the rare ends of an exponential draw, tables, all other distributions) stay there. The
 * state of a stream is in the columns of `draws.ts`.
 */
import { BUFFER, KIND, SHAPE } from '../draws.ts';
import { F } from '../memory.ts';

/** `RandomStream.int32`, with the state in variables. */
function next(word: string): string {
  return `${word} = s0 + s1 + s3;
    s0 = s1 ^ (s1 >>> 9);
    s1 = s2 + (s2 << 3);
    s2 = ((s2 << 21) | (s2 >>> 11)) + ${word};
    s3 = s3 + 1;`;
}

const TAKE_STATE = [0, 1, 2, 3].map((word) => `s${word} = states[at + ${word}];`).join(' ');
const GIVE_STATE = [0, 1, 2, 3].map((word) => `states[at + ${word}] = s${word};`).join(' ');
const STATE = `const at = 4 * draw, from = draw * ${BUFFER};
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0, a = 0, b = 0, i = 0;
  ${TAKE_STATE}`;

const EXPONENTIALS = `
function exponentials(draw) {
  const mean = meanMs[draw];
  ${STATE}
  let layer = 0, x = 0.5;
  for (i = from; i < from + ${BUFFER}; i++) {
    ${next('a')}
    ${next('b')}
    layer = a & 255;
    x = a >>> 8;
    x = (x * 536870912 + (b >>> 3)) * ${1 / 9007199254740992} * edges[layer];
    if (x >= edges[layer + 1]) {
      ${GIVE_STATE}
      floats[${F.drawn}] = x;
      finishDraw(draw, layer);
      x = floats[${F.drawn}];
      ${TAKE_STATE}
    }
    drawn[i] = mean * x;
  }
  ${GIVE_STATE}
}`;

/**
 * First all places, then what the table has there: the processor waits for many of its lines at
 * once. Without a branch on what they hold, which nobody could predict.
 */
const KEYS = `
function keys(draw) {
  const count = drawShape[${SHAPE.width} * draw + ${SHAPE.count}];
  const table = drawShape[${SHAPE.width} * draw + ${SHAPE.table}];
  ${STATE}
  for (i = 0; i < ${BUFFER}; i++) {
    ${next('a')}
    ${next('b')}
    keyPlaces[i] = highProduct(a, count);
    keyWords[i] = b;
  }
  ${GIVE_STATE}
  let place = 0;
  for (i = 0; i < ${BUFFER}; i++) {
    place = keyPlaces[i];
    a = table + 2 * place;
    b = (keyWords[i] >>> 0) >= (aliases[a] >>> 0);
    drawn[from + i] = place ^ ((place ^ aliases[a + 1]) & -b);
  }
}`;

export const DRAWS_TEXT: string = `${EXPONENTIALS}${KEYS}
function refillDraw(draw) {
  const kind = drawShape[${SHAPE.width} * draw + ${SHAPE.kind}];
  if (kind === ${KIND.exponential}) exponentials(draw);
  else if (kind === ${KIND.key}) keys(draw);
  else { refillAnyDraw(draw); return; }
  drawAt[draw] = 0;
}`;
