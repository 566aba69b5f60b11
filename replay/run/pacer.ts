/**
 * When each recorded request is sent. Every moment is computed from the first one, never from the
 * one before, so that nothing adds up: the last request of a day is as punctual as the first.
 *
 *     recorded  ├──•─•────────────•──┤          t
 *     max gap   ├──•─•────•──┤                  gaps no longer than it
 *     speed 2   ├─••──•─┤                       t ÷ 2
 *     pace      ├─ 1m@0.5 ─┼─ 5m@1 ─┼─ 10m@2 ─┤ a phase of replay takes its span × speed of t
 *     rate      ├•──•──•──•──•─┤                every 1/rate, whatever was recorded
 */
import { parseDuration } from '../../simulator/model/units.ts';
import { UsageError } from '../../simulator/model/usage-error.ts';

const NEVER = Number.POSITIVE_INFINITY;
/** Between two passes of a capture that has no gaps of its own. */
const LONE_GAP_MS = 1000;

/** Some replay time at some speed. */
export interface PacePhase {
  /** Infinity where it has no end. */
  readonly durationMs: number;
  readonly speed: number;
}

export type Tempo =
  | { readonly type: 'speed'; readonly factor: number }
  | { readonly type: 'rate'; readonly perSecond: number }
  | { readonly type: 'phases'; readonly phases: readonly PacePhase[] };

export interface PacerOptions {
  readonly tempo: Tempo;
  /** Longer gaps of the recording are cut to this, before the tempo. */
  readonly mostGapMs?: number | undefined;
}

/**
 * Phases of a text such as `1m@0.5 5m@1 @2`: replay time at a speed; the last may be without end.
 * Throws a UsageError for anything else. `parsePace('5m@2')` is `[{ durationMs: 300_000, speed: 2 }]`.
 */
export function parsePace(text: string): PacePhase[] {
  const words = text.trim().split(/[\s,]+/);
  return words.map((word, index) => {
    const [duration = '', speed = ''] = word.split('@');
    const isEndless = duration === '' && index === words.length - 1;
    const durationMs = isEndless ? NEVER : parseDuration(duration);
    const factor = /^\d+(\.\d+)?$/.test(speed) ? Number(speed) : Number.NaN;
    if (durationMs !== undefined && durationMs > 0 && factor > 0 && word.split('@').length === 2) {
      return { durationMs, speed: factor };
    }
    throw new UsageError(`pace: expected phases such as 1m@0.5 5m@1 10m@2, found ${word}`);
  });
}

/** Give it the recorded times in their order; it is of one run. */
export class Pacer {
  /** Records that were earlier than one before them: they are sent together with it. */
  wentBack = 0;
  private readonly options: PacerOptions;
  private readonly tempo: (recordedMs: number) => number;
  /** On the recorded axis, gaps cut: where the pass began, and the latest record. */
  private passStartMs = 0;
  private latestMs = 0;
  private cutMs = 0;
  private firstNs: bigint | undefined;
  private latestNs = 0n;
  private countInPass = 0;
  private count = 0;

  constructor(options: PacerOptions) {
    this.options = options;
    this.tempo = tempoOf(options.tempo);
  }

  /** Moment of a record in ms since moment 0; Infinity where the last phase has ended before. */
  dueMs(atNs: bigint): number {
    const { tempo } = this.options;
    this.advance(atNs);
    const index = this.count++;
    return tempo.type === 'rate' ? (index * 1000) / tempo.perSecond : this.tempo(this.latestMs);
  }

  /** The same of a record that may come next, or not. */
  wouldBeDueMs(atNs: bigint): number {
    const { tempo } = this.options;
    if (tempo.type === 'rate') return (this.count * 1000) / tempo.perSecond;
    return this.tempo(this.placeOf(atNs).ms);
  }

  /**
   * How long a run of so many passes takes, in ms, once one has been given: the
   * last request is due at its end.
   */
  durationMs(passes: number): number {
    const { tempo } = this.options;
    if (tempo.type === 'rate') return ((passes * this.countInPass - 1) * 1000) / tempo.perSecond;
    const spanMs = this.latestMs - this.passStartMs;
    const recordedMs = passes * spanMs + (passes - 1) * this.gapMs();
    const dueMs = this.tempo(recordedMs);
    if (dueMs < NEVER || tempo.type !== 'phases') return dueMs;
    return tempo.phases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  }

  /** How many passes have been played by a moment of the run; a fraction. */
  passesBy(atMs: number): number {
    const { tempo } = this.options;
    if (tempo.type === 'rate') {
      return (Math.floor((atMs * tempo.perSecond) / 1000 + 1e-9) + 1) / this.countInPass;
    }
    const gapMs = this.gapMs();
    return (recordedMsBy(tempo, atMs) + gapMs) / (this.latestMs - this.passStartMs + gapMs);
  }

  /** The capture begins again, a mean gap after its last record. */
  nextPass(): void {
    this.passStartMs = this.latestMs + this.gapMs();
    this.firstNs = undefined;
    this.cutMs = 0;
    this.countInPass = 0;
  }

  /** The mean of the pass. */
  private gapMs(): number {
    const spanMs = this.latestMs - this.passStartMs;
    return this.countInPass > 1 && spanMs > 0 ? spanMs / (this.countInPass - 1) : LONE_GAP_MS;
  }

  private advance(atNs: bigint): void {
    this.countInPass++;
    if (this.firstNs !== undefined && atNs < this.latestNs) {
      this.wentBack++;
      return;
    }
    const { ms, cutMs } = this.placeOf(atNs);
    this.firstNs ??= atNs;
    this.latestNs = atNs;
    this.latestMs = ms;
    this.cutMs = cutMs;
  }

  /** On the recorded axis, gaps cut: of a record that would come next. */
  private placeOf(atNs: bigint): { readonly ms: number; readonly cutMs: number } {
    const { firstNs, latestNs, latestMs, passStartMs, cutMs } = this;
    if (firstNs === undefined) return { ms: passStartMs, cutMs };
    if (atNs < latestNs) return { ms: latestMs, cutMs };
    const gapMs = milliseconds(atNs - latestNs);
    const cut = cutMs + Math.max(0, gapMs - (this.options.mostGapMs ?? NEVER));
    return { ms: passStartMs + milliseconds(atNs - firstNs) - cut, cutMs: cut };
  }
}

/** Differences of up to a hundred days are exact to the nanosecond. */
function milliseconds(ns: bigint): number {
  return Number(ns) / 1e6;
}

/** Replay time of a moment on the recorded axis. */
function tempoOf(tempo: Tempo): (recordedMs: number) => number {
  switch (tempo.type) {
    case 'rate':
      return () => Number.NaN;
    case 'speed':
      return (recordedMs) => recordedMs / tempo.factor;
    case 'phases':
      return phasesOf(tempo.phases);
    default:
      throw new Error(`unknown tempo ${tempo satisfies never}`);
  }
}

/** The inverse: what has been replayed of the recorded axis by a moment. */
function recordedMsBy(tempo: Exclude<Tempo, { type: 'rate' }>, atMs: number): number {
  if (tempo.type === 'speed') return atMs * tempo.factor;
  let [recordedMs, leftMs] = [0, atMs];
  for (const { durationMs, speed } of tempo.phases) {
    recordedMs += Math.min(leftMs, durationMs) * speed;
    leftMs = Math.max(0, leftMs - durationMs);
  }
  return recordedMs;
}

function phasesOf(phases: readonly PacePhase[]): (recordedMs: number) => number {
  let [startMs, recordedStartMs] = [0, 0];
  const table = phases.map(({ durationMs, speed }) => {
    const phase = { startMs, recordedStartMs, recordedEndMs: recordedStartMs + durationMs * speed };
    startMs += durationMs;
    recordedStartMs = phase.recordedEndMs;
    return { ...phase, speed };
  });
  return (recordedMs) => {
    const phase = table.find(({ recordedEndMs }) => recordedMs < recordedEndMs);
    if (phase === undefined) return NEVER;
    return phase.startMs + (recordedMs - phase.recordedStartMs) / phase.speed;
  };
}
