/**
 * A comparison as JUnit XML, so that every CI shows its checks as tests: one suite per kind of
 * check, one case per check. Whatever is no pass is red: a `fail` and an `inconclusive` as
 * failures, `no data` as an error; nothing is skipped. Valid against the schema of Jenkins' xUnit
 * plugin (junit-10.xsd).
 */
import type { Verdict } from '../simulator/analysis/objectives.ts';
import type { Provenance } from '../simulator/results/results.ts';
import type { Check, Comparison } from './comparison.ts';
import type { ReplayRound } from './replay-round.ts';
import { cleaned } from './text-clean.ts';
import {
  formatAllowed,
  formatDate,
  formatEstimate,
  formatTool,
  formatValue,
} from './text-numbers.ts';
import { KIND_WORDS, KINDS, type Kind } from './text-verdicts.ts';

/** A suite of one case for a verdict that no check explains: without it, CI would be green. */
const VERDICT_SUITE = 'verdict';

interface Case {
  readonly className: string;
  readonly name: string;
  readonly verdict: Verdict;
  readonly message: string;
  readonly details: string;
}

/**
 * One document that ends in a line feed.
 *
 * @param replays each adds suites of its own, called `replay ×2: Bands`
 */
export function renderJunit(comparison: Comparison, replays: readonly ReplayRound[] = []): string {
  const rounds = replays.map((round) => suitesOf(round.comparison, `replay ×${round.speed}: `));
  const all = [...suitesOf(comparison, ''), ...rounds.flat()];
  const xml = all
    .filter(({ cases }) => cases.length > 0)
    .map(({ of, name, cases }) => suite(of, name, cases));
  const counts = totals(all.flatMap(({ cases }) => cases));
  const name = attribute('name', `plimsoll: ${comparison.name}`);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<testsuites ${name} ${counts} time="0">\n${xml.join('')}</testsuites>\n`,
  ].join('');
}

function suitesOf(of: Comparison, prefix: string) {
  const suites = KINDS.map((kind) => ({
    of,
    name: `${prefix}${KIND_WORDS[kind].name}`,
    cases: casesOf(of, kind),
  }));
  return [...suites, { of, name: `${prefix}${VERDICT_SUITE}`, cases: unexplained(of) }];
}

function casesOf({ checks }: Comparison, kind: Kind): Case[] {
  return checks.filter((check) => check.kind === kind).map(caseOf);
}

function caseOf(check: Check): Case {
  const { kind, subject, window, statistic, verdict, reason } = check;
  return {
    className: `${kind}.${subject}`,
    name: `${window} ${statistic}`,
    verdict,
    message: reason === '' ? verdict : reason,
    details: detailsOf(check),
  };
}

function detailsOf({ predicted, allowed, measured, unit }: Check): string {
  const lines = [
    predicted === null ? '' : `predicted ${formatEstimate(predicted, unit)}`,
    allowed.low === null && allowed.high === null ? '' : `allowed ${formatAllowed(allowed, unit)}`,
    `measured ${formatValue(measured.value, unit)}`,
  ];
  return lines.filter((line) => line !== '').join('\n');
}

/** The verdict itself, where it is no pass and every check is, or where there is no check. */
function unexplained({ name, verdict, reasons, checks }: Comparison): Case[] {
  if (checks.some((check) => check.verdict !== 'pass')) return [];
  if (checks.length > 0 && verdict === 'pass') return [];
  return [
    {
      className: `verdict.${name}`,
      name: 'comparison',
      verdict: checks.length === 0 ? 'no data' : verdict,
      message: checks.length === 0 ? 'there was nothing to check' : reasons.join('; '),
      details: reasons.join('\n'),
    },
  ];
}

function suite(comparison: Comparison, name: string, cases: readonly Case[]): string {
  const startedAt = formatDate(comparison.measured.startedAtMs);
  const timestamp = startedAt?.replace(' UTC', '').replace(' ', 'T');
  const at = timestamp === undefined ? '' : ` ${attribute('timestamp', timestamp)}`;
  return (
    `  <testsuite ${attribute('name', name)} ${totals(cases)} skipped="0" time="0"${at}>\n` +
    `    <properties>\n${propertiesOf(comparison).map(property).join('')}    </properties>\n` +
    `${cases.map(testCase).join('')}${warningsOf(comparison)}  </testsuite>\n`
  );
}

/** What else was seen, where CI shows a suite's output; it makes nothing red. */
function warningsOf({ warnings }: Comparison): string {
  if (warnings.length === 0) return '';
  const lines = warnings.map((warning) => `warning: ${warning.replaceAll('\n', ' ')}`);
  return `    <system-out>${escaped(lines.join('\n'))}</system-out>\n`;
}

function totals(cases: readonly Case[]): string {
  const errors = cases.filter(({ verdict }) => verdict === 'no data').length;
  const failures = cases.filter(({ verdict }) => verdict !== 'pass').length - errors;
  return `tests="${cases.length}" failures="${failures}" errors="${errors}"`;
}

function testCase({ className, name, verdict, message, details }: Case): string {
  const names = `${attribute('classname', className)} ${attribute('name', name)}`;
  const head = `    <testcase ${names} time="0"`;
  if (verdict === 'pass') return `${head}/>\n`;
  const element = verdict === 'no data' ? 'error' : 'failure';
  return (
    `${head}>\n      <${element} ${attribute('type', verdict)} ${attribute('message', message)}>` +
    `${escaped(details)}</${element}>\n    </testcase>\n`
  );
}

function propertiesOf({
  predicted,
  measured,
  toleranceRatio,
  verdict,
}: Comparison): [string, string][] {
  return [
    ['verdict', verdict],
    ['tolerance', formatValue(toleranceRatio, 'ratio')],
    ...provenance('predicted', predicted),
    ...provenance('measured', measured),
  ];
}

function provenance(side: string, from: Provenance): [string, string][] {
  return [
    [`${side}.tool`, formatTool(from)],
    [`${side}.plimsoll`, from.version],
    [`${side}.model`, from.modelDigest],
    [`${side}.seed`, String(from.seed)],
    [`${side}.started`, formatDate(from.startedAtMs) ?? 'not by the clock'],
  ];
}

function property([name, value]: [string, string]): string {
  return `      <property ${attribute('name', name)} ${attribute('value', value)}/>\n`;
}

function attribute(name: string, value: string): string {
  return `${name}="${escaped(cleaned(value))}"`;
}

/** Text for XML; what XML cannot hold at all is taken out, line by line, before. */
function escaped(text: string): string {
  return text
    .split('\n')
    .map(cleaned)
    .join('\n')
    .replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
