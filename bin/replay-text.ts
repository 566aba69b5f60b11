/** A look at a capture, and what a replay came to, as a few lines. No bodies, no header values. */

import type { Counted } from '../replay/inspect/names.ts';
import type { SecretCounts } from '../replay/inspect/secrets.ts';
import type { ReplaySummary } from '../replay/run/summary.ts';
import { NO_HOST, type Survey } from '../replay/run/survey.ts';
import type { LoginsReport } from '../replay/users/logins.ts';
import type { UsersReport } from '../replay/users/users.ts';
import { answersText } from '../reports/text-answers.ts';
import { cleaned } from '../reports/text-clean.ts';
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatRate,
  significant,
} from '../simulator/model/units.ts';
import { Histogram, type HistogramData } from '../simulator/results/histogram.ts';
import { answersJson } from './replay-compare.ts';

const MOST_TOLD = 8;

/** What would be sent, and what would not. */
export function surveyText(
  survey: Survey,
  target: string,
  users?: UsersReport,
  secrets?: SecretCounts,
): string {
  const { read, records, planned, heldBack, recordedMs, durationMs, requests } = survey;
  const rows: [string, string][] = [
    [
      'capture',
      `${formatCount(records)} requests in ${formatCount(read.read)} records ` +
        `(${survey.format}) over ${formatDuration(recordedMs)}`,
    ],
    ['not read', reasons({ ...read.skipped, ...read.rejected })],
    ['hosts', counted(survey.hosts)],
    [
      'methods',
      `${counted(survey.methods)}; ${formatPercent(survey.mutatingRatio)} may change something`,
    ],
    [
      'held back',
      `${formatCount(records - planned)} of ${formatCount(records)}${because(heldBack)}`,
    ],
    [
      'to send',
      `${formatCount(requests)} requests to ${target} in ${formatDuration(durationMs)}, ` +
        `${mean(requests, durationMs)}, ${formatRate(survey.peakPerSecond)} in the busiest second, ` +
        `${formatBytes(survey.bytes)}`,
    ],
    ['endpoints', counted(survey.endpoints)],
    ...sourceRows(survey, target),
    ...usersRows(users),
  ];
  if (secrets !== undefined) rows.push(['secrets', reasons(secrets)]);
  if (survey.wentBack > 0) {
    rows.push([
      'order',
      `${formatCount(survey.wentBack)} records are earlier than one before them`,
    ]);
  }
  return table(rows);
}

/** Why nothing would be sent, in one line. */
export function nothingText({ records, heldBack }: Survey): string {
  const all = `${formatCount(total(heldBack))} of ${formatCount(records)} are held back`;
  return `nothing would be sent: ${all}${because(heldBack)}`;
}

/** The verdict first. */
export function summaryText(summary: ReplaySummary): string {
  const { records, sent, failed, heldBack, connections, elapsedMs, cpuMs, driftMs } = summary;
  const mark = {
    pass: '✓ PASS',
    fail: '✗ FAIL',
    inconclusive: '? INCONCLUSIVE',
    'no data': '– NO DATA',
  }[summary.verdict];
  const failedCount = total(failed);
  const rows: [string, string][] = [
    [
      'records',
      `${formatCount(records)} = ${formatCount(sent)} sent + ${formatCount(failedCount)} failed + ${formatCount(total(heldBack))} held back`,
    ],
    ['answers', reasons(summary.statuses)],
    ['failed', failedCount === 0 ? 'none' : reasons(failed)],
    ['held back', total(heldBack) === 0 ? 'none' : reasons(heldBack)],
    ['latency', `${quantiles(summary.latencyMs)} from the intended moment`],
    ['service', `${quantiles(summary.serviceMs)} from the send`],
    ['lateness', `${quantiles(summary.latenessMs)} of the send`],
    [
      'replay',
      `${formatDuration(elapsedMs)}, off its schedule by ${formatDuration(driftMs ?? Number.NaN)} ` +
        `at the end, ${formatCount(connections)} connections, ${formatPercent(cpuMs / elapsedMs)} of a core`,
    ],
    ['bytes', `${formatBytes(summary.bytesOut)} of bodies out, ${formatBytes(summary.bytesIn)} in`],
    ...(summary.second === undefined
      ? []
      : [['second', `${summary.second} got every request, too`] as [string, string]]),
    ...usersRows(summary.users),
    ...loginRows(summary.logins),
    ...summary.overrides.map((text): [string, string] => ['override', text]),
  ];
  const head = `${mark}  ${summary.target}  run ${summary.runId}`;
  const why = summary.reasons.map((reason) => `  ${cleaned(reason)}`);
  const answers = summary.answers === undefined ? [] : [answersText(summary.answers)];
  return [head, ...why, table(rows), ...answers].join('\n');
}

/** The summary as JSON: histograms as quantiles, everything else as it is. */
export function summaryJson(
  summary: ReplaySummary,
  survey: Survey,
  middleware: object | undefined,
): string {
  const of = (data: HistogramData) => {
    const histogram = new Histogram().merge(data);
    const at = (q: number) => (data.count === 0 ? null : histogram.quantile(q));
    const { count, max } = data;
    return { count, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max };
  };
  const { latencyMs, serviceMs, latenessMs, answers, ...rest } = summary;
  return JSON.stringify({
    format: 'plimsoll-replay/1',
    ...rest,
    latencyMs: of(latencyMs),
    serviceMs: of(serviceMs),
    latenessMs: of(latenessMs),
    ...(answers && { answers: answersJson(answers, of) }),
    ...(middleware && { middleware }),
    survey,
  });
}

/** Most access logs have no host: then nobody is kept from replaying them into their source. */
function sourceRows({ hosts }: Survey, target: string): [string, string][] {
  const unknown = hosts.find(({ name }) => name === NO_HOST)?.count ?? 0;
  if (unknown === 0) return [];
  const requests = `${formatCount(unknown)} requests name no host`;
  return [['source', `${requests}: whether they were recorded at ${target} is not checked`]];
}

function usersRows(users: UsersReport | undefined): [string, string][] {
  if (users === undefined) return [];
  const { recorded, testUsers, sharing, ofNobody } = users;
  const shared = sharing === 0 ? 'one to one' : `${formatCount(sharing)} have to share one`;
  const nobody = ofNobody === 0 ? '' : `; ${formatCount(ofNobody)} records are nobody's`;
  return [
    [
      'users',
      `${formatCount(recorded)} recorded, ${formatCount(testUsers)} test users: ${shared}${nobody}`,
    ],
  ];
}

function loginRows(logins: LoginsReport | undefined): [string, string][] {
  if (logins === undefined) return [];
  const { users, renewed, afterRefusal, failed } = logins;
  return [
    [
      'logins',
      `${formatCount(users)} logged in, ${formatCount(renewed)} times anew ` +
        `(${formatCount(afterRefusal)} after a 401), ${formatCount(failed)} failed`,
    ],
  ];
}

function table(rows: readonly (readonly [string, string])[]): string {
  return rows.map(([name, text]) => `  ${name.padEnd(10)} ${cleaned(text)}`).join('\n');
}

function mean(requests: number, durationMs: number): string {
  return durationMs > 0 ? formatRate((requests - 1) / (durationMs / 1000)) : 'at once';
}

function quantiles(data: HistogramData): string {
  if (data.count === 0) return 'nothing';
  const histogram = new Histogram().merge(data);
  const at = (q: number) => formatDuration(histogram.quantile(q));
  return `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, max ${formatDuration(data.max)}`;
}

function because(counts: Readonly<Record<string, number>>): string {
  return total(counts) === 0 ? '' : `: ${reasons(counts)}`;
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function reasons(counts: Readonly<Record<string, number>>): string {
  const all = Object.entries(counts).map(([name, count]) => ({ name, count }));
  return counted(all.sort((a, b) => b.count - a.count));
}

function counted(all: readonly Counted[]): string {
  if (all.length === 0) return 'none';
  const told = all.slice(0, MOST_TOLD).map(({ name, count }) => `${formatCount(count)} × ${name}`);
  const rest = all.length - told.length;
  return rest > 0 ? `${told.join(', ')} and ${rest} more` : told.join(', ');
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [size, unit] = bytes < 1e6 ? [1e3, 'kB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${significant(bytes / size)} ${unit}`;
}
