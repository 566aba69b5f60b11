/** `plimsoll simulate`: what would happen, and would the objectives hold? */
import { type Command, Option } from 'commander';
import { renderHtml } from '../reports/html.ts';
import { renderPrediction } from '../reports/text-prediction.ts';
import { judgeObjectives } from '../simulator/analysis/objectives.ts';
import { givenCommand, prepareToWrite, print, shown, writeJson, writeWhole } from './files.ts';
import { addSimulationOptions, percentage, type SimulationFlags } from './options.ts';
import { predict } from './predict.ts';
import { say } from './progress.ts';
import { addSteadyOptions, type SteadyFlags, steadyState } from './steady-state.ts';
import {
  addModelOptions,
  loadRequested,
  type ModelOptions,
  systemNames,
  whatIfsOf,
} from './systems.ts';
import { terminal } from './terminal.ts';

const DEFAULT_REPLICATIONS = 10;
const GATE_FAILED = 1;

const EXAMPLES = `
Examples:
  plimsoll simulate unacademy-feed
  plimsoll simulate unacademy-feed --what-if exam-day-spike
  plimsoll simulate unacademy-feed --set traffic.learners.rate=400/s --report report.html
  plimsoll simulate unacademy-feed --overlay staging --precision 2%
  plimsoll simulate unacademy-feed --overlay staging --overlay staging-level --steady-state
  plimsoll simulate unacademy-feed --overlay staging --json`;

interface SimulateOptions extends ModelOptions, SimulationFlags, SteadyFlags {
  readonly json?: true;
  readonly output?: string;
  readonly report?: string;
  readonly gate?: true;
  readonly precision?: number;
}

/** Registers the command. */
export function simulateCommand(program: Command): void {
  const command = addModelOptions(program.command('simulate'))
    .argument('<system>', 'name of a system, or path of a model file')
    .description('predict latency, errors, instances and cost');
  addSimulationOptions(command, DEFAULT_REPLICATIONS)
    .addOption(precisionOption())
    .option('--json', 'print the results as JSON')
    .option('-o, --output <file>', 'write the results as JSON, for compare and report')
    .option('--report <file>', 'write an HTML report')
    .option('--gate', 'exit with 1 unless every objective is held');
  addSteadyOptions(command)
    .addHelpText('after', () => `${systemList()}\n${EXAMPLES}`)
    .action(simulate);
}

async function simulate(system: string, options: SimulateOptions): Promise<void> {
  const loaded = loadRequested(system, options);
  if (options.steadyState) return steadyState(loaded, options);
  for (const file of [options.output, options.report]) if (file !== undefined) prepareToWrite(file);
  const results = await predict(loaded, options, 'independent');
  if (options.output !== undefined) writeJson(options.output, results);
  if (options.report !== undefined) {
    writeWhole(options.report, renderHtml({ predicted: results, command: givenCommand() }));
    say(`report: ${shown(options.report)}`);
  }
  const { question } = loaded;
  const words = { command: givenCommand(), ...(question !== undefined && { question }) };
  print(
    options.json ? JSON.stringify(results) : renderPrediction(results, { ...terminal(), ...words }),
  );
  const verdicts = judgeObjectives(loaded.model, results);
  const isHeld = verdicts.length > 0 && verdicts.every(({ verdict }) => verdict === 'pass');
  if (options.gate && !isHeld) process.exitCode = GATE_FAILED;
}

function precisionOption(): Option {
  return new Option(
    '--precision <percent>',
    'go on until mean and p99 are known to this share of themselves, at most 1000 replications',
  ).argParser(percentage);
}

/** What there is to ask, in the command's help. */
function systemList(): string {
  const lines = systemNames().flatMap((name) => [
    `  ${name}`,
    ...whatIfsOf(name).map(({ name: whatIf, question }) => `    ${whatIf}: ${question}`),
  ]);
  return `\nSystems and their what-ifs:\n${lines.join('\n')}`;
}
