/** A value that holds until the next one: how many instances there are. */
import { decimated } from './decimate.ts';
import { type Point, piecesOf, type Spot } from './path.ts';
import type { Scale } from './scale.ts';

/**
 * Path data: each point's value holds from its `x` to the next point's, the last one's to `endX`.
 * Equal values in a row cost nothing.
 */
export function stepPath(points: readonly Point[], endX: number, x: Scale, y: Scale): string {
  return piecesOf(corners(points, endX), x, y)
    .map((piece) => stairs(decimated(piece)))
    .join('');
}

/** Two for each point: where its value begins and where it ends. */
export function corners(points: readonly Point[], endX: number): Point[] {
  return points.flatMap((point, index) => [point, { x: points[index + 1]?.x ?? endX, y: point.y }]);
}

function stairs([first, ...rest]: readonly Spot[]): string {
  if (first === undefined) return '';
  let path = `M${first[0]} ${first[1]}`;
  let [x, y] = first;
  for (const spot of rest) {
    if (spot[1] !== y) path += `H${x}V${spot[1]}`;
    [x, y] = spot;
  }
  return `${path}H${x}`;
}
