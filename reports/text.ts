/**
 * A comparison on a terminal: what it comes to first, then the checks, then why.
 *
 *     ✗ FAIL  unacademy-feed: 1 fail, 28 pass
 *     Gates  ✓ all 6 pass: lateness p99, sent ÷ planned, …
 *     Bands  …
 */
import type { Check, Comparison } from './comparison.ts';
import {
  type Cell,
  heading,
  type Paint,
  painter,
  shortened,
  type TextOptions,
  table,
  wrapped,
} from './text-layout.ts';
import {
  formatAllowed,
  formatDate,
  formatEstimate,
  formatRange,
  formatTool,
  formatValue,
} from './text-numbers.ts';
import { checksOf, KIND_WORDS, type Kind, MARK, TONE, tally } from './text-verdicts.ts';

/** Longest name in a column of a table. */
const LONGEST_NAME = 18;

/**
 * Lines without a line feed at the end. Names from files cannot bring control bytes in; missing
 * numbers are `no data`.
 */
export function renderText(comparison: Comparison, { color, width }: TextOptions): string {
  const paint = painter(color);
  const { checks } = comparison;
  const lines = [
    verdictLine(comparison, paint),
    ...gates(checksOf(checks, 'gate'), width, paint),
    ...checkTable('band', checks, BAND_COLUMNS, paint, tolerance(comparison)),
    ...checkTable('group', checks, BAND_COLUMNS, paint),
    ...checkTable('objective', checks, OBJECTIVE_COLUMNS, paint),
    ...warnings(comparison, width, paint),
    ...reasons(comparison, width, paint),
    '',
    ...wrapped(provenance(comparison), width).map((line) => paint(line, 'dim')),
  ];
  return lines.join('\n');
}

function verdictLine({ name, verdict, checks }: Comparison, paint: Paint): string {
  const word = paint(`${MARK[verdict]} ${verdict.toUpperCase()}`, TONE[verdict]);
  const counts = tally(checks.map((check) => check.verdict));
  return `${word}  ${shortened(name, LONGEST_NAME)}: ${counts === '' ? 'no checks' : counts}`;
}

/** One line when all is well; a row each when not. */
function gates(checks: readonly Check[], width: number, paint: Paint): string[] {
  if (checks.some(({ verdict }) => verdict !== 'pass') || checks.length === 0) {
    return checkTable('gate', checks, GATE_COLUMNS, paint);
  }
  const names = checks.map(({ statistic }) => statistic).join(', ');
  const title = `${paint(KIND_WORDS.gate.name, 'strong')}  ${paint(MARK.pass, 'good')}`;
  const lines = wrapped(`all ${checks.length} pass: ${names}`, width, ' '.repeat(9));
  return ['', ...lines.map((line, row) => (row === 0 ? `${title} ${line.trim()}` : line))];
}

function tolerance({ toleranceRatio }: Comparison): string {
  return `, ${formatValue(toleranceRatio, 'ratio')} tolerance`;
}

interface Columns {
  readonly sides: string;
  readonly heads: readonly string[];
  /** @param isSameWindow the row before is of the same window, which need not be said again */
  readonly of: (check: Check, isSameWindow: boolean) => readonly Cell[];
}

const BAND_COLUMNS: Columns = {
  sides: 'llrlrl',
  heads: ['window', 'statistic', 'predicted', '95 % interval', 'measured', ''],
  of: ({ window, statistic, predicted, measured, unit, verdict }, isSameWindow) => [
    { text: isSameWindow ? '' : shortened(window, LONGEST_NAME) },
    { text: shortened(statistic, LONGEST_NAME) },
    { text: formatValue(predicted?.value, unit) },
    { text: formatRange(predicted?.low, predicted?.high, unit), tone: 'dim' },
    { text: formatValue(measured.value, unit), tone: verdict === 'pass' ? 'plain' : 'strong' },
    { text: MARK[verdict], tone: TONE[verdict] },
  ],
};

const GATE_COLUMNS: Columns = {
  sides: 'lrrl',
  heads: ['statistic', 'allowed', 'measured', ''],
  of: ({ statistic, allowed, measured, unit, verdict }) => [
    { text: shortened(statistic, LONGEST_NAME) },
    { text: formatAllowed(allowed, unit) },
    { text: formatValue(measured.value, unit), tone: verdict === 'pass' ? 'plain' : 'strong' },
    { text: MARK[verdict], tone: TONE[verdict] },
  ],
};

const OBJECTIVE_COLUMNS: Columns = {
  sides: 'lrlrl',
  heads: ['statistic', 'allowed', 'predicted', 'measured', ''],
  of: ({ statistic, predicted, allowed, measured, unit, verdict }) => [
    { text: shortened(statistic, LONGEST_NAME) },
    { text: formatAllowed(allowed, unit) },
    { text: formatEstimate(predicted, unit), tone: 'dim' },
    { text: formatValue(measured.value, unit), tone: verdict === 'pass' ? 'plain' : 'strong' },
    { text: MARK[verdict], tone: TONE[verdict] },
  ],
};

/** All checks of a kind in one table, each subject's name above its rows. */
function checkTable(kind: Kind, all: readonly Check[], columns: Columns, paint: Paint, note = '') {
  const checks = all.filter((check) => check.kind === kind);
  const title = heading(KIND_WORDS[kind].name, `${KIND_WORDS[kind].asks}${note}`, paint);
  if (checks.length === 0) return [...title, '  no checks of this kind'];
  const isSame = (row: number, key: 'subject' | 'window') =>
    checks[row - 1]?.subject === checks[row]!.subject &&
    checks[row - 1]?.[key] === checks[row]![key];
  const heads = columns.heads.map((text): Cell => ({ text, tone: 'dim' }));
  const rows = checks.map((check, row) => columns.of(check, isSame(row, 'window')));
  const [head, ...lines] = table([heads, ...rows], columns.sides, paint, '    ');
  const named = lines.flatMap((line, row) =>
    isSame(row, 'subject') ? [line] : [`  ${shortened(checks[row]!.subject, 60)}`, line],
  );
  return [...title, head!, ...named];
}

function warnings({ warnings: all }: Comparison, width: number, paint: Paint): string[] {
  if (all.length === 0) return [];
  const lines = all.flatMap((warning) => wrapped(warning, width, '  - ', '    '));
  return [...heading('Warnings', '', paint), ...lines];
}

const MOST_REASONS = 8;

/** Why the verdict is what it is, then what else did not pass. */
function reasons({ reasons: first, checks }: Comparison, width: number, paint: Paint): string[] {
  const others = checks
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ subject, window, statistic, reason, verdict }) =>
      [subject, window, `${statistic}: ${reason === '' ? verdict : reason}`].join(', '),
    );
  const all = [...new Set([...first, ...others])];
  if (all.length === 0) return [];
  const lines = all
    .slice(0, MOST_REASONS)
    .flatMap((reason) => wrapped(reason, width, '  - ', '    '));
  const more = all.length - MOST_REASONS;
  const rest = more > 0 ? [`  … ${more} more, marked in the tables above`] : [];
  return [...heading('Reasons', '', paint), ...lines, ...rest];
}

function provenance({ predicted, measured }: Comparison): string {
  const at = formatDate(measured.startedAtMs);
  return (
    `predicted by ${formatTool(predicted)}, seed ${predicted.seed}; measured by ` +
    `${formatTool(measured)}${at === undefined ? '' : `, ${at}`}; model ${predicted.modelDigest}`
  );
}
