/** Instances and utilisation over time, a small figure a service. */
import type { ServiceSeries } from '../simulator/results/results.ts';
import { countScale, linearScale } from './charts/scale.ts';
import type { TimeChart } from './charts/time-chart.ts';
import { type Said, sizesWords } from './explain-group.ts';
import { countsUnits, storyOf, storyTable } from './html-decisions.ts';
import { type Section, section } from './html-elements.ts';
import { type Series, timeFigure } from './html-figure.ts';
import { DECISION_ITEM, HELD_ITEM, pairKey, UPDATED_ITEM } from './html-key.ts';
import { type Markup, markup } from './html-markup.ts';
import { type Pair, sidesOf, spreadOf } from './html-series.ts';
import { cleaned } from './text-clean.ts';
import { serviceIn, serviceNames } from './text-findings.ts';
import { formatMoment, rangeOf } from './text-numbers.ts';

/** More would hide the line; the table beside the chart counts them. */
const MOST_SQUARES = 100;

export function instancesSection(pair: Pair): Section {
  const names = serviceNames(...sidesOf(pair).map(({ results }) => results));
  const rollsOut = names.some((name) => updatedOf(pair, name).length > 0);
  const signs = [...signsOf(pair, names), ...(rollsOut ? [UPDATED_ITEM] : [])];
  const square = signs.includes(HELD_ITEM) ? ', a square where a policy was held back' : '';
  const sides = pair.measured
    ? ': hollow by the first replication, full by the measured system'
    : '';
  const isMixed = names.some((name) => countsUnits(pair, name));
  const units = isMixed ? ', in units of weight where a group has several types' : '';
  const lead =
    `Instances that serve${units}. A triangle marks what was wanted when a scaling decision was made` +
    `${square}${sides}.${rollsOut ? NEW_VERSION : ''}`;
  return section('instances', 'Instances over time', lead, [
    ...figures(pair, signs, (name, index) =>
      timeFigure({
        id: `instances-${index}`,
        heading: name,
        what: countsUnits(pair, name) ? 'Units' : 'Instances',
        unit: 'instances',
        shape: 'step',
        series: [
          ...seriesOf(pair, name, ({ serving, mix }) => mix?.serving ?? serving),
          ...updatedOf(pair, name),
        ],
        y: (values) => countScale(rangeOf(values)[1]),
        marks: decisionMarks(pair, name),
        isSmall: true,
        note: countsUnits(pair, name) ? 'in units of weight' : noteOf(pair, name),
        below: storyTable(pair, name),
      }),
    ),
  ]);
}

const NEW_VERSION =
  ' The thin line has those of the version that rolls out, booting ones included.';

/** Instances of the version that rolls out; nothing of a service that has had none. */
function updatedOf(pair: Pair, service: string): Series[] {
  return seriesOf(pair, service, ({ updated = [] }) => updated)
    .filter(({ spread }) => spread.high.some((count) => count > 0))
    .map((series) => ({ ...series, name: 'new version', isPart: true }));
}

export function utilizationSection(pair: Pair): Section {
  const lead = 'Busy share of what the serving instances could do.';
  return section('utilisation', 'Utilisation over time', lead, [
    ...figures(pair, [], (name, index) =>
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
  signs: readonly Markup[],
  figure: (name: string, index: number) => Markup,
): Markup[] {
  const names = serviceNames(...sidesOf(pair).map(({ results }) => results));
  if (names.length === 0) return [];
  return [
    pairKey(pair, signs),
    markup`<div class="multiples">
${names.map(figure)}</div>`,
  ];
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

/** @param names of the groups that are shown */
export function signsOf(pair: Pair, names: readonly string[]): Markup[] {
  const stories = sidesOf(pair).flatMap(({ results }) =>
    names.map((name) => storyOf(results, name)),
  );
  const hasHeld = stories.some(({ held }) => held.length > 0);
  return [DECISION_ITEM, ...(hasHeld ? [HELD_ITEM] : [])];
}

/** Triangles lie on top of squares. */
export function decisionMarks(pair: Pair, service: string): NonNullable<TimeChart['marks']> {
  return sidesOf(pair).flatMap(({ side, results }) => {
    const { changes, held } = storyOf(results, service);
    return [...held.slice(0, MOST_SQUARES), ...changes].map((said) => ({
      side,
      shape: shapeOf(said),
      x: said.atMs,
      y: said.desired,
      words: `${side}, ${formatMoment(said.atMs)}: ${sizesWords(said)}. ${cleaned(said.reason)}`,
    }));
  });
}

function shapeOf({ from, desired }: Said): 'up' | 'down' | 'hold' {
  if (desired === from) return 'hold';
  return desired > from ? 'up' : 'down';
}
