/**
 * Small shapes at points of a chart: full for the measurement, a larger hollow one for the
 * prediction, so that both are seen where they fall on the same point.
 */
import { type Markup, markup, NOTHING } from '../html-markup.ts';
import { percent, yPx } from './frame.ts';

/**
 * Whose line or mark it is. Of a replay alone: what it was to do beside what it did (`asked`),
 * and how long the service took beside what clients waited (`service`).
 */
export type Side = 'predicted' | 'measured' | 'asked' | 'service';

type Shape = 'up' | 'down' | 'hold' | 'dot';

const SHAPES: Readonly<Record<Shape, string>> = {
  up: 'M0-5 4.5 3.5h-9z',
  down: 'M0 5-4.5-3.5h9z',
  hold: 'M-3-3h6v6h-6z',
  dot: 'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z',
};

const HOLLOW: Markup = markup` transform="scale(1.5)"`;

export interface Mark {
  readonly side: Side;
  readonly shape: Shape;
  /** 0..1 along the axes. */
  readonly xAt: number;
  readonly yAt: number;
  /** Shown when pointed at, and read out. */
  readonly words: string;
}

export function markOf({ side, shape, xAt, yAt, words }: Mark, plotPx: number): Markup {
  const place = markup`x="${percent(xAt)}" y="${yPx(yAt, plotPx)}" overflow="visible"`;
  const hollow = side === 'measured' ? NOTHING : HOLLOW;
  const path = markup`<path d="${SHAPES[shape]}"${hollow}/>`;
  return markup`<svg class="mark ${side}" ${place}><title>${words}</title>${path}</svg>`;
}
