/** Instances and utilisation over time, a small figure a service. */
import type { Results, ServiceSeries } from '../simulator/results/results.ts';
import type { Side } from './charts/mark.ts';
import { countScale, linearScale } from './charts/scale.ts';
import type { TimeChart } from './charts/time-chart.ts';
import { type Section, section } from './html-elements.ts';
import { type Series, timeFigure } from './html-figure.ts';
import { pairKey } from './html-key.ts';
import { type Markup, markup } from './html-markup.ts';
import { type Pair, spreadOf } from './html-series.ts';
import { cleaned } from './text-clean.ts';
import { serviceIn, serviceNames } from './text-findings.ts';
import { formatMoment, rangeOf } from './text-numbers.ts';

export function instancesSection(pair: Pair): Section {
  const lead =
    'Instances that serve. A triangle marks what was wanted when a scaling decision was made' +
    (pair.measured ? ': hollow by the first replication, full by the measured system.' : '.');
  return section('instances', 'Instances over time', lead, [
    ...figures(pair, true, (name, index) =>
      timeFigure({
        id: `instances-${index}`,
        heading: name,
        what: 'Instances',
        unit: 'instances',
        shape: 'step',
        series: seriesOf(pair, name, ({ serving }) => serving),
        y: (values) => countScale(rangeOf(values)[1]),
        marks: decisionMarks(pair, name),
        isSmall: true,
        note: noteOf(pair, name),
      }),
    ),
  ]);
}

export function utilizationSection(pair: Pair): Section {
  const lead = 'Busy share of what the serving instances could do.';
  return section('utilisation', 'Utilisation over time', lead, [
    ...figures(pair, false, (name, index) =>
      timeFigure({
        id: `utilisation-${index}`,
        heading: name,
        what: 'Utilisation',
        unit: 'ratio',
        shape: 'line',
        series: seriesOf(pair, name, (run) => run.utilizationRatio),
        y: (values) => linearScale(Math.max(1, rangeOf(values)[1]), 4),
        isSmall: true,
        note: noteOf(pair, name),
      }),
    ),
  ]);
}

/** Nothing where no service was seen. */
function figures(
  pair: Pair,
  hasDecisions: boolean,
  figure: (name: string, index: number) => Markup,
): Markup[] {
  const names = serviceNames(...sidesOf(pair).map(({ results }) => results));
  if (names.length === 0) return [];
  return [
    pairKey(pair, hasDecisions),
    markup`<div class="multiples">
${names.map(figure)}</div>`,
  ];
}

function sidesOf({ predicted, measured }: Pair): { side: Side; results: Results }[] {
  const first = { side: 'predicted', results: predicted } as const;
  return measured === undefined ? [first] : [first, { side: 'measured', results: measured }];
}

function seriesOf(
  pair: Pair,
  service: string,
  values: (run: ServiceSeries) => readonly (number | null)[],
): Series[] {
  return sidesOf(pair).flatMap(({ side, results }) => {
    const runs = serviceIn(results, service);
    return runs.length === 0
      ? []
      : [{ name: '', side, results, spread: spreadOf(runs.map(values), 'mean') }];
  });
}

/** A target outside shows its latency, but not its instances. */
function noteOf({ measured }: Pair, service: string): string {
  if (measured === undefined) return '';
  const isSeen = serviceIn(measured, service).length > 0;
  return isSeen ? '' : 'not measured';
}

function decisionMarks(pair: Pair, service: string): NonNullable<TimeChart['marks']> {
  return sidesOf(pair).flatMap(({ side, results }) => {
    const decisions = results.runs[0]?.decisions ?? [];
    return decisions
      .filter((decision) => decision.service === service)
      .map(({ atMs, from, desired, reason }) => ({
        side,
        shape: desired > from ? ('up' as const) : ('down' as const),
        x: atMs,
        y: desired,
        words: `${side}, ${formatMoment(atMs)}: ${from} → ${desired}. ${cleaned(reason)}`,
      }));
  });
}
