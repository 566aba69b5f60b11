/** Durations as the controller manager's flags write them. Source: Go `time.ParseDuration`. */

const PATTERN = /^(?:\d+(?:\.\d+)?(?:ms|us|µs|ns|h|m|s))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)/g;
const MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/**
 * Milliseconds of a Go duration without a sign; undefined for what is none.
 * Examples: `"5m0s"` → 300000; `"1h30m"` → 5400000; `"0"` → 0; `"15"` → undefined.
 */
export function goDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 64 || !PATTERN.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(PART)) totalMs += Number(amount) * MS[unit!]!;
  return totalMs;
}
