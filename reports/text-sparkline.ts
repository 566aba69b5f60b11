/** A series as a line of small bars. */
import { meanOf } from '../simulator/analysis/groups.ts';

const BARS: readonly string[] = [...'▁▂▃▄▅▆▇█'];

/**
 * One bar per column, each the mean of its share of the values; a space where nothing is known.
 * `sparkline([0, 1, 2, 4], 4, 4)` is `▁▃▅█`.
 *
 * @param highest value of a full bar; an empty one is 0
 */
export function sparkline(values: readonly number[], columns: number, highest: number): string {
  const width = Math.min(columns, values.length);
  const bars = Array.from({ length: width }, (_, column) => {
    const first = Math.floor((column * values.length) / width);
    const end = Math.max(first + 1, Math.floor(((column + 1) * values.length) / width));
    return bar(meanOf(values.slice(first, end).filter(Number.isFinite)), highest);
  });
  return bars.join('');
}

function bar(value: number, highest: number): string {
  if (Number.isNaN(value)) return ' ';
  const level = highest > 0 ? Math.round((value / highest) * (BARS.length - 1)) : 0;
  return BARS[Math.min(BARS.length - 1, Math.max(0, level))]!;
}
