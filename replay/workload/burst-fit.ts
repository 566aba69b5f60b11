/**
 * Bursts (`simulator/traffic/bursts.ts`) that scatter as a capture's arrivals do: the variance of
 * the rate and how long it is remembered by weighted least squares on the index of dispersion in
 * windows of all lengths, then how much of the time they take by the third moment.
 *
 *     index │            ▁▂▃▄▅▅▅   1 + 2λvτ
 *           │       ▁▂▃▄▅          1 + λ·window·v
 *         1 │▁▁▁▁▁▂▃
 *           └──────────τ────────── window (log)
 *
 * Source: H. Heffes, D. Lucantoni, "A Markov modulated characterization of packetized voice and
 * data traffic", IEEE JSAC 4, 1986; R. Gusella, "Characterizing the variability of arrival
 * processes with indexes of dispersion", IEEE JSAC 9, 1991.
 */
import {
  averagedThirdMoment,
  averagedVariance,
  type Bursts,
  burstsOf,
} from '../../simulator/theory/mmpp.ts';
import type { BurstScale } from './burst-scales.ts';

export interface BurstFit {
  readonly bursts: Bursts;
  /** Bursts that the capture has had, about. */
  readonly count: number;
  /** Index of dispersion, of the capture and of arrivals in such bursts. */
  readonly indices: readonly {
    readonly windowMs: number;
    readonly captured: number;
    readonly fitted: number;
  }[];
  /** Largest difference of the two over the captured one, less what windows that are few let be. */
  readonly distance: number;
  /**
   * `good` up to 0.1, `rough` up to 0.3, else `none`: no such bursts scatter like that. With fewer
   * than 30 bursts it is rough at best, with fewer than 10 nobody knows what they are like.
   */
  readonly quality: 'good' | 'rough' | 'none';
}

const STEPS_PER_DECADE = 40;
/** What the index of one window length may be off, whatever else. */
const ACCURACY = 0.05;
const FEW_BURSTS = 30;
const TOO_FEW_BURSTS = 10;
/** What a model takes. */
const MOST_BURSTS = 1e8;
const MOST_TIMES = 1e5;
/** Of the time; beyond it bursts are the rule. */
const MOST_SHARE = 0.99;

/**
 * Undefined where counts of fewer than three window lengths are known, or scatter no more than
 * Poisson's.
 *
 * @param scales from short windows to long ones
 * Example: of 10 min at 100/s in bursts of 3 times as much, 0.3 s of every 2 s, it is these within
 * some 10 %, `good`.
 */
export function fitBursts(scales: readonly BurstScale[], endMs: number): BurstFit | undefined {
  const swing = fitSwing(scales);
  if (swing === undefined) return undefined;
  const bursts = burstsOf({ ...swing, thirdMoment: thirdMomentOf(scales, swing) });
  const { variationSquared: v, memoryMs } = swing;
  const indices = scales.map(({ windowMs, countMean, index }) => ({
    windowMs,
    captured: index,
    fitted: 1 + countMean * v * averagedVariance(windowMs / memoryMs),
  }));
  const distance = Math.max(
    ...indices.map(({ captured, fitted }, at) =>
      Math.max(0, Math.abs(fitted / captured - 1) - 2 * Math.sqrt(2 / scales[at]!.windows)),
    ),
  );
  const count = endMs / bursts.everyMs;
  return { bursts, count, indices, distance, quality: qualityOf(distance, count, bursts) };
}

function qualityOf(
  distance: number,
  count: number,
  { everyMs, forMs, times }: Bursts,
): BurstFit['quality'] {
  if (distance > 0.3 || count < TOO_FEW_BURSTS) return 'none';
  if (count > MOST_BURSTS || times > MOST_TIMES || forMs > MOST_SHARE * everyMs) return 'none';
  return distance <= 0.1 && count >= FEW_BURSTS ? 'good' : 'rough';
}

interface Swing {
  readonly variationSquared: number;
  readonly memoryMs: number;
}

function fitSwing(scales: readonly BurstScale[]): Swing | undefined {
  const [first, last] = [scales[0], scales.at(-1)];
  if (first === undefined || last === undefined || scales.length < 3) return undefined;
  let best: (Swing & { readonly squares: number }) | undefined;
  const factor = 10 ** (1 / STEPS_PER_DECADE);
  for (let memoryMs = first.windowMs / 10; memoryMs < last.windowMs; memoryMs *= factor) {
    const tried = fitVariance(scales, memoryMs);
    if (tried.variationSquared > 0 && tried.squares < (best?.squares ?? Number.POSITIVE_INFINITY)) {
      best = { memoryMs, ...tried };
    }
  }
  return best;
}

/** Relative errors of the index are linear in v. */
function fitVariance(scales: readonly BurstScale[], memoryMs: number) {
  let [xx, xy, yy] = [0, 0, 0];
  for (const { windowMs, windows, countMean, index } of scales) {
    const weight = 1 / (ACCURACY * ACCURACY + 2 / windows);
    const x = (countMean * averagedVariance(windowMs / memoryMs)) / index;
    const y = (index - 1) / index;
    xx += weight * x * x;
    xy += weight * x * y;
    yy += weight * y * y;
  }
  return { variationSquared: xy / xx, squares: yy - (xy * xy) / xx };
}

/** Of the rate itself: from windows in which it is neither noise nor averaged away. */
function thirdMomentOf(scales: readonly BurstScale[], { memoryMs }: Swing): number {
  let [xx, xy] = [0, 0];
  for (const { windowMs, thirdMoment } of scales) {
    if (windowMs < memoryMs / 8 || windowMs > 2 * memoryMs) continue;
    const x = averagedThirdMoment(windowMs / memoryMs);
    xx += x * x;
    xy += x * thirdMoment;
  }
  return xx > 0 ? xy / xx : 0;
}
