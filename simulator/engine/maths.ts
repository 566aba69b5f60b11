/**
 * Elementary functions from `+ − × ÷` and bit operations alone. `Math.log` and `Math.exp` may
 * differ in the last bit from one JavaScript engine to the next; these give the same bytes
 * everywhere.
 */

// Larger than it need be: small arrays lie on V8's own heap, where addresses are not constant.
const float = new Float64Array(16);
const words = new Int32Array(float.buffer);
const HIGH: number = (() => {
  float[0] = 1;
  return words[1] === 0x3ff00000 ? 1 : 0;
})();

/**
 * ln 2 in two parts: the first has trailing zeros, so that k · LN2_HIGH is exact for |k| < 2^11.
 */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/**
 * Coefficients 2/(2k+1) of 2·artanh(s) = ln((1+s)/(1−s)); |s| ≤ 0.1716, so s^25 is below one ulp.
 */
const ARTANH: Float64Array = Float64Array.from(
  [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
  (k) => 2 / (2 * k + 1),
);
/** 1/k! for k = 13 … 2; |r| ≤ ln 2 / 2, so r^14/14! is below one ulp. */
const INVERSE_FACTORIALS: Float64Array = (() => {
  const values: number[] = [];
  for (let k = 2, factorial = 1; k <= 13; k++) {
    factorial *= k;
    values.unshift(1 / factorial);
  }
  return Float64Array.from(values);
})();

/**
 * Natural logarithm, within 2 ulp. `log(0)` is −∞, of a negative number or NaN it is NaN.
 * Method: x = m·2^k with m in [√½, √2), ln m by the artanh series. `log(8)` is 2.0794415416798357.
 */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  // A subnormal number has no exponent of its own: scale it up by 2^54 first.
  let exponent = x < 2.2250738585072014e-308 ? -54 : 0;
  float[0] = exponent === 0 ? x : x * 18014398509481984;
  exponent += (words[HIGH]! >>> 20) - 1023;
  words[HIGH] = (words[HIGH]! & 0x000fffff) | 0x3ff00000;
  let mantissa = float[0];
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  const f = mantissa - 1;
  const s = f / (2 + f);
  const square = s * s;
  let series = 0;
  for (let i = 0; i < ARTANH.length; i++) series = (series + ARTANH[i]!) * square;
  return exponent * LN2_HIGH + (2 * s + (s * series + exponent * LN2_LOW));
}

/**
 * e^x, within 2 ulp; 0 below −745 and ∞ above 709.78.
 * Method: x = k·ln 2 + r, e^r by Taylor, then the exponent field. `exp(1)` is 2.7182818284590455.
 */
export function exp(x: number): number {
  if (!(x > -745.2)) return Number.isNaN(x) ? x : 0;
  if (x > 709.79) return Number.POSITIVE_INFINITY;
  const k = Math.floor(x * Math.LOG2E + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let series = 0;
  for (let i = 0; i < INVERSE_FACTORIALS.length; i++) {
    series = (series + INVERSE_FACTORIALS[i]!) * r;
  }
  const value = 1 + (r + r * series);
  // Two factors, because 2^k alone may lie outside the normal range.
  const half = k >> 1;
  return value * powerOfTwo(half) * powerOfTwo(k - half);
}

/**
 * x^y by repeated squaring, the part of y behind the point by `exp` and `log`; as Go's `math.Pow`,
 * but for the last bits of such a part, and where a result is below 1e-308. NaN for a negative x
 * and a y that is not whole. `pow(2, 10)` is 1024, `pow(9, 0.5)` 3, `pow(0, -1)` ∞.
 */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  if (Math.abs(y) === 0.5 && x >= 0) return y > 0 ? Math.sqrt(x) : 1 / Math.sqrt(x);
  if (Math.abs(y) === Number.POSITIVE_INFINITY) return infinitePower(Math.abs(x), y);
  let whole = Math.floor(Math.abs(y));
  let rest = Math.abs(y) - whole;
  if (rest !== 0 && x < 0) return x === Number.NEGATIVE_INFINITY ? pow(-x, y) : Number.NaN;
  if (rest > 0.5) {
    rest--;
    whole++;
  }
  let power = rest === 0 ? 1 : x === 0 ? 0 : exp(rest * log(x));
  for (let square = x; whole > 0; whole = Math.floor(whole / 2), square *= square) {
    if (whole % 2 === 1) power *= square;
  }
  return y < 0 ? 1 / power : power;
}

function infinitePower(size: number, y: number): number {
  if (size === 1) return 1;
  return size < 1 === y > 0 ? 0 : Number.POSITIVE_INFINITY;
}

function powerOfTwo(k: number): number {
  words[1 - HIGH] = 0;
  words[HIGH] = (k + 1023) << 20;
  return float[0]!;
}
