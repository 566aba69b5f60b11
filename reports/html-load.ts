/** Offered load and what was not answered, a figure each a journey. */

import type { JourneySeries } from '../simulator/results/results.ts';
import { empty, type Section, section } from './html-elements.ts';
import { type Series, timeFigure } from './html-figure.ts';
import { pairKey } from './html-key.ts';
import { type Markup, markup } from './html-markup.ts';
import { journeyNames, type Pair, rateOf, sidesOf, spreadOf } from './html-series.ts';
import { journeyIn } from './text-findings.ts';

type Counts = 'arrived' | 'completed' | 'errors';

/** @param journeys those that are shown */
export function loadSection(pair: Pair, journeys: readonly string[] = journeyNames(pair)): Section {
  const lead = 'Requests that arrived, were answered, and ended in an error or a timeout.';
  const figures = journeys.map(
    (journey, index) => markup`<h3>${journey}</h3>
<div class="multiples three">
${rateFigure(pair, journey, index, 'arrived', 'Arrivals')}
${rateFigure(pair, journey, index, 'completed', 'Answered')}
${errors(pair, journey, index)}</div>
`,
  );
  return section(
    'load',
    'Offered and answered load',
    lead,
    figures.length === 0 ? [] : [pairKey(pair, []), ...figures],
  );
}

function rateFigure(pair: Pair, journey: string, index: number, counts: Counts, what: string) {
  return timeFigure({
    id: `${counts}-${index}`,
    heading: `${what} per second`,
    what: `${what} (${journey})`,
    unit: 'per-second',
    shape: 'line',
    series: seriesOf(pair, journey, counts),
    isSmall: true,
  });
}

/** No chart where there is nothing to see. */
function errors(pair: Pair, journey: string, index: number): Markup {
  const series = seriesOf(pair, journey, 'errors');
  const hasAny = series.some(({ spread }) => spread.high.some((rate) => rate > 0));
  if (hasAny || series.length === 0) return rateFigure(pair, journey, index, 'errors', 'Errors');
  return markup`<figure><figcaption>Errors per second</figcaption>${empty('no errors')}</figure>
`;
}

function seriesOf(pair: Pair, journey: string, counts: Counts): Series[] {
  return sidesOf(pair).flatMap(({ side, results }) => {
    const runs = journeyIn(results, journey);
    const rates = runs.map((run: JourneySeries) => rateOf(run[counts], results));
    return runs.length === 0 ? [] : [{ name: '', side, results, spread: spreadOf(rates, 'mean') }];
  });
}
