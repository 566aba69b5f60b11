/** The system under its own recorded traffic, at several speeds, beside what was recorded. */
import { ERROR_RATE, journeysOf, LATENCY } from '../simulator/analysis/statistics.ts';
import { WHOLE_RUN } from '../simulator/analysis/windows.ts';
import { formatCount, formatDuration } from '../simulator/model/units.ts';
import { Histogram } from '../simulator/results/histogram.ts';
import type { Results } from '../simulator/results/results.ts';
import type { Check, Comparison } from './comparison.ts';
import { badge, type Section, section, table } from './html-elements.ts';
import { type Markup, markup } from './html-markup.ts';
import type { Pair } from './html-series.ts';
import type { ReplayRound } from './replay-round.ts';
import { formatAllowed, formatTool, formatValue } from './text-numbers.ts';

const STATISTICS: readonly string[] = [...LATENCY.map(({ name }) => name), ERROR_RATE.name];

/** Nothing where nothing was replayed. */
export function replaySection(
  { predicted, measured }: Pair,
  comparison: Comparison | undefined,
  replays: readonly ReplayRound[],
): Section[] {
  if (replays.length === 0 || measured === undefined || comparison === undefined) return [];
  const lead =
    'The load was recorded on its way into the system, then sent again at several speeds, each ' +
    'time into the system at its starting sizes. The model was driven by the same arrival times. ' +
    'Allowed stands below what was measured.';
  const recorded = row(
    formatTool(measured.provenance),
    measured,
    comparison,
    journeysOf(predicted),
  );
  const rows = replays.map((round) => {
    const name = markup`<a href="${round.report}">replay ×${String(round.speed)}</a>`;
    return row(name, round.measured, round.comparison, journeysOf(round.predicted));
  });
  const heads = ['load', 'verdict', 'requests', 'late, p99', ...STATISTICS];
  const caption = 'Recorded load and its replays against the model, whole run';
  const all = [recorded, ...rows];
  return [
    section('replays', 'Replayed traffic', lead, [
      table({ caption, heads, rows: all, words: [1] }),
      ...replays.filter(({ comparison: { reasons } }) => reasons.length > 0).map(reasonsOf),
    ]),
  ];
}

function row(
  name: string | Markup,
  measured: Results,
  { verdict, checks }: Comparison,
  journeys: readonly string[],
): (string | Markup)[] {
  const [run] = measured.runs;
  const arrived = journeys.reduce(
    (sum, one) => sum + (run!.journeys[one]?.counters.arrived ?? 0),
    0,
  );
  const late = measured.generator?.latenessMs;
  const cells = STATISTICS.map((statistic) => {
    const found = checks.filter(
      (check) =>
        check.kind === 'band' && check.window === WHOLE_RUN && check.statistic === statistic,
    );
    return found.length === 0
      ? '–'
      : markup`${found.map((check) => cell(check, found.length > 1))}`;
  });
  return [
    name,
    badge(verdict),
    formatCount(arrived),
    late === undefined ? '–' : formatDuration(new Histogram().merge(late).quantile(0.99)),
    ...cells,
  ];
}

function cell(check: Check, isNamed: boolean): Markup {
  const { subject, measured, unit } = check;
  const whose = isNamed ? `${subject}: ` : '';
  return markup`<div>${whose}${formatValue(measured.value, unit)}
<small>${formatAllowed(check.allowed, unit)}</small></div>`;
}

function reasonsOf({ speed, comparison }: ReplayRound): Markup {
  const items = comparison.reasons.slice(0, 4).map((reason) => markup`<li>${reason}</li>`);
  return markup`<h3>Replay ×${String(speed)}: ${comparison.verdict}</h3>
<ul>${items}</ul>`;
}
