/** `plimsoll report`: a prediction, alone or beside its measurement, as one HTML file. */
import type { Command } from 'commander';
import { compare } from '../reports/compare.ts';
import { renderHtml } from '../reports/html.ts';
import { renderJunit } from '../reports/junit.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { print, shown, writeWhole } from './files.ts';
import { toleranceOption } from './plan.ts';
import { readResults } from './results-files.ts';

const EXAMPLES = `
Examples:
  plimsoll report predicted.json -o report.html
  plimsoll report predicted.json measured.json -o report.html --junit junit.xml`;

interface ReportOptions {
  readonly output: string;
  readonly junit?: string;
  readonly tolerance: number;
}

/** Registers the command. */
export function reportCommand(program: Command): void {
  program
    .command('report')
    .argument('<predicted>', 'results of simulate or plan')
    .argument('[measured]', 'results of load or read')
    .description('write an HTML report; what it says never fails the command, see compare')
    .option('-o, --output <file>', 'the report', 'report.html')
    .option('--junit <file>', 'write JUnit XML')
    .addOption(toleranceOption())
    .addHelpText('after', EXAMPLES)
    .action(report);
}

function report(predictedFile: string, measuredFile: string | undefined, options: ReportOptions) {
  const predicted = readResults(predictedFile);
  if (measuredFile === undefined) {
    if (options.junit !== undefined) throw new UsageError('--junit needs a measurement');
    writeWhole(options.output, renderHtml({ predicted }));
  } else {
    const measured = readResults(measuredFile);
    const comparison = compare(predicted, measured, options.tolerance);
    writeWhole(options.output, renderHtml({ predicted, measured, comparison }));
    if (options.junit !== undefined) writeWhole(options.junit, renderJunit(comparison));
  }
  print(shown(options.output));
}
