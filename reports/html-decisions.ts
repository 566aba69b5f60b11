/** Scaling decisions with their reasons, model and measurement side by side. */

import { meanOf } from '../simulator/analysis/groups.ts';
import type { ScalingDecision } from '../simulator/results/results.ts';
import { empty, type Section, section, table } from './html-elements.ts';
import { type Markup, markup } from './html-markup.ts';
import { type Pair, replications } from './html-series.ts';
import { cleaned } from './text-clean.ts';
import { serviceNames } from './text-findings.ts';
import { formatMoment, formatValue } from './text-numbers.ts';

/** A group that flaps decides hundreds of times: the rest is counted, not listed. */
const MOST_ROWS = 100;

export function decisionsSection(pair: Pair): Section {
  const { predicted, measured } = pair;
  const names = serviceNames(...[predicted, ...(measured ? [measured] : [])]);
  const rows = names.flatMap((name) => serviceRows(pair, name));
  if (rows.length === 0) {
    const none = empty('no scaling decisions');
    return section('decisions', 'Scaling decisions', '', [none]);
  }
  const sides = measured ? ['predicted', 'measured'] : ['predicted'];
  const content = table({
    caption: measured
      ? 'By service, the n-th decisions beside each other'
      : 'By service, in order of time',
    heads: ['service', ...sides.flatMap((side) => [side, 'instances', 'reason'])],
    rows,
    words: [3, 6],
  });
  return section('decisions', 'Scaling decisions', lead(pair), [content]);
}

function lead({ predicted }: Pair): string {
  const perRun = meanOf(predicted.runs.map(({ decisions }) => decisions.length));
  return (
    `${formatValue(perRun, 'instances')} a run in the mean of ${replications(predicted)}. Listed ` +
    'are those of the first one.'
  );
}

function serviceRows({ predicted, measured }: Pair, service: string): (string | Markup)[][] {
  const sides = [predicted, ...(measured ? [measured] : [])].map(({ runs }) =>
    (runs[0]?.decisions ?? []).filter((decision) => decision.service === service),
  );
  const count = Math.max(...sides.map(({ length }) => length));
  const rows = Array.from({ length: Math.min(count, MOST_ROWS) }, (_, index) => [
    service,
    ...sides.flatMap((decisions) => cells(decisions[index])),
  ]);
  return count > MOST_ROWS ? [...rows, [service, `… ${count - MOST_ROWS} more`]] : rows;
}

function cells(decision: ScalingDecision | undefined): (string | Markup)[] {
  if (decision === undefined) return ['none', '–', '–'];
  const { atMs, from, desired, reason } = decision;
  const words = cleaned(reason).replace(`: ${from} → ${desired}`, '');
  return [formatMoment(atMs), `${from} → ${desired}`, markup`<span class="why">${words}</span>`];
}
