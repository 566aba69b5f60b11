/** Durations as Go writes them, in the manifests of Argo Rollouts and Flagger. */

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const PART = /(\d{1,12}(?:\.\d{0,9})?|\.\d{1,9})(ns|us|µs|ms|s|m|h)/y;

/**
 * Milliseconds; undefined where the text is no duration, or is negative.
 * Source: Go `time.ParseDuration`.
 * Example: `parseGoDuration('1h30m')` is 5400000, `parseGoDuration('90')` undefined.
 */
export function parseGoDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (text === '') return undefined;
  let ms = 0;
  PART.lastIndex = 0;
  for (let at = 0; at < text.length; at = PART.lastIndex) {
    const match = PART.exec(text);
    if (match === null) return undefined;
    ms += Number(match[1]) * MS_PER_UNIT[match[2]!]!;
  }
  return Number(ms.toPrecision(15));
}
