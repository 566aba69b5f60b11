/** Plays a load plan with our own generator. */
import { generate } from '../replay/generate.ts';
import { readLoadLog } from '../reports/read-load-log.ts';
import type { LoadPlan } from '../simulator/traffic/load-plan.ts';
import { readText, shown } from './files.ts';
import type { PlayedLoad, PlayOptions } from './load-k6.ts';
import { watchMachine } from './machine.ts';

const MOST_LOG_BYTES = 512 * 1024 * 1024;

/** Throws the signal's reason when it is interrupted; a failed request is data. */
export async function playBuiltIn(plan: LoadPlan, options: PlayOptions): Promise<PlayedLoad> {
  const watch = watchMachine(undefined, 1);
  try {
    await generate(plan, { ...options, runId: `${plan.name}-${plan.seed}-${options.startAtMs}` });
    options.signal.throwIfAborted();
    const totals = readLoadLog(
      shown(options.log),
      readText(options.log, 'a load log', MOST_LOG_BYTES),
    );
    return { totals, machine: watch.stop(), toolVersion: totals.toolVersion, crossed: [] };
  } finally {
    watch.stop();
  }
}
