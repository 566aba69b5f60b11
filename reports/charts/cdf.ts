/**
 * How many requests were answered within how long: the share of requests, by its nines, over a
 * logarithmic latency axis. Every nine has the same room, so that the tail, which a plain share
 * squeezes into one pixel, is as plain as the middle.
 */

import { type Markup, markup, NOTHING } from '../html-markup.ts';
import { rangeOf } from '../text-numbers.ts';
import { bandPath } from './band.ts';
import { frame } from './frame.ts';
import { linePath } from './line.ts';
import { markOf, type Side } from './mark.ts';
import type { Point } from './path.ts';
import { logScale, ninesScale, type Scale } from './scale.ts';

/** One distribution: values at ever higher shares. */
export interface Quantiles {
  readonly side: Side;
  readonly shares: readonly number[];
  /** In milliseconds, as many as `shares`; NaN where not known. */
  readonly values: readonly number[];
  readonly low?: readonly number[];
  readonly high?: readonly number[];
  /** Pointed out on the curve. */
  readonly marks: readonly {
    readonly share: number;
    readonly value: number;
    readonly words: string;
  }[];
}

export interface CdfChart {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Highest share that is shown, below 1. */
  readonly mostShare: number;
  readonly format: (value: number) => string;
  readonly formatShare: (share: number) => string;
  readonly curves: readonly Quantiles[];
}

const PLOT_PX = 260;

export function cdfChart(chart: CdfChart): Markup {
  const { id, title, description, curves } = chart;
  const all = curves.flatMap(({ values, low = [], high = [] }) => [...values, ...low, ...high]);
  const x = logScale(...positive(rangeOf(all.filter((value) => value > 0))));
  const y = ninesScale(chart.mostShare);
  return frame({
    id,
    title,
    description,
    plotPx: PLOT_PX,
    xTicks: x.ticks.map((value) => ({ at: x.at(value), label: chart.format(value) })),
    yTicks: y.ticks.map((share) => ({ at: y.at(share), label: chart.formatShare(share) })),
    below: NOTHING,
    paths: paths(curves, x, y),
    above: markup`${curves.map((curve) => marks(curve, x, y))}`,
    attributes: NOTHING,
  });
}

function paths(curves: readonly Quantiles[], x: Scale, y: Scale): Markup {
  const bands = curves.map((curve) => band(curve, x, y));
  return markup`${bands}${curves.map((curve) => line(curve, x, y))}`;
}

/** An axis needs two different ends above zero. */
function positive([low, high]: [number, number]): [number, number] {
  return low > 0 ? [low, Math.max(high, low * 1.01)] : [1, 10];
}

function pointsOf({ shares }: Quantiles, values: readonly number[]): Point[] {
  return shares.map((share, index) => ({ x: values[index] ?? Number.NaN, y: share }));
}

function line(curve: Quantiles, x: Scale, y: Scale): Markup {
  const path = linePath(pointsOf(curve, curve.values), x, y);
  return path === '' ? NOTHING : markup`<path class="line ${curve.side}" d="${path}"/>`;
}

/** Between the fastest and the slowest run at every share: the band lies along the curve. */
function band(curve: Quantiles, x: Scale, y: Scale): Markup {
  if (curve.low === undefined || curve.high === undefined) return NOTHING;
  const path = bandPath(
    { low: pointsOf(curve, curve.high), high: pointsOf(curve, curve.low) },
    x,
    y,
  );
  return path === '' ? NOTHING : markup`<path class="band ${curve.side}" d="${path}"/>`;
}

function marks({ side, marks: all }: Quantiles, x: Scale, y: Scale): Markup {
  const shown = all
    .map((mark) => ({ ...mark, xAt: x.at(mark.value), yAt: y.at(mark.share) }))
    .filter(({ xAt, yAt }) => Number.isFinite(xAt) && Number.isFinite(yAt))
    .map((mark) => markOf({ ...mark, side, shape: 'dot' }, PLOT_PX));
  return markup`${shown}`;
}
