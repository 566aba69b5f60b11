/** `plimsoll read`: what a k6 run of your own has written, as a measurement. */
import type { Command } from 'commander';
import type { LoadTotals } from '../reports/load-totals.ts';
import { measuredResults } from '../reports/measured.ts';
import { readK6Json } from '../reports/read-k6-json.ts';
import { readLoadLog } from '../reports/read-load-log.ts';
import { readStagingLog, type StagingSeries } from '../reports/read-staging-log.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import type { LoadPlan } from '../simulator/traffic/load-plan.ts';
import { MOST_DATA_BYTES, prepareToWrite, print, readText, shown, writeJson } from './files.ts';
import { readPlan } from './results-files.ts';

const EXAMPLES = `
What k6 itself does not record (its CPU, the machine's) is missing from the measurement, and the
comparison says so.

Examples:
  k6 run --out json=k6.json dist/scenarios/unacademy-feed.js
  plimsoll read k6.json --plan dist/scenarios/unacademy-feed.plan.json -o measured.json`;

interface ReadFlags {
  readonly plan: string;
  readonly staging?: string;
  readonly output: string;
}

/** Registers the command. */
export function readCommand(program: Command): void {
  program
    .command('read')
    .argument('<output>', 'file of `k6 run --out json=…` or `--out plimsoll=…`')
    .description('turn the output of a k6 run into a measurement')
    .requiredOption('--plan <file>', 'the load plan that k6 played')
    .option('--staging <log>', 'log of the staging controller')
    .option('-o, --output <file>', 'the measurement', 'measured.json')
    .addHelpText('after', EXAMPLES)
    .action(read);
}

function read(path: string, { plan: planFile, staging, output }: ReadFlags): void {
  const plan = readPlan(planFile);
  prepareToWrite(output);
  const file = shown(path);
  const text = readText(path, 'the output of k6', MOST_DATA_BYTES);
  const isOurs = text.startsWith('{"type":"header"');
  const totals = isOurs ? readLoadLog(file, text) : readK6Json(file, text);
  const series = staging === undefined ? undefined : seriesOf(staging, file, totals, plan);
  const measured = measuredResults({
    plan,
    totals,
    staging: series,
    machine: undefined,
  });
  writeJson(output, measured);
  print(shown(output));
}

/** What the controller saw of the very run that the load log is of. */
function seriesOf(
  staging: string,
  loadLog: string,
  { startAtMs }: LoadTotals,
  { durationMs }: LoadPlan,
): StagingSeries {
  if (startAtMs === undefined) {
    throw new UsageError(`${loadLog}: expected a moment 0 (a \`start\` line), found none`);
  }
  const log = readText(staging, 'a staging log', MOST_DATA_BYTES);
  return readStagingLog(shown(staging), log, startAtMs, durationMs);
}
