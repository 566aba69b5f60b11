/** Trigonometry from `+ − × ÷` alone, for rates that go up and down like a day. */

const TWO_PI_HIGH = 6.283185307179586;
/** 2π − TWO_PI_HIGH */
const TWO_PI_LOW = 2.4492935982947064e-16;
const HALF_PI = 1.5707963267948966;
/** |x| ≤ π/2, so x^25/25! is below one ulp. */
const TERMS = 12;
/** tan(π/16): three halvings of an angle bring every tangent below it. */
const HALVINGS = 3;

/**
 * Sine of an angle in radians, within 1e-15 for some turns, 1e-12 for a thousand.
 * Example: `sine(1)` is 0.8414709848078965.
 */
export function sine(x: number): number {
  const turns = Math.floor(x / TWO_PI_HIGH + 0.5);
  let angle = x - turns * TWO_PI_HIGH - turns * TWO_PI_LOW;
  // sin(π − x) = sin x: into −π/2 … π/2.
  if (angle > HALF_PI) angle = TWO_PI_HIGH / 2 - angle;
  else if (angle < -HALF_PI) angle = -TWO_PI_HIGH / 2 - angle;
  let sum = 1;
  for (let k = TERMS; k > 0; k--) sum = 1 - (sum * angle * angle) / (2 * k * (2 * k + 1));
  return angle * sum;
}

/**
 * Angle in radians of a tangent ≥ 0, 0 … π/2.
 * Example: `arcTangent(1)` is 0.7853981633974483.
 */
export function arcTangent(tangent: number): number {
  if (tangent > 1) return HALF_PI - arcTangent(1 / tangent);
  let x = tangent;
  for (let i = 0; i < HALVINGS; i++) x /= 1 + Math.sqrt(1 + x * x);
  let sum = 0;
  for (let k = 12; k >= 0; k--) sum = 1 / (2 * k + 1) - sum * x * x;
  return 8 * x * sum;
}
