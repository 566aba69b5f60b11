/** Long series made short without losing a peak. */
import { GRID_WIDTH, type Spot } from './path.ts';

/** No page is so wide that more could be told apart. */
const COLUMNS = 500;
const COLUMN_WIDTH = GRID_WIDTH / COLUMNS;

/**
 * The lowest and the highest spot of every column, in their order; short series as they are.
 * 100 000 points become at most 1000, and no peak or trough is lost.
 */
export function decimated(spots: readonly Spot[]): readonly Spot[] {
  if (spots.length <= 2 * COLUMNS) return spots;
  return columnsOf(spots).flatMap((column) => {
    const low = column.reduce((a, b) => (b[1] < a[1] ? b : a));
    const high = column.reduce((a, b) => (b[1] > a[1] ? b : a));
    if (low === high) return [low];
    return column.indexOf(low) < column.indexOf(high) ? [low, high] : [high, low];
  });
}

/** One edge of a band: of every column the spot farthest out, so that the band holds all. */
export function outermost(spots: readonly Spot[], side: 'upper' | 'lower'): readonly Spot[] {
  if (spots.length <= 2 * COLUMNS) return spots;
  const isFarther =
    side === 'upper' ? (a: Spot, b: Spot) => a[1] < b[1] : (a: Spot, b: Spot) => a[1] > b[1];
  return columnsOf(spots).map((column) => column.reduce((a, b) => (isFarther(b, a) ? b : a)));
}

function columnsOf(spots: readonly Spot[]): Spot[][] {
  const columns: Spot[][] = [];
  let latest = Number.NaN;
  for (const spot of spots) {
    const column = Math.floor(spot[0] / COLUMN_WIDTH);
    if (column !== latest) columns.push([]);
    latest = column;
    columns.at(-1)!.push(spot);
  }
  return columns;
}
