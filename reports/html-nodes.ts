/** Pools of nodes over time: how many there are, what pods ask of them, and pods without a node. */
import type { NodeSeries } from '../simulator/results/results.ts';
import { countScale, linearScale } from './charts/scale.ts';
import { storyTable } from './html-decisions.ts';
import { type Section, section } from './html-elements.ts';
import { type Series, type TimeFigure, timeFigure } from './html-figure.ts';
import { pairKey } from './html-key.ts';
import { markup } from './html-markup.ts';
import { type Pair, sidesOf, spreadOf } from './html-series.ts';
import { decisionMarks, signsOf } from './html-services.ts';
import { poolIn, poolNames } from './node-groups.ts';
import { rangeOf } from './text-numbers.ts';

/** Nothing of a model without nodes. */
export function nodesSection(pair: Pair): Section[] {
  const names = poolNames(...sidesOf(pair).map(({ results }) => results));
  if (names.length === 0) return [];
  const lead =
    'Nodes that take pods, what of their CPU pods ask for (the rest is paid for and stranded), ' +
    'and pods that wait for a node. A triangle marks what was wanted when the autoscaler decided.';
  const content = markup`<div class="multiples">
${names.flatMap((name, index) => figuresOf(pair, name, index).map(timeFigure))}</div>`;
  return [
    section('nodes', 'Nodes over time', lead, [pairKey(pair, signsOf(pair, names)), content]),
  ];
}

function figuresOf(pair: Pair, group: string, index: number): TimeFigure[] {
  const seriesOf = (values: (run: NodeSeries) => readonly (number | null)[]) =>
    seriesBy(pair, group, values);
  const small = { heading: group, isSmall: true } as const;
  return [
    {
      ...small,
      id: `nodes-${index}`,
      what: 'Nodes',
      unit: 'instances',
      shape: 'step',
      series: seriesOf(({ ready }) => ready),
      y: (values) => countScale(rangeOf(values)[1]),
      marks: decisionMarks(pair, group),
      below: storyTable(pair, group),
    },
    {
      ...small,
      id: `nodes-cpu-${index}`,
      heading: `${group}: CPU requested`,
      what: 'Requested share',
      unit: 'ratio',
      shape: 'line',
      series: seriesOf(({ allocatedCpuRatio }) => allocatedCpuRatio),
      y: () => linearScale(1, 4),
    },
    {
      ...small,
      id: `nodes-pending-${index}`,
      heading: `${group}: pods pending`,
      what: 'Pods',
      unit: 'instances',
      shape: 'step',
      series: seriesOf(({ pending }) => pending),
      y: (values) => countScale(rangeOf(values)[1]),
    },
  ];
}

function seriesBy(
  pair: Pair,
  group: string,
  values: (run: NodeSeries) => readonly (number | null)[],
): Series[] {
  return sidesOf(pair).flatMap(({ side, results }) => {
    const runs = poolIn(results, group);
    if (runs.length === 0) return [];
    return [{ name: '', side, results, spread: spreadOf(runs.map(values), 'mean') }];
  });
}
