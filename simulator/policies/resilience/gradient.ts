/**
 * Envoy's adaptive concurrency: a limit that follows latency.
 * Source: Envoy "Adaptive Concurrency" and `gradient_controller.cc`.
 *
 *     g = clamp(minRTT · (1 + buffer) / sampleRTT, 0.5, 2)     limit ← g · limit + √(g · limit)
 *
 * Now and then, and after five windows at the floor, minRTT is measured anew with the limit at the
 * floor. Mutable, because every answer is a sample.
 */
import type { Below } from './health-check.ts';

export interface GradientSettings {
  /** Length of a window; Envoy has no default, its page shows 0.1 s. */
  readonly concurrencyUpdateIntervalMs: number;
  /** From one measurement of minRTT to the next; no default, its page shows 60 s. */
  readonly minRttIntervalMs: number;
  /** Answers of a measurement; default 50. */
  readonly requestCount?: number;
  /** Added to `minRttIntervalMs`, up to this share of it; default 15. */
  readonly jitterPercent?: number;
  /** Limit while minRTT is measured, and the least ever; default 3. */
  readonly minConcurrency?: number;
  /** How much slower than minRTT is no matter; default 25. */
  readonly bufferPercent?: number;
  /** Of the samples of a window; default 50. */
  readonly sampleAggregatePercentile?: number;
  /** Default 1000. */
  readonly maxConcurrencyLimit?: number;
}

export interface Gradient {
  limit: number;
  /** Null before the first measurement. */
  minRttMs: number | null;
  /** Limit to go back to while minRTT is measured; null while it is not. */
  deferredLimit: number | null;
  /** When the measurement began: earlier requests are no samples. */
  epochMs: number;
  /** Windows in a row at the floor. */
  atFloor: number;
  samplesMs: number[];
  /** When minRTT is to be measured next; ∞ while it is. */
  nextProbeMs: number;
}

const WINDOWS_AT_FLOOR = 5;

/** Starts with a measurement of minRTT. */
export function newGradient(settings: GradientSettings, nowMs: number): Gradient {
  const limit = floorOf(settings);
  return {
    limit,
    minRttMs: null,
    deferredLimit: limit,
    epochMs: nowMs,
    atFloor: 0,
    samplesMs: [],
    nextProbeMs: Number.POSITIVE_INFINITY,
  };
}

function floorOf({ minConcurrency = 3 }: GradientSettings): number {
  return minConcurrency;
}

/**
 * The limit after a window, in whole requests.
 * Example: limit 100, minRTT 10 ms, buffer 25 %, sample 25 ms: g = 0.5, 50 + √50 = 57.
 */
export function gradientLimit(
  settings: GradientSettings,
  limit: number,
  minRttMs: number,
  sampleMs: number,
): number {
  const { bufferPercent = 25, maxConcurrencyLimit = 1000 } = settings;
  const raw = (minRttMs + (minRttMs * bufferPercent) / 100) / sampleMs;
  const gradient = Math.max(0.5, Math.min(2, raw));
  const wanted = Math.floor(limit * gradient + Math.sqrt(limit * gradient));
  return Math.max(floorOf(settings), Math.min(maxConcurrencyLimit, wanted));
}

/**
 * An answer's latency; the last one of a measurement ends it.
 *
 * @param startedMs when its request was let in
 */
export function noteLatency(
  settings: GradientSettings,
  gradient: Gradient,
  startedMs: number,
  nowMs: number,
  below: Below,
): void {
  if (startedMs < gradient.epochMs) return;
  gradient.samplesMs.push(nowMs - startedMs);
  if (gradient.deferredLimit === null) return;
  if (gradient.samplesMs.length < (settings.requestCount ?? 50)) return;
  gradient.minRttMs = takeSample(settings, gradient);
  const { minRttIntervalMs, jitterPercent = 15 } = settings;
  const rangeMs = Math.ceil((minRttIntervalMs * jitterPercent) / 100);
  gradient.nextProbeMs = nowMs + minRttIntervalMs + (rangeMs > 0 ? below(rangeMs) : 0);
  gradient.limit = gradient.deferredLimit;
  gradient.deferredLimit = null;
  gradient.atFloor = 0;
}

/** The end of a window: a new limit from its samples; a new measurement when one is due. */
export function endWindow(settings: GradientSettings, gradient: Gradient, nowMs: number): void {
  if (gradient.deferredLimit !== null) return;
  if (gradient.samplesMs.length > 0) {
    const before = gradient.limit;
    const sampleMs = takeSample(settings, gradient);
    gradient.limit = gradientLimit(settings, before, gradient.minRttMs!, sampleMs);
    const stays = before === floorOf(settings) && gradient.limit === before;
    gradient.atFloor = stays ? gradient.atFloor + 1 : 0;
  }
  if (gradient.atFloor >= WINDOWS_AT_FLOOR || nowMs >= gradient.nextProbeMs) {
    measure(settings, gradient, nowMs);
  }
}

function measure(settings: GradientSettings, gradient: Gradient, nowMs: number): void {
  gradient.deferredLimit = gradient.limit;
  gradient.limit = floorOf(settings);
  gradient.samplesMs = [];
  gradient.epochMs = nowMs;
  gradient.atFloor = 0;
  gradient.nextProbeMs = Number.POSITIVE_INFINITY;
}

/** The percentile (nearest rank) of what was sampled, which is then forgotten. */
function takeSample(settings: GradientSettings, gradient: Gradient): number {
  const { sampleAggregatePercentile = 50 } = settings;
  const sorted = gradient.samplesMs.sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((sorted.length * sampleAggregatePercentile) / 100));
  gradient.samplesMs = [];
  return sorted[rank - 1]!;
}
