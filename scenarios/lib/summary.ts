/** What k6 says at the end: the whole summary into a file if one is asked for, else some lines. */
import { formatCount, formatDuration, formatPercent } from '../../simulator/model/units.ts';
import type { ScenarioPlan } from './plan.ts';

interface SummaryMetric {
  readonly values: Readonly<Record<string, number>>;
  readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
}

/** The part of k6's summary that is read here. */
export interface Summary {
  readonly metrics: Readonly<Record<string, SummaryMetric>>;
}

/**
 * k6's `handleSummary`: file names → contents. `PLIMSOLL_SUMMARY` names the file. Metrics alone go
 * into it: k6 also hands over its options, and newer summaries the program's text.
 */
export function summarize(plan: ScenarioPlan, summary: Summary): Record<string, string> {
  const path = __ENV['PLIMSOLL_SUMMARY'];
  if (path !== undefined && path !== '') {
    return { [path]: JSON.stringify({ metrics: summary.metrics }) };
  }
  return { stdout: summaryText(plan, summary) };
}

/** A few lines for a terminal. */
export function summaryText(plan: ScenarioPlan, { metrics }: Summary): string {
  const values = (name: string) => metrics[name]?.values ?? {};
  const planned = plan.loads.reduce((sum, load) => sum + load.arrivalCount, 0);
  const sent = formatCount(values('http_reqs')['count'] ?? 0);
  const dropped = formatCount(values('dropped_iterations')['count'] ?? 0);
  const lines = [
    `${plan.name}, seed ${plan.seed}: ${sent} of ${formatCount(planned)} planned requests sent, ` +
      `${dropped} dropped`,
    ...plan.loads.map(({ journey }) => {
      const own = metrics[`plimsoll_latency{journey:${journey}}`] ?? metrics['plimsoll_latency'];
      return `  ${journey}: ${quantiles(own?.values ?? {})}`;
    }),
    `  errors: ${formatPercent(values('plimsoll_errors')['rate'] ?? Number.NaN)}`,
    `  lateness of the generator: ${quantiles(values('plimsoll_lateness'))}`,
    `  ${thresholdLine(metrics)}`,
  ];
  return `\n${lines.join('\n')}\n`;
}

function quantiles(values: Readonly<Record<string, number>>): string {
  const shown = ['med', 'p(95)', 'p(99)', 'max'].map((stat) => {
    const label = stat === 'med' ? 'p50' : stat.replace(/[()]/g, '');
    return `${label} ${formatDuration(values[stat] ?? Number.NaN)}`;
  });
  return shown.join(', ');
}

function thresholdLine(metrics: Summary['metrics']): string {
  const all = Object.entries(metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([rule, { ok }]) => ({ text: `${metric} ${rule}`, ok })),
  );
  const crossed = all.filter(({ ok }) => !ok).map(({ text }) => text);
  if (all.length === 0) return 'no thresholds';
  if (crossed.length === 0) return `all ${all.length} thresholds held`;
  return `${crossed.length} of ${all.length} thresholds crossed: ${crossed.join('; ')}`;
}
