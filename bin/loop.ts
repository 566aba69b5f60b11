/**
 * `plimsoll loop`: the whole of it, on real processes.
 *
 *     model ──► predict ──► plan ──► staging up ──► load ──► compare ──► report
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Stack, startStack } from '../fixtures/staging/stack.ts';
import { compare } from '../reports/compare.ts';
import { makePlan } from '../reports/make-plan.ts';
import type { JourneyLoad } from '../simulator/traffic/load-plan.ts';
import { prepareToWrite, RUNS, shown, writeJson } from './files.ts';
import { interruption } from './interrupt.ts';
import { chooseEngine, type EngineChoice, engineOption, measure } from './load.ts';
import { record, replayRounds } from './loop-replay.ts';
import { addSimulationOptions, checkedName, type SimulationFlags } from './options.ts';
import { DEFAULT_TARGET, PLAN_REPLICATIONS, paced, pacingOption, toleranceOption } from './plan.ts';
import { predict } from './predict.ts';
import { say, startProgress } from './progress.ts';
import {
  addModelOptions,
  hasOverlay,
  type LoadedModel,
  loadRequested,
  type ModelOptions,
} from './systems.ts';
import { giveVerdict } from './verdict.ts';

const DEFAULT_SYSTEM = 'unacademy-feed';
const STAGING_OVERLAY = 'staging';
/** On top of it, for `--replay`. */
const REPLAY_OVERLAY = 'staging-replay';

const EXAMPLES = `
The model is laid out for this machine by the overlay \`staging\` beside it, if there is one and no
other --overlay is given. --twin-set changes the real system but not the prediction: break it on
purpose and see whether the verdict notices.

Examples:
  plimsoll loop
  plimsoll loop unacademy-feed --overlay staging --overlay staging-step
  plimsoll loop --replay
  plimsoll loop --twin-set services.feed.serves.threads=2
  plimsoll loop --twin-set services.feed.scaling.policies=[]`;

interface LoopOptions extends ModelOptions, SimulationFlags {
  readonly twinSet?: readonly string[];
  readonly engine: EngineChoice;
  readonly pacing: JourneyLoad['pacing'];
  readonly tolerance: number;
  readonly output?: string;
  readonly replay?: true;
  readonly json?: true;
}

/** Registers the command. */
export function loopCommand(program: Command): void {
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  const command = addModelOptions(program.command('loop'))
    .argument('[system]', 'name of a system, or path of a model file', DEFAULT_SYSTEM)
    .description('predict, load the real thing, compare, report')
    .option('--twin-set <path=value>', 'change the real system only; repeatable', collect);
  addSimulationOptions(command, PLAN_REPLICATIONS)
    .addOption(engineOption())
    .addOption(pacingOption())
    .addOption(toleranceOption())
    .option('--replay', 'record the load, replay it at ×1, ×2 and ×5, and compare that as well')
    .option('-o, --output <folder>', 'where everything goes (default: dist/runs/<name>)')
    .option('--json', 'print the comparison as JSON')
    .addHelpText('after', EXAMPLES)
    .action(loop);
}

async function loop(system: string, options: LoopOptions): Promise<void> {
  const request = staged(system, options, options.replay);
  const loaded = paced(loadRequested(system, request), options.pacing);
  const twin = loadRequested(system, {
    ...request,
    set: [...(options.set ?? []), ...(options.twinSet ?? [])],
  });
  const folder = options.output ?? join(RUNS, checkedName(loaded.model.name));
  const file = (name: string) => join(folder, name);
  prepareToWrite(file('report.html'));
  const engine = await chooseEngine(options.engine);

  say(`1/4 predict: ${loaded.files.map(shown).join(' + ')}`);
  const predicted = await predict(loaded, options, 'shared');
  const planOptions = { target: DEFAULT_TARGET, pacing: options.pacing };
  const plan = makePlan(predicted, { ...planOptions, toleranceRatio: options.tolerance });

  say(`2/4 staging: ${twin.model.services.map(({ name }) => name).join(', ')} on this machine`);
  const stack = await up(twin, options.seed, folder);
  try {
    // Not before the stack has the folder: another loop in it still needs its own.
    writeJson(file('predicted.json'), predicted);
    writeJson(file('plan.json'), plan);
    say(`3/4 load: ${engine === 'built-in' ? 'built-in generator' : `k6 ${engine.version}`}`);
    const capture = file('capture.gor');
    const recording = options.replay && (await record(stack, capture));
    const measured = await measure(plan, {
      planFile: file('plan.json'),
      engine,
      output: file('measured.json'),
      target: recording?.url,
      stack,
      allowedHosts: [],
    }).finally(() => recording?.end());
    const { tolerance } = options;
    const rounds = { system, request, loaded, plan, stack, capture, folder, tolerance };
    const replays = options.replay ? await replayRounds({ ...rounds, simulation: options }) : [];
    await stack.stop();
    say('4/4 compare\n');
    const comparison = compare(predicted, measured, options.tolerance);
    const files = {
      report: file('report.html'),
      junit: file('junit.xml'),
      output: file('comparison.json'),
      json: options.json,
    };
    giveVerdict(comparison, predicted, measured, files, replays);
    say(`\nreport: ${shown(file('report.html'))}`);
  } finally {
    await stack.stop();
  }
}

/** The overlay for this machine, where the user has named none and the system has one. */
export function staged(system: string, options: ModelOptions, replays?: true): ModelOptions {
  if (options.overlay !== undefined || !hasOverlay(system, STAGING_OVERLAY)) return options;
  const isShort = replays === true && hasOverlay(system, REPLAY_OVERLAY);
  return { ...options, overlay: [STAGING_OVERLAY, ...(isShort ? [REPLAY_OVERLAY] : [])] };
}

/**
 * Its state is kept with the run, so that it is none of those that `staging` knows; in a folder of
 * its own, because a system may be called `plan`.
 */
async function up({ model, digest }: LoadedModel, seed: number, folder: string): Promise<Stack> {
  const progress = startProgress();
  try {
    return await startStack({
      model,
      digest,
      seed,
      logPath: join(folder, 'staging.ndjson'),
      stateFolder: join(folder, 'staging'),
      attached: true,
      signal: interruption(),
      onProgress: progress.update,
    });
  } finally {
    progress.clear();
  }
}
