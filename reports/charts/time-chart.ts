/**
 * Something over the time of a run: predictions as bands with a broken line in the middle,
 * measurements as full lines, phases as shaded windows with their names, the warm-up hatched.
 */
import type { Phase } from '../../simulator/results/results.ts';
import { type Markup, markup, NOTHING } from '../html-markup.ts';
import { bandPath, type Edges } from './band.ts';
import { frame, percent, TOP_PX, yPx } from './frame.ts';
import { linePath } from './line.ts';
import { type Mark, markOf, type Side } from './mark.ts';
import type { Point } from './path.ts';
import type { Scale } from './scale.ts';
import { corners, stepPath } from './step.ts';
import { timeScale } from './time-scale.ts';

export interface Layer {
  readonly side: Side;
  /** `step`: each value holds until the next one. */
  readonly shape: 'line' | 'step';
  /** `x` in milliseconds since the start. */
  readonly points: readonly Point[];
  readonly edges?: Edges | undefined;
  /** A part of another layer of its side: a finer line. */
  readonly isPart?: boolean | undefined;
}

/** A word at the right end of lines, at the height of this value. */
export interface Tag {
  readonly word: string;
  readonly value: number;
}

export interface TimeChart {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly durationMs: number;
  readonly warmUpMs: number;
  readonly phases: readonly Phase[];
  readonly y: Scale;
  /** Of values along the y axis, with their unit. */
  readonly format: (value: number) => string;
  readonly layers: readonly Layer[];
  readonly marks?: readonly (Omit<Mark, 'xAt' | 'yAt'> & Point)[];
  readonly tags?: readonly Tag[];
  readonly plotPx: number;
  /** Share of the time axis that one row of the table beside the chart stands for. */
  readonly rowShare: number;
}

/** Room for the names of phases. */
const LABEL_PX = 18;
/** On a chart as narrow as this, a name without room is hidden by the style. */
const NARROW_PX = 260;
const LETTER_PX = 7;
/** Tags closer than this would touch. */
const TAG_PX = 14;

export function timeChart(chart: TimeChart): Markup {
  const { id, title, description, durationMs, y, plotPx } = chart;
  const x = timeScale(durationMs);
  const marks = (chart.marks ?? []).map((mark) =>
    markOf({ ...mark, xAt: x.at(mark.x), yAt: y.at(mark.y) }, plotPx),
  );
  return frame({
    id,
    title,
    description,
    plotPx,
    xTicks: x.ticks.map((ms) => ({ at: x.at(ms), label: x.format(ms) })),
    yTicks: y.ticks.map((value) => ({ at: y.at(value), label: chart.format(value) })),
    below: markup`${phases(chart, x, plotPx)}${warmUp(chart, x, plotPx)}`,
    paths: paths(chart, x),
    above: markup`${tags(chart.tags ?? [], y, plotPx)}${marks}${cursor(plotPx)}`,
    attributes: markup` data-row-share="${chart.rowShare}"`,
  });
}

/** Moved by the page's script, if it runs. */
function cursor(plotPx: number): Markup {
  const ends = markup`y1="${TOP_PX}" y2="${TOP_PX + plotPx}"`;
  return markup`<line class="cursor" ${ends} visibility="hidden"/>`;
}

/** Predicted lines are broken and lie on top, so that a measured one shows through them. */
function paths({ layers, y, durationMs }: TimeChart, x: Scale): Markup {
  const measuredFirst = layers.toSorted(
    (a, b) => Number(b.side === 'measured') - Number(a.side === 'measured'),
  );
  const bands = layers.map((layer) => band(layer, x, y, durationMs));
  return markup`${bands}${measuredFirst.map((layer) => line(layer, x, y, durationMs))}`;
}

function band({ side, shape, edges }: Layer, x: Scale, y: Scale, endX: number): Markup {
  if (edges === undefined) return NOTHING;
  const cornered = (points: readonly Point[]) =>
    shape === 'step' ? corners(points, endX) : points;
  const path = bandPath({ low: cornered(edges.low), high: cornered(edges.high) }, x, y);
  return path === '' ? NOTHING : markup`<path class="band ${side}" d="${path}"/>`;
}

function line({ side, shape, points, isPart }: Layer, x: Scale, y: Scale, endX: number): Markup {
  const path = shape === 'step' ? stepPath(points, endX, x, y) : linePath(points, x, y);
  const kind = isPart ? `${side} part` : side;
  return path === '' ? NOTHING : markup`<path class="line ${kind}" d="${path}"/>`;
}

/** Every second phase is shaded; a name that is longer than its phase is cut off by it. */
function phases({ phases: all }: TimeChart, x: Scale, plotPx: number): Markup {
  return markup`${all.map((phase, index) => window(phase, index % 2 === 1, x, TOP_PX + plotPx))}`;
}

function window({ name, startMs, endMs }: Phase, isShaded: boolean, x: Scale, height: number) {
  const from = clamp(x.at(startMs));
  const share = Math.max(0, clamp(x.at(endMs)) - from);
  const box = markup`x="${percent(from)}" width="${percent(share)}"`;
  const shade = isShaded ? markup`<rect class="shade" ${box} height="${height}"/>` : NOTHING;
  const at = percent(from);
  const edge = markup`<line class="edge" x1="${at}" x2="${at}" y2="${height}"/>`;
  const isTight = share * NARROW_PX < name.length * LETTER_PX + LETTER_PX;
  const tight = isTight ? markup` tight` : NOTHING;
  const label = markup`<text class="phase${tight}" x="6" y="13">${name}</text>`;
  return markup`${shade}${edge}<svg ${box} height="${LABEL_PX}">${label}</svg>`;
}

/** @returns a hatched window; its pattern is the page's, see `hatch` */
function warmUp({ warmUpMs }: TimeChart, x: Scale, plotPx: number): Markup {
  if (!(warmUpMs > 0)) return NOTHING;
  const width = percent(clamp(x.at(warmUpMs)));
  return markup`<rect class="warm-up" width="${width}" y="${TOP_PX}" height="${plotPx}"/>`;
}

function clamp(at: number): number {
  return Math.min(1, Math.max(0, at));
}

/** From the lowest up; one that would touch the tag below it moves up. */
function tags(all: readonly Tag[], y: Scale, plotPx: number): Markup {
  const known = all.filter(({ value }) => Number.isFinite(y.at(value)));
  let below = Number.POSITIVE_INFINITY;
  const shown = known
    .toSorted((a, b) => a.value - b.value)
    .map(({ word, value }) => {
      below = Math.min(yPx(y.at(value), plotPx), below - TAG_PX);
      return markup`<text class="tag" x="100%" dx="6" y="${below + 4}">${word}</text>`;
    });
  return markup`${shown}`;
}
