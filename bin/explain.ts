/** `plimsoll explain`: why did a group have the size it had, in a simulated or a live run? */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { explain } from '../reports/explain.ts';
import { renderExplained } from '../reports/text-explain.ts';
import { formatTool } from '../reports/text-numbers.ts';
import { parseMoment } from '../simulator/model/units.ts';
import type { Results } from '../simulator/results/results.ts';
import { print } from './files.ts';
import { wholeNumber } from './options.ts';
import { readResults } from './results-files.ts';
import { terminal } from './terminal.ts';

const EXAMPLES = `
What the control loops saw is kept of a simulation's first run, and of a live run that the staging
controller has logged; of other runs only what they decided.

Examples:
  plimsoll explain predicted.json
  plimsoll explain predicted.json --at 0:42
  plimsoll explain predicted.json --at 42s --service feed
  plimsoll explain measured.json --at 0:42 --json`;

interface ExplainFlags {
  readonly at?: number;
  readonly service?: string;
  readonly run: number;
  readonly json?: true;
}

/** Registers the command. */
export function explainCommand(program: Command): void {
  program
    .command('explain')
    .argument('<results>', 'results of simulate, plan, load or read')
    .description('say what scaling saw, by which rule it decided, and what came of it')
    .addOption(
      new Option(
        '--at <moment>',
        'a moment of the run, 10:42 or 642s (default: every decision)',
      ).argParser(moment),
    )
    .option('--service <name>', 'one group only')
    .addOption(
      new Option('--run <n>', 'which of several replications')
        .argParser(wholeNumber(1, 999_999_999))
        .default(1),
    )
    .option('--json', 'print it as JSON, with everything that was seen')
    .addHelpText('after', EXAMPLES)
    .action((file: string, { at, service, run, json }: ExplainFlags) => {
      const results = readResults(file);
      const explained = explain(results, { run, atMs: at, service });
      if (json) print(JSON.stringify(explained));
      else print(renderExplained(explained, { ...terminal(), origin: originOf(results, run) }));
    });
}

function moment(text: string): number {
  const ms = parseMoment(text);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError('Expected a moment such as 10:42, 1:10:42, 642s or 10m42s.');
}

/** `simulator 0.1.0, seed 1, run 1 of 10`, `k6 2.0.0` */
function originOf({ provenance, runs }: Results, run: number): string {
  const seed = provenance.tool === 'simulator' ? [`seed ${provenance.seed}`] : [];
  const which = runs.length > 1 ? [`run ${run} of ${runs.length}`] : [];
  return [formatTool(provenance), ...seed, ...which].join(', ');
}
