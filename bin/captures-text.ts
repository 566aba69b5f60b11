/** The books of a reading in words. */
import type { ReadReport } from '../replay/formats/capture.ts';
import { cleaned, counted } from '../reports/text-clean.ts';
import { formatCount } from '../simulator/model/units.ts';
import { sum } from './captures.ts';

/**
 * `read 12 = used 10 + skipped 1 + rejected 1`, then every reason and the first examples; nothing
 * but the first line where there are none.
 */
export function booksText(
  report: ReadReport,
  more: Readonly<Record<string, Readonly<Record<string, number>>>> = {},
): string[] {
  const { read, used, skipped, rejected, noted = {}, examples, incomplete = [] } = report;
  const books = `read ${formatCount(read)} = used ${formatCount(used)}`;
  return [
    `${books} + skipped ${formatCount(sum(skipped))} + rejected ${formatCount(sum(rejected))}`,
    ...reasons('skipped', skipped),
    ...reasons('rejected', rejected),
    ...reasons('noted', noted),
    ...Object.entries(more).flatMap(([what, counts]) => reasons(what, counts)),
    ...[...examples, ...incomplete].map(
      ({ file, offset, reason }) => `  ${cleaned(file)}, byte ${offset}: ${reason}`,
    ),
    ...incomplete.map(({ file }) => `  ${cleaned(file)} is not complete: there was more`),
  ];
}

function reasons(what: string, counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).map(
    ([reason, count]) => `  ${what}: ${reason}, ${counted(count, 'time')}`,
  );
}
