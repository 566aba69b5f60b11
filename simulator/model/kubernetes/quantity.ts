/**
 * Kubernetes quantities, exact: whole thousandths as a BigInt, as the autoscaler counts (it reads
 * every quantity with `MilliValue()`, an int64). Source: kubernetes
 * `staging/src/k8s.io/apimachinery/pkg/api/resource/quantity.go`.
 */

/** As a manifest or an API writes it: `"500m"`, `"1Gi"`, `2`. */
export type Quantity = string | number;

export const MAX_INT64 = 9_223_372_036_854_775_807n;

const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d{1,2})?$/;
const MOST_CHARACTERS = 64;

const TENS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const TWOS: Readonly<Record<string, bigint>> = {
  Ki: 10n,
  Mi: 20n,
  Gi: 30n,
  Ti: 40n,
  Pi: 50n,
  Ei: 60n,
};

/** digits · 10^tens */
interface Decimal {
  readonly digits: bigint;
  readonly tens: number;
}

/**
 * Thousandths of a quantity. What is finer than a thousandth is rounded away from zero, as
 * Kubernetes does; undefined for what is no quantity and for what an int64 of thousandths does not
 * hold.
 * Examples: `"500m"` → 500n; `"1Gi"` → 1073741824000n; `"9007199254740993"` →
 * 9007199254740993000n; `"0.0001"` → 1n; `"1Ei"` → undefined.
 */
export function milliOf(quantity: Quantity): bigint | undefined {
  const decimal = decimalOf(quantity);
  if (decimal === undefined) return undefined;
  const tens = decimal.tens + 3;
  const milli = tens >= 0 ? decimal.digits * tenTo(tens) : awayFromZero(decimal.digits, -tens);
  return milli > MAX_INT64 || milli < -MAX_INT64 ? undefined : milli;
}

/**
 * A quantity as a double: its digits times a power of ten, the way Kubernetes reads tolerances
 * (`AsApproximateFloat64`). Undefined for what is no quantity.
 * Examples: `"0.05"` → 0.05; `"50m"` → 0.05.
 */
export function approximateOf(quantity: Quantity): number | undefined {
  const decimal = decimalOf(quantity);
  return decimal === undefined ? undefined : Number(decimal.digits) * Number(`1e${decimal.tens}`);
}

function decimalOf(quantity: Quantity): Decimal | undefined {
  const text = String(quantity);
  const match = text.length > MOST_CHARACTERS ? null : PATTERN.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction) << (TWOS[suffix] ?? 0n);
  const isExponent = /^[eE]./.test(suffix);
  const power = isExponent ? Number(suffix.slice(1)) : (TENS[suffix] ?? 0);
  return { digits: sign === '-' ? -digits : digits, tens: power - fraction.length };
}

function tenTo(power: number): bigint {
  return BigInt(`1${'0'.repeat(power)}`);
}

function awayFromZero(digits: bigint, places: number): bigint {
  const divisor = tenTo(places);
  const quotient = digits / divisor;
  if (quotient * divisor === digits) return quotient;
  return digits > 0n ? quotient + 1n : quotient - 1n;
}

const DECIMAL_SUFFIXES = ['m', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * Thousandths as Kubernetes writes them: the largest suffix that leaves a whole number.
 * Examples: 500n → `"500m"`; 20000n → `"20"`; 2000000n → `"2k"`; 0n → `"0"`.
 */
export function formatMilli(milli: bigint): string {
  if (milli === 0n) return '0';
  return withSuffix(milli, 1000n, DECIMAL_SUFFIXES);
}

/**
 * The same of memory, in powers of 1024; fractions of a byte are rounded up. Below 1 Ki Kubernetes
 * writes it like any other quantity.
 * Examples: 1073741824000n → `"1Gi"`; 1500000n → `"1500"`; 512500n → `"512500m"`.
 */
export function formatMilliBytes(milli: bigint): string {
  if (milli < 1_024_000n && milli > -1_024_000n) return formatMilli(milli);
  return withSuffix(awayFromZero(milli, 3), 1024n, BINARY_SUFFIXES);
}

function withSuffix(value: bigint, base: bigint, suffixes: readonly string[]): string {
  let rest = value;
  let index = 0;
  while (index < suffixes.length - 1 && rest % base === 0n) {
    rest /= base;
    index++;
  }
  return `${rest}${suffixes[index]!}`;
}
