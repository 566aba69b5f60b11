/** A comparison as commands give it out: text or JSON, report files, exit code. */
import type { Comparison } from '../reports/comparison.ts';
import { renderHtml } from '../reports/html.ts';
import { renderJunit } from '../reports/junit.ts';
import { type ReplayRound, withReplays } from '../reports/replay-round.ts';
import { renderText } from '../reports/text.ts';
import { cleaned } from '../reports/text-clean.ts';
import { MARK, tally } from '../reports/text-verdicts.ts';
import type { Results } from '../simulator/results/results.ts';
import { givenCommand, print, writeJson, writeWhole } from './files.ts';
import { terminal } from './terminal.ts';

const GATE_FAILED = 1;

export interface VerdictFiles {
  readonly report?: string | undefined;
  readonly junit?: string | undefined;
  readonly output?: string | undefined;
}

/** Writes what was asked for, prints the rest, and fails the process unless the verdict is pass. */
export function giveVerdict(
  comparison: Comparison,
  predicted: Results,
  measured: Results,
  { json, ...files }: VerdictFiles & { readonly json?: true | undefined },
  replays: readonly ReplayRound[] = [],
): void {
  giveReport(comparison, predicted, measured, files, replays);
  if (json) print(JSON.stringify(verdictJson(comparison, replays)));
  else print(verdictText(comparison, replays));
  if (withReplays(comparison, replays).verdict !== 'pass') process.exitCode = GATE_FAILED;
}

/** The comparison; with replays, what all come to, beside the load's own verdict and theirs. */
export function verdictJson(comparison: Comparison, replays: readonly ReplayRound[]): object {
  if (replays.length === 0) return comparison;
  const { verdict, reasons } = withReplays(comparison, replays);
  return {
    ...comparison,
    verdict,
    reasons,
    load: { verdict: comparison.verdict, reasons: comparison.reasons },
    replays: replays.map(({ speed, comparison: own }) => ({ speed, ...own })),
  };
}

/** The verdict over all first, and last a line for the load and each replay. */
export function verdictText(comparison: Comparison, replays: readonly ReplayRound[]): string {
  if (replays.length === 0) return renderText(comparison, terminal());
  const { verdict, checks } = withReplays(comparison, replays);
  const { name } = comparison;
  const head = `${MARK[verdict]} ${verdict.toUpperCase()}  ${name} and its replays: ${tallyOf(checks)}`;
  return [
    head,
    '',
    renderText(comparison, terminal()),
    '',
    lineOf('load', comparison),
    ...replays.map((round) => lineOf(`replay ×${round.speed}`, round.comparison)),
  ].join('\n');
}

function tallyOf(checks: Comparison['checks']): string {
  return tally(checks.map(({ verdict }) => verdict));
}

/** The files alone: nothing is printed, nothing fails. */
export function giveReport(
  comparison: Comparison,
  predicted: Results,
  measured: Results,
  { report, junit, output }: VerdictFiles,
  replays: readonly ReplayRound[] = [],
): void {
  if (output !== undefined) writeJson(output, verdictJson(comparison, replays));
  if (junit !== undefined) writeWhole(junit, renderJunit(comparison, replays));
  if (report === undefined) return;
  const parts = { predicted, measured, comparison, replays, command: givenCommand() };
  writeWhole(report, renderHtml(parts));
}

/** `replay ×2: pass (18 pass)`, and why it is none. */
function lineOf(name: string, { verdict, checks, reasons }: Comparison): string {
  const why = reasons.slice(0, 3).map((reason) => `\n  ${cleaned(reason)}`);
  return `${name}: ${verdict} (${tallyOf(checks)})${why.join('')}`;
}
