/** A comparison as commands give it out: text or JSON, report files, exit code. */
import type { Comparison } from '../reports/comparison.ts';
import { renderHtml } from '../reports/html.ts';
import { renderJunit } from '../reports/junit.ts';
import type { ReplayRound } from '../reports/replay-round.ts';
import { renderText } from '../reports/text.ts';
import { tally } from '../reports/text-verdicts.ts';
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
  const rounds = replays.map(({ speed, comparison: own }) => ({ speed, ...own }));
  if (json) print(JSON.stringify({ ...comparison, ...(rounds.length > 0 && { replays: rounds }) }));
  else print([renderText(comparison, terminal()), ...replays.map(replayText)].join('\n'));
  const all = [comparison, ...rounds];
  if (all.some(({ verdict }) => verdict !== 'pass')) process.exitCode = GATE_FAILED;
}

/** The files alone: nothing is printed, nothing fails. */
export function giveReport(
  comparison: Comparison,
  predicted: Results,
  measured: Results,
  { report, junit, output }: VerdictFiles,
  replays: readonly ReplayRound[] = [],
): void {
  if (output !== undefined) writeJson(output, comparison);
  if (junit !== undefined) writeWhole(junit, renderJunit(comparison, replays));
  if (report === undefined) return;
  const parts = { predicted, measured, comparison, replays, command: givenCommand() };
  writeWhole(report, renderHtml(parts));
}

/** `replay ×2: pass (18 pass)`, and why it is none. */
function replayText({ speed, comparison: { verdict, checks, reasons } }: ReplayRound): string {
  const counts = tally(checks.map((check) => check.verdict));
  const why = reasons.slice(0, 3).map((reason) => `\n  ${reason}`);
  return `replay ×${speed}: ${verdict} (${counts})${why.join('')}`;
}
