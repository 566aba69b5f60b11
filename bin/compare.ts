/** `plimsoll compare`: does the measurement agree with the prediction? */
import type { Command } from 'commander';
import { compare } from '../reports/compare.ts';
import { toleranceOption } from './plan.ts';
import { readResults } from './results-files.ts';
import { giveVerdict, type VerdictFiles } from './verdict.ts';

const EXAMPLES = `
Exit code: 0 where every check passes, 1 where one fails, lacks its data or is inconclusive.

Examples:
  plimsoll compare predicted.json measured.json
  plimsoll compare predicted.json measured.json --report report.html --junit junit.xml
  plimsoll compare predicted.json measured.json --tolerance 10% --json`;

interface CompareOptions extends VerdictFiles {
  readonly tolerance: number;
  readonly json?: true;
}

/** Registers the command. */
export function compareCommand(program: Command): void {
  program
    .command('compare')
    .argument('<predicted>', 'results of plan, or of simulate with the same arrivals')
    .argument('<measured>', 'results of load or read')
    .description('hold a measurement against its prediction')
    .addOption(toleranceOption())
    .option('-o, --output <file>', 'write the comparison as JSON')
    .option('--report <file>', 'write an HTML report')
    .option('--junit <file>', 'write JUnit XML')
    .option('--json', 'print the comparison as JSON')
    .addHelpText('after', EXAMPLES)
    .action((predictedFile: string, measuredFile: string, options: CompareOptions) => {
      const [predicted, measured] = [readResults(predictedFile), readResults(measuredFile)];
      giveVerdict(compare(predicted, measured, options.tolerance), predicted, measured, options);
    });
}
