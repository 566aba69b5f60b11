/**
 * What lines, steps and bands are made of: points on a grid of whole numbers that stretches with
 * the page, x to the right and y down. Whole numbers, relative to the point before, keep paths
 * small.
 */
import type { Scale } from './scale.ts';

/** Finer than a pixel at every width up to 1600 and every height up to 400. */
export const GRID_WIDTH = 2000;
export const GRID_HEIGHT = 1000;

/** In values of the scales; a `y` that is no finite number is a gap. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** On the grid. */
export type Spot = readonly [x: number, y: number];

/** Where the scales put a value. */
export function spotOf({ x, y }: Point, xScale: Scale, yScale: Scale): Spot {
  return [Math.round(xScale.at(x) * GRID_WIDTH), Math.round((1 - yScale.at(y)) * GRID_HEIGHT)];
}

/** The pieces between gaps; a value that the scale cannot place (0 on a log scale) is a gap. */
export function piecesOf(points: readonly Point[], xScale: Scale, yScale: Scale): Spot[][] {
  const pieces: Spot[][] = [];
  let isGap = true;
  for (const point of points) {
    const spot = spotOf(point, xScale, yScale);
    if (!spot.every(Number.isFinite)) {
      isGap = true;
      continue;
    }
    if (isGap) pieces.push([]);
    isGap = false;
    pieces.at(-1)!.push(spot);
  }
  return pieces;
}

/** `M0 500l14-3 14 2`; a single spot is a dot, given round line caps. */
export function polyline(spots: readonly Spot[]): string {
  const [first, ...rest] = spots;
  if (first === undefined) return '';
  if (rest.length === 0) return `M${pair(first[0], first[1])}h0`;
  let [x, y] = first;
  const steps = rest.map((spot) => {
    const step = pair(spot[0] - x, spot[1] - y);
    [x, y] = spot;
    return step;
  });
  return `M${pair(first[0], first[1])}l${steps.join(' ')}`;
}

/** A minus sign separates by itself. */
function pair(x: number, y: number): string {
  return y < 0 ? `${x}${y}` : `${x} ${y}`;
}
