/** How well the load generator did its own job: a generator that struggles measures itself. */
import {
  formatCount,
  formatDuration,
  formatPercent,
  significant,
} from '../simulator/model/units.ts';
import { Histogram } from '../simulator/results/histogram.ts';
import type { GeneratorHealth, Results } from '../simulator/results/results.ts';
import { cdfChart } from './charts/cdf.ts';
import { empty, type Section, section, table } from './html-elements.ts';
import { key, MARKS_ITEM, sideItem } from './html-key.ts';
import { type Markup, markup } from './html-markup.ts';
import { formatTool, formatValue, isKnown, type Maybe } from './text-numbers.ts';

const NOT_MEASURED = 'not measured';
const SHARES: readonly number[] = Array.from({ length: 61 }, (_, step) => 1 - 10 ** (-step / 20));

/** Nothing for a prediction alone. */
export function generatorSection(measured: Results | undefined): Section[] {
  if (measured === undefined) return [];
  const { generator, provenance } = measured;
  const lead =
    `The load came from ${formatTool(provenance)}. Lateness is the actual minus the intended ` +
    'start of a request.';
  const content =
    generator === undefined
      ? empty(NOT_MEASURED)
      : markup`<div class="beside"><div>${lateness(generator)}</div>
${health(generator)}</div>`;
  return [section('generator', 'Load generator', lead, [content])];
}

function lateness({ latenessMs }: GeneratorHealth): Markup {
  if (!(latenessMs.count > 0)) return empty('no data');
  const all = new Histogram().merge(latenessMs);
  const marks = [0.5, 0.95, 0.99].map((share) => {
    const value = all.quantile(share);
    return { share, value, words: `${formatPercent(share)} within ${formatDuration(value)}` };
  });
  const values = SHARES.map((share) => all.quantile(share));
  const chart = cdfChart({
    id: 'lateness-chart',
    title: 'Lateness of the load generator',
    description: `${marks.map(({ words }) => words).join('; ')}.`,
    mostShare: 0.999,
    format: formatDuration,
    formatShare: formatPercent,
    curves: [{ side: 'measured', shares: SHARES, values, marks }],
  });
  return markup`<figure><figcaption>Lateness</figcaption>
${key([sideItem('measured', 1), MARKS_ITEM])}${chart}</figure>`;
}

function health(generator: GeneratorHealth): Markup {
  const { plannedArrivals, droppedIterations, cpuRatio, cores, machineCpuRatio } = generator;
  const late = new Histogram().merge(generator.latenessMs);
  const rows: [string, string][] = [
    ['planned arrivals', formatCount(plannedArrivals)],
    ['dropped iterations', formatCount(droppedIterations)],
    ['lateness p50', shown(late.quantile(0.5), formatDuration)],
    ['lateness p99', shown(late.quantile(0.99), formatDuration)],
    ['latest', shown(late.count > 0 ? late.max : Number.NaN, formatDuration)],
    ['CPU', shown(cpuRatio, (ratio) => `${significant(ratio)} of ${formatValue(cores, 'cores')}`)],
    ['machine CPU, mean', shown(machineCpuRatio?.mean, formatPercent)],
    ['machine CPU, busiest second', shown(machineCpuRatio?.max, formatPercent)],
    ['timer delay p99', shown(generator.loopDelayMsP99, formatDuration)],
  ];
  return table({ caption: 'Health of the load generator', heads: ['what', 'measured'], rows });
}

function shown(value: Maybe, format: (value: number) => string): string {
  return isKnown(value) ? format(value) : NOT_MEASURED;
}
