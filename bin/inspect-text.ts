/** An inspection as a terminal shows it. */
import type { Arrivals } from '../replay/inspect/arrivals.ts';
import type { Endpoint, Inspection, Latency } from '../replay/inspect/inspect.ts';
import type { Counted } from '../replay/inspect/names.ts';
import { cleaned, counted } from '../reports/text-clean.ts';
import {
  type Cell,
  heading,
  type Paint,
  painter,
  shortened,
  type TextOptions,
  table,
} from '../reports/text-layout.ts';
import {
  formatClock,
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  significant,
} from '../simulator/model/units.ts';
import { booksText } from './captures-text.ts';

type Options = TextOptions & { readonly top: number };

/** Text of some lines; what came from the capture is cleaned of control bytes. */
export function inspectionText(inspection: Inspection, options: Options): string {
  const paint = painter(options.color);
  const { arrivals, secrets, report } = inspection;
  return [
    ...opening(inspection, paint),
    ...(arrivals === undefined ? [] : arrivalLines(arrivals, paint)),
    ...endpointLines(inspection, options, paint),
    ...counts('Methods', methodNote(inspection), inspection.methods, options, paint),
    ...counts('Hosts', '', inspection.hosts, options, paint),
    ...counts('Answers', answerNote(inspection), inspection.statuses, options, paint),
    ...secretLines(secrets, paint),
    ...heading('Records', '', paint),
    ...booksText(report).map((line) => `  ${line}`),
  ].join('\n');
}

function opening(inspection: Inspection, paint: Paint): string[] {
  const { captureFormat, requests, answered, marked, connections, arrivals } = inspection;
  const duration = arrivals === undefined ? '' : ` in ${formatDuration(arrivals.durationMs)}`;
  const first = `${counted(requests, 'request')}${duration}, ${formatCount(answered)} answered`;
  const atLeast = connections.isAtLeast ? 'more than ' : '';
  const distinct = counted(connections.distinct, 'connection');
  return [
    `${paint(captureFormat, 'strong')}  ${first}`,
    ...(connections.requests > 0 ? [`  on ${atLeast}${distinct}`] : []),
    ...(marked > 0
      ? [paint(`  ${counted(marked, 'request')} marked as sent by a load test or replay`, 'doubt')]
      : []),
  ];
}

function arrivalLines(arrivals: Arrivals, paint: Paint): string[] {
  const { perSecondMean, perSecondPeak, peakAtMs, dispersion, gapCv2 } = arrivals;
  const start = new Date(Number(BigInt(arrivals.firstNs) / 1_000_000n)).toISOString();
  const longest =
    arrivals.gapMsMax === undefined
      ? '–'
      : `${formatDuration(arrivals.gapMsMax)} after ${formatClock(arrivals.longestGapAtMs!)}`;
  const rows = [
    ['rate', `${formatRate(perSecondMean ?? Number.NaN)} in the mean`],
    ['peak', `${counted(perSecondPeak, 'request')} in the second at ${formatClock(peakAtMs)}`],
    ['gaps', `p50 ${ms(arrivals.gapMsP50)}, p99 ${ms(arrivals.gapMsP99)}, longest ${longest}`],
    ['CV² of gaps', `${plain(gapCv2)}  (0 evenly spaced, 1 Poisson, more is bursty)`],
    ['dispersion', `${plain(dispersion['1s'])} at 1 s, ${plain(dispersion['10s'])} at 10 s`],
  ];
  return [...heading('Arrivals', `from ${start}`, paint), ...table(rows.map(cells), 'll', paint)];
}

function cells(row: readonly string[]): Cell[] {
  return row.map((text) => ({ text }));
}

function ms(value: number | undefined): string {
  return value === undefined ? '–' : formatDuration(value);
}

function plain(value: number | undefined): string {
  return value === undefined ? '–' : significant(value);
}

function endpointLines({ endpoints, requests }: Inspection, options: Options, paint: Paint) {
  const shown = endpoints.slice(0, options.top);
  const hasLatency = shown.some(({ latency }) => latency !== undefined);
  const nameWidth = Math.max(20, options.width - (hasLatency ? 50 : 24));
  const rows = shown.map((endpoint) => endpointRow(endpoint, requests, nameWidth, hasLatency));
  const note = endpoints.length > shown.length ? `${shown.length} of ${endpoints.length}` : '';
  const head = hasLatency ? cells(['', '', '', 'p50', 'p99', '5xx']) : [];
  return [
    ...heading('Endpoints', note, paint),
    ...table(hasLatency ? [head, ...rows] : rows, hasLatency ? 'lrrrrr' : 'lrr', paint),
  ];
}

function endpointRow(
  { name, count, failed, latency }: Endpoint,
  total: number,
  width: number,
  hasLatency: boolean,
): Cell[] {
  const row = [shortened(name, width), formatCount(count), formatPercent(count / total)];
  if (!hasLatency) return cells(row);
  return cells([...row, ms(latency?.latencyMsP50), ms(latency?.latencyMsP99), formatCount(failed)]);
}

function counts(
  title: string,
  note: string,
  names: readonly Counted[],
  { top, width }: Options,
  paint: Paint,
): string[] {
  if (names.length === 0) return [];
  const total = names.reduce((sum, { count }) => sum + count, 0);
  const rows = names
    .slice(0, top)
    .map(({ name, count }) =>
      cells([shortened(name, width - 24), formatCount(count), formatPercent(count / total)]),
    );
  return [...heading(title, note, paint), ...table(rows, 'lrr', paint)];
}

function methodNote({ mutatingRatio }: Inspection): string {
  return `${formatPercent(mutatingRatio)} may change something`;
}

function answerNote({ latency }: Inspection): string {
  return latency === undefined ? '' : latencyText(latency);
}

function latencyText({ latencyMsMean, latencyMsP50, latencyMsP99, latencyMsMax }: Latency): string {
  const [mean, p50, p99, max] = [latencyMsMean, latencyMsP50, latencyMsP99, latencyMsMax].map(
    formatDuration,
  );
  return `latency mean ${mean}, p50 ${p50}, p99 ${p99}, max ${max}`;
}

function secretLines(secrets: Readonly<Record<string, number>>, paint: Paint): string[] {
  const rows = Object.entries(secrets).map(([what, count]) => [
    { text: cleaned(what), tone: 'doubt' as const },
    { text: formatCount(count) },
  ]);
  if (rows.length === 0) return heading('Secrets', 'none found', paint);
  return [
    ...heading('Secrets', 'counted, not shown; redact before it is shared', paint),
    ...table(rows, 'lr', paint),
  ];
}
