/** `plimsoll plan`: from a simulated scenario to the load that will test it. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { DEFAULT_TOLERANCE_RATIO } from '../reports/bands.ts';
import { makePlan } from '../reports/make-plan.ts';
import { modelDigest } from '../simulator/model/digest.ts';
import type { Model } from '../simulator/model/model.ts';
import { formatCount, formatDuration, writePercent } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import type { Results } from '../simulator/results/results.ts';
import type { JourneyLoad, LoadPlan } from '../simulator/traffic/load-plan.ts';
import { prepareToWrite, print, shown, writeJson } from './files.ts';
import { addSimulationOptions, percentage, type SimulationFlags } from './options.ts';
import { predict } from './predict.ts';
import {
  addModelOptions,
  hasOverlay,
  type LoadedModel,
  loadRequested,
  type ModelOptions,
  systemNames,
} from './systems.ts';

export const PLAN_REPLICATIONS = 20;
const DEFAULT_TOLERANCE = { toleranceRatio: DEFAULT_TOLERANCE_RATIO };
export const DEFAULT_TARGET = 'http://127.0.0.1:4100';

const EXAMPLES = `
Examples:
  plimsoll plan unacademy-feed --overlay staging -o plan.json
  plimsoll plan unacademy-feed --overlay staging --pacing even -o plan.json
  plimsoll plan unacademy-feed --overlay staging --json | head -c 400`;

interface PlanFlags extends ModelOptions, SimulationFlags {
  readonly output: string;
  readonly predicted?: string;
  readonly target: string;
  readonly pacing: JourneyLoad['pacing'];
  readonly tolerance: number;
  readonly json?: true;
}

/** Registers the command. */
export function planCommand(program: Command): void {
  const command = addModelOptions(program.command('plan'))
    .argument('<system>', 'name of a system, or path of a model file')
    .description('write the load that tests a prediction: arrivals, users, thresholds, bands');
  addSimulationOptions(command, PLAN_REPLICATIONS)
    .option('-o, --output <file>', 'the load plan', 'plan.json')
    .option('--predicted <file>', 'the prediction (default: predicted.json beside the plan)')
    .option('--target <url>', 'base URL of the system', DEFAULT_TARGET)
    .addOption(pacingOption())
    .addOption(toleranceOption())
    .option('--json', 'print the plan as well')
    .addHelpText('after', EXAMPLES)
    .action(plan);
}

/** `--pacing` */
export function pacingOption(): Option {
  return new Option(
    '--pacing <kind>',
    "exact: the model's own arrival times; even: evenly spaced, by the executors of k6",
  )
    .choices(['exact', 'even'])
    .default('exact');
}

/** `--tolerance` */
export function toleranceOption(): Option {
  return new Option('--tolerance <percent>', 'beyond the predicted interval, for what no model has')
    .argParser(percentage)
    .default(DEFAULT_TOLERANCE_RATIO, writePercent(DEFAULT_TOLERANCE_RATIO));
}

/**
 * The plan that lies beside a built scenario, so that k6 alone can run it: of the system of that
 * name as it is staged. A scenario without a system of its name gets none.
 */
export async function writeDefaultPlan(scenario: string, path: string): Promise<void> {
  if (!systemNames().includes(scenario)) return;
  const overlay = hasOverlay(scenario, 'staging') ? ['staging'] : [];
  const flags = { seed: 1, replications: PLAN_REPLICATIONS };
  const predicted = await predict(loadRequested(scenario, { overlay }), flags, 'shared');
  const options = { target: DEFAULT_TARGET, pacing: 'exact', ...DEFAULT_TOLERANCE } as const;
  writeJson(path, makePlan(predicted, options));
}

async function plan(system: string, options: PlanFlags): Promise<void> {
  const loaded = paced(loadRequested(system, options), options.pacing);
  const predictedFile =
    options.predicted ?? options.output.replace(/[^/\\]*$/, () => 'predicted.json');
  checkFiles(options.output, predictedFile);
  const predicted = await predict(loaded, options, 'shared');
  const made = makePlan(predicted, { ...options, toleranceRatio: options.tolerance });
  writeJson(options.output, made);
  writeJson(predictedFile, predicted);
  print(
    options.json ? JSON.stringify(made) : planText(made, predicted, options.output, predictedFile),
  );
}

/** Two files, both of which can be written: before the simulation, and not after it. */
function checkFiles(planFile: string, predictedFile: string): void {
  if (resolve(planFile) === resolve(predictedFile)) {
    throw new UsageError(
      `expected two files for plan and prediction, found ${shown(planFile)} for both`,
    );
  }
  for (const file of [planFile, predictedFile]) prepareToWrite(file);
}

/** Evenly spaced load is held against an evenly spaced model: its queues are shorter. */
export function paced(loaded: LoadedModel, pacing: JourneyLoad['pacing']): LoadedModel {
  if (pacing === 'exact') return loaded;
  for (const { name, arrivals } of loaded.model.traffic) {
    if (typeof arrivals !== 'object') continue;
    const how = arrivals.type === 'replayed' ? 'is that of a capture' : 'comes in bursts';
    throw new UsageError(`traffic ${name} ${how}: it cannot be spaced evenly`);
  }
  const traffic = loaded.model.traffic.map((one) => ({ ...one, arrivals: 'even' as const }));
  const model: Model = { ...loaded.model, traffic };
  return { ...loaded, model, digest: modelDigest(model) };
}

function planText(
  made: LoadPlan,
  predicted: Results,
  planFile: string,
  predictedFile: string,
): string {
  const loads = made.loads.map(
    ({ journey, endpoint, arrivalCount, virtualUsers, pacing }) =>
      `  ${journey}: ${formatCount(arrivalCount)} × GET /${endpoint} in ` +
      `${formatDuration(made.durationMs)}, ${pacing}, ${virtualUsers} virtual users`,
  );
  const thresholds = Object.entries(made.thresholds).map(
    ([metric, rules]) => `  ${metric}: ${rules.join(', ')}`,
  );
  return [
    `${made.name}, seed ${made.seed}, ${predicted.runs.length} replications`,
    ...loads,
    'thresholds, at the upper end of what was predicted:',
    ...thresholds,
    `plan: ${shown(planFile)}`,
    `prediction: ${shown(predictedFile)}`,
  ].join('\n');
}
