/** A comparison as commands give it out: text or JSON, report files, exit code. */
import type { Comparison } from '../reports/comparison.ts';
import { renderHtml } from '../reports/html.ts';
import { renderJunit } from '../reports/junit.ts';
import { renderText } from '../reports/text.ts';
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
  { report, junit, output, json }: VerdictFiles & { readonly json?: true | undefined },
): void {
  if (output !== undefined) writeJson(output, comparison);
  if (junit !== undefined) writeWhole(junit, renderJunit(comparison));
  if (report !== undefined)
    writeWhole(report, renderHtml({ predicted, measured, comparison, command: givenCommand() }));
  print(json ? JSON.stringify(comparison) : renderText(comparison, terminal()));
  if (comparison.verdict !== 'pass') process.exitCode = GATE_FAILED;
}
