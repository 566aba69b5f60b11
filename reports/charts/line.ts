/** A line through points, with gaps where nothing is known. */
import { decimated } from './decimate.ts';
import { type Point, piecesOf, polyline } from './path.ts';
import type { Scale } from './scale.ts';

/** Path data; empty where no point can be placed. */
export function linePath(points: readonly Point[], x: Scale, y: Scale): string {
  return piecesOf(points, x, y)
    .map((piece) => polyline(decimated(piece)))
    .join('');
}
