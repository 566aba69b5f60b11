/** `plimsoll simulate --steady-state`: what would clients see if it went on like this for ever? */
import { type Command, Option } from 'commander';
import { renderSteadyState } from '../reports/text-steady-state.ts';
import type { SteadyWish } from '../simulator/analysis/steady-journey.ts';
import { questionSteadyState } from '../simulator/analysis/steady-question.ts';
import {
  nextRequests,
  STEADY_STATE_FORMAT,
  type SteadyLook,
  type SteadyState,
} from '../simulator/analysis/steady-state.ts';
import type { Model } from '../simulator/model/model.ts';
import { formatCount } from '../simulator/model/units.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { provenanceOf } from '../simulator/simulate.ts';
import { givenCommand, print } from './files.ts';
import { wholeNumber } from './options.ts';
import { type Progress, startProgress } from './progress.ts';
import type { SteadyTask } from './steady-worker.ts';
import type { LoadedModel } from './systems.ts';
import { terminal } from './terminal.ts';
import { withWorkers } from './workers.ts';

const INCONCLUSIVE = 1;
const DEFAULT_PRECISION = 0.02;
const DEFAULT_MOST = 50_000_000;
/** Two series of 8 bytes a request: 3 GiB. */
const MOST = 200_000_000;
const FEWEST = 10_000;

export interface SteadyFlags {
  readonly steadyState?: true;
  readonly mostRequests?: number;
}

interface SteadyOptions extends SteadyFlags {
  readonly seed: number;
  readonly precision?: number;
  readonly json?: true;
}

/** Adds `--steady-state` and `--most-requests`. */
export function addSteadyOptions(command: Command): Command {
  const most = `longest run of a --steady-state (default: ${formatCount(DEFAULT_MOST)})`;
  return command
    .addOption(
      new Option(
        '--steady-state',
        'mean and quantiles if it went on like this for ever: long runs, until mean and p99 are ' +
          'known to --precision (default: 2%); exits with 1 where they are not',
      ).conflicts(['replications', 'output', 'report', 'gate']),
    )
    .addOption(
      new Option('--most-requests <n>', most)
        .argParser(wholeNumber(FEWEST, MOST))
        .implies({ steadyState: true }),
    );
}

/** Answers for a loaded model; throws a UsageError where there is no steady state to ask for. */
export async function steadyState(loaded: LoadedModel, options: SteadyOptions): Promise<void> {
  const { model, digest: modelDigest } = loaded;
  const { seed, precision = DEFAULT_PRECISION, mostRequests = DEFAULT_MOST } = options;
  if (precision === 0) throw new UsageError('expected a --precision above 0%');
  const { refusals, notes, loads } = questionSteadyState(model, mostRequests);
  if (refusals.length > 0) throw new UsageError(refusalText(refusals));
  const wish = { relativeHalfWidth: precision, mostRequests };
  const { isLast: _, wasGood: __, ...look } = await search(model, wish, seed);
  const answer: SteadyState = {
    format: STEADY_STATE_FORMAT,
    name: model.name,
    provenance: provenanceOf(seed, modelDigest),
    wish,
    ...look,
    loads,
    notes,
  };
  const words = { ...terminal(), command: givenCommand() };
  print(options.json ? JSON.stringify(answer) : renderSteadyState(answer, words));
  if (answer.verdict !== 'trustworthy') process.exitCode = INCONCLUSIVE;
}

function refusalText(refusals: readonly string[]): string {
  if (refusals.length === 1) return refusals[0]!;
  return [`${refusals.length} reasons why there is no steady state`, ...refusals].join('\n  ');
}

/** In a thread of its own, so that this one can hear a Ctrl-C. */
async function search(model: Model, wish: SteadyWish, seed: number): Promise<SteadyLook> {
  const progress = startProgress();
  const workers = { file: './steady-worker.ts', name: 'look', threads: [1, 1] } as const;
  try {
    return await withWorkers<SteadyTask, SteadyLook, SteadyLook>(workers, async (run) => {
      let look: SteadyLook | undefined;
      do {
        show(progress, model, nextRequests(model, wish, look), look);
        look = await run({ model, wish, seed, before: look });
      } while (!look.isLast);
      return look;
    });
  } finally {
    progress.clear();
  }
}

/** What is being run, and what the run before it has left open. */
function show(
  progress: Progress,
  { name }: Model,
  requests: number,
  look: SteadyLook | undefined,
): void {
  const open = look?.journeys.find(({ verdict }) => verdict === 'inconclusive');
  const so = open === undefined ? '' : `; so far ${open.journey}: ${open.reason}`;
  progress.update(`steady state of ${name}: running ${formatCount(requests)} requests${so}`);
}
