/** Plays a load plan with our own generator. */
import { generate } from '../replay/generate.ts';
import { readLoadLog } from '../reports/read-load-log.ts';
import { formatCount } from '../simulator/model/units.ts';
import type { LoadPlan } from '../simulator/traffic/load-plan.ts';
import { MOST_DATA_BYTES, readText, shown } from './files.ts';
import type { PlayedLoad, PlayOptions } from './load-k6.ts';
import { watchMachine } from './machine.ts';

/** Throws the signal's reason when it is interrupted; a failed request is data. */
export async function playBuiltIn(plan: LoadPlan, options: PlayOptions): Promise<PlayedLoad> {
  const watch = watchMachine(undefined, 1);
  try {
    const runId = `${plan.name}-${plan.seed}-${options.startAtMs}`;
    const { reasons } = await generate(plan, { ...options, runId });
    options.signal.throwIfAborted();
    const totals = readLoadLog(
      shown(options.log),
      readText(options.log, 'a load log', MOST_DATA_BYTES),
    );
    const { toolVersion } = totals;
    return { totals, machine: watch.stop(), toolVersion, doubts: failures(reasons) };
  } finally {
    watch.stop();
  }
}

const MOST_REASONS = 5;

/** Why requests failed, the most frequent reason first. */
function failures(reasons: Readonly<Record<string, number>>): string[] {
  return Object.entries(reasons)
    .sort(([, a], [, b]) => b - a)
    .slice(0, MOST_REASONS)
    .map(([reason, count]) => `${formatCount(count)} × ${reason}`);
}
