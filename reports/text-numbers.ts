/** Numbers of Results and Comparisons as people read them: with a unit, intervals as ranges. */
import type { Estimate } from '../simulator/analysis/estimate.ts';
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  significant,
} from '../simulator/model/units.ts';
import type { Provenance } from '../simulator/results/results.ts';
import type { CheckUnit, Range, Value } from './comparison.ts';
import { cleaned } from './text-clean.ts';

export const NO_DATA = 'no data';

/** A number that may be missing (null in JSON, NaN in an estimate). */
export type Maybe = number | null | undefined;

export function isKnown(value: Maybe): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Smallest and largest of the finite numbers; NaN where there are none. */
export function rangeOf(values: readonly number[]): [number, number] {
  let [low, high] = [Number.NaN, Number.NaN];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (!(value >= low)) low = value;
    if (!(value <= high)) high = value;
  }
  return [low, high];
}

/**
 * `formatValue(21.34, 'ms')` is `21.3 ms`; `no data` where there is no finite number. What is
 * counted comes without a noun: the name beside it says what it counts.
 */
export function formatValue(value: Maybe, unit: CheckUnit): string {
  if (!isKnown(value)) return NO_DATA;
  switch (unit) {
    case 'ms':
      return formatDuration(value);
    case 'ratio':
      return formatPercent(value);
    case 'per-second':
      return formatRate(value);
    case 'instances':
      return significant(value);
    case 'requests':
      return formatCount(value);
    case 'cores':
      return `${significant(value)} ${value === 1 ? 'core' : 'cores'}`;
    default:
      throw new Error(`unknown unit ${unit satisfies never}`);
  }
}

type Format = (value: number) => string;

/** Machine hours: `2.14 h`. */
export const formatHours: Format = (hours) => `${significant(hours)} h`;

/**
 * An interval as a range with its unit once: `20.9–21.8 ms`, `999 ms–1.02 s`; empty where an edge
 * is missing. None of the quantities goes below zero, so that edges below it are shown as zero.
 */
function rangeBy(format: Format, low: Maybe, high: Maybe): string {
  if (!isKnown(low) || !isKnown(high)) return '';
  const [from, to] = [format(Math.max(0, low)), format(Math.max(0, high))];
  if (from === to) return to;
  const fromUnit = unitOf(from);
  const bare = from.slice(0, from.length - fromUnit.length);
  return fromUnit === unitOf(to) || bare === '0' ? `${bare}–${to}` : `${from}–${to}`;
}

/** ` ms` of `21.3 ms`, `/s` of `3/s`; nothing of a duration in two parts such as `1 min 30 s`. */
function unitOf(text: string): string {
  return /^[\d.,]+( ?[^\d]+)$/u.exec(text)?.[1] ?? '';
}

/** `21.3 ms (20.9–21.8 ms)`; without an interval, or one as narrow as the value, `21.3 ms`. */
export function estimateBy(format: Format, estimate: Estimate | Value | null | undefined): string {
  if (!isKnown(estimate?.value)) return NO_DATA;
  const range = rangeBy(format, estimate.low, estimate.high);
  const value = format(estimate.value);
  return range === '' || range === value ? value : `${value} (${range})`;
}

/** `rangeBy` in a unit. */
export function formatRange(low: Maybe, high: Maybe, unit: CheckUnit): string {
  return rangeBy((value) => formatValue(value, unit), low, high);
}

/** `estimateBy` in a unit. */
export function formatEstimate(estimate: Estimate | Value | null, unit: CheckUnit): string {
  return estimateBy((value) => formatValue(value, unit), estimate);
}

/** What passes: `20.9–21.8 ms`, `≤ 400 ms`, `≥ 99 %`; `–` where nothing is asked for. */
export function formatAllowed({ low, high }: Range, unit: CheckUnit): string {
  if (isKnown(low) && isKnown(high)) return formatRange(low, high, unit);
  if (isKnown(high)) return `≤ ${formatValue(high, unit)}`;
  return isKnown(low) ? `≥ ${formatValue(low, unit)}` : '–';
}

/** Moments since the start: `30 s`, `3 min 20 s`, `0 s`. */
export function formatMoment(ms: number): string {
  return ms === 0 ? '0 s' : formatDuration(ms);
}

/** UTC to the second, `2026-03-02 14:05:09 UTC`; undefined where there is no such moment. */
export function formatDate(ms: Maybe): string | undefined {
  if (!isKnown(ms) || Math.abs(ms) > 8.64e15) return undefined;
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `k6 2.0.0`, `simulator 0.1.0`. */
export function formatTool({ tool, toolVersion, version }: Provenance): string {
  return cleaned(`${tool} ${toolVersion ?? (tool === 'simulator' ? version : '')}`);
}
