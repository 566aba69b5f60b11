/**
 * What every chart has: a title and a description for those who do not see it, grid, tick labels,
 * and a plot in between. Widths are in percent, so that a chart fills whatever page it is on while
 * its text keeps its size; heights are in pixels. Tick labels stand outside the box of the SVG: the
 * page leaves room for them.
 *
 *     400 ms ┬──────────────┬─────────┐ top
 *            │   the plot: a grid of  │
 *     200 ms ┼   2000 × 1000 units,   ┤ plot height
 *            │   stretched to fit     │
 *       0 ms ┴──────────────┴─────────┘
 *            0 s           30 s     60 s
 */
import { type Markup, markup, NOTHING } from '../html-markup.ts';
import { GRID_HEIGHT, GRID_WIDTH } from './path.ts';

export const TOP_PX = 30;
const BOTTOM_PX = 26;

interface Tick {
  /** 0 at the low end, 1 at the high end. */
  readonly at: number;
  readonly label: string;
}

export interface Frame {
  /** Unique in the page, made of letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  /** What the chart shows, in a sentence or two with numbers. */
  readonly description: string;
  readonly plotPx: number;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  /** Drawn under the grid, such as phases. */
  readonly below: Markup;
  /** Paths on the stretched grid. */
  readonly paths: Markup;
  /** Drawn over them, such as marks. */
  readonly above: Markup;
  /** Extra attributes of the outer element. */
  readonly attributes: Markup;
}

/** One inline SVG. */
export function frame(parts: Frame): Markup {
  const { id, plotPx } = parts;
  const height = TOP_PX + plotPx + BOTTOM_PX;
  const names = markup`role="img" aria-labelledby="${id}-title ${id}-words"`;
  return markup`<svg class="chart" width="100%" height="${height}" ${names}${parts.attributes}>
${words(parts)}${parts.below}
${parts.yTicks.map((tick) => yTick(tick, plotPx))}
${parts.xTicks.map((tick, index) => xTick(tick, plotPx, index))}
${plot(parts)}
${parts.above}
</svg>`;
}

/** In `defs`, where browsers do not show the title as a tooltip over the whole chart. */
function words({ id, title, description }: Frame): Markup {
  return markup`<defs>
<title id="${id}-title">${title}</title>
<desc id="${id}-words">${description}</desc>
</defs>
`;
}

function plot({ plotPx, paths }: Frame): Markup {
  const grid = markup`viewBox="0 0 ${GRID_WIDTH} ${GRID_HEIGHT}" preserveAspectRatio="none"`;
  const box = markup`y="${TOP_PX}" width="100%" height="${plotPx}" ${grid} overflow="visible"`;
  return markup`<svg ${box}>${paths}</svg>`;
}

function yTick({ at, label }: Tick, plotPx: number): Markup {
  const y = yPx(at, plotPx);
  const text = markup`<text class="tick" x="-8" y="${y + 4}" text-anchor="end">${label}</text>`;
  return markup`<line class="grid" x2="100%" y1="${y}" y2="${y}"/>${text}`;
}

/** On a narrow page every second label is hidden, see the style. */
function xTick({ at, label }: Tick, plotPx: number, index: number): Markup {
  const x = percent(at);
  const y = TOP_PX + plotPx;
  const odd = index % 2 === 1 ? markup` odd` : NOTHING;
  const place = markup`x="${x}" y="${y + 18}" text-anchor="middle"`;
  const line = markup`<line class="grid" x1="${x}" x2="${x}" y1="${y}" y2="${y + 4}"/>`;
  return markup`${line}<text class="tick${odd}" ${place}>${label}</text>`;
}

/** From the top of the SVG, of a place along the y axis. */
export function yPx(at: number, plotPx: number): number {
  return Math.round((TOP_PX + (1 - at) * plotPx) * 10) / 10;
}

/** `percent(0.21428)` is `21.43%`. */
export function percent(at: number): string {
  return `${Math.round(at * 10_000) / 100}%`;
}
