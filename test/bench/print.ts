/** Tables for a terminal. */
import { median } from './rounds.ts';

/** Columns as wide as their widest cell. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `3.32` of 3.1, 3.32 and 3.4 million. */
export function millions(perSecond: readonly number[]): string {
  return (median(perSecond) / 1e6).toFixed(2);
}

/** Median of the ratio of each round, and its range: `['0.94', '0.90–1.04']`. */
export function ratios(ours: readonly number[], theirs: readonly number[]): [string, string] {
  const each = ours.map((one, round) => one / theirs[round]!);
  const range = [Math.min(...each), Math.max(...each)].map(digits).join('–');
  return [digits(median(each)), range];
}

/** `12.78 (12.88)`: the medians of ours and, in brackets, theirs. */
export function both(ours: readonly number[], theirs: readonly number[]): string {
  return `${median(ours).toFixed(2)} (${median(theirs).toFixed(2)})`;
}

function digits(ratio: number): string {
  return ratio.toFixed(ratio < 0.1 || ratio >= 100 ? 3 : 2);
}
