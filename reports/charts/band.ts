/** The area between a low and a high edge, with gaps where either is not known. */
import { outermost } from './decimate.ts';
import { type Point, piecesOf, polyline, type Spot, spotOf } from './path.ts';
import type { Scale } from './scale.ts';

/** Points of both edges stand at the same places in the same order. */
export interface Edges {
  readonly low: readonly Point[];
  readonly high: readonly Point[];
}

/** Closed path data, for filling. */
export function bandPath({ low, high }: Edges, x: Scale, y: Scale): string {
  const isKnown = low.map((point, index) => isPlaced(point, x, y) && isPlaced(high[index], x, y));
  const gapped = (points: readonly Point[]) =>
    points.map((point, index) => (isKnown[index] ? point : { x: point.x, y: Number.NaN }));
  const lower = piecesOf(gapped(low), x, y);
  const upper = piecesOf(gapped(high), x, y);
  return upper.map((piece, index) => closed(piece, lower[index] ?? [])).join('');
}

function isPlaced(point: Point | undefined, x: Scale, y: Scale): boolean {
  return point !== undefined && spotOf(point, x, y).every(Number.isFinite);
}

/** Along the upper edge, back along the lower one. */
function closed(upper: readonly Spot[], lower: readonly Spot[]): string {
  const back = outermost(lower, 'lower').toReversed();
  return `${polyline([...outermost(upper, 'upper'), ...back])}z`;
}
