/** `plimsoll inspect`: what is in a capture, before anybody replays it. */
import type { Command } from 'commander';
import { inspect } from '../replay/inspect/inspect.ts';
import { counted } from '../reports/text-clean.ts';
import { addCaptureOptions, type CaptureFlags, judgeBooks, openRequested } from './captures.ts';
import { print } from './files.ts';
import { inspectionText } from './inspect-text.ts';
import { interruption } from './interrupt.ts';
import { wholeNumber } from './options.ts';
import { startProgress } from './progress.ts';
import { terminal } from './terminal.ts';

const EXAMPLES = `
Ids in paths are folded, queries left out. Secrets are counted by kind and place; no value of any is
shown. Exit code 2 where nothing is usable, more than 5 % of the records are bad, or a file ends
before its end.

Examples:
  plimsoll inspect fixtures/captures/shop.gor
  plimsoll inspect 'captures/*.gor.gz' --top 50
  plimsoll inspect fixtures/captures/shop.gor --json`;

interface InspectFlags extends CaptureFlags {
  readonly top: number;
  readonly json?: true;
}

/** Registers the command. */
export function inspectCommand(program: Command): void {
  const command = program
    .command('inspect')
    .argument('<captures...>', 'files, or patterns of them: chunks are one capture')
    .description('say what is in a capture: endpoints, rates, burstiness, secrets, bad records');
  addCaptureOptions(command)
    .option('--top <n>', 'endpoints and hosts to list', wholeNumber(1, 10_000), 15)
    .option('--json', 'print everything as JSON')
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run(captures: readonly string[], flags: InspectFlags): Promise<void> {
  const source = await openRequested(captures, flags);
  const progress = startProgress();
  const onProgress = (count: number) => progress.update(`reading: ${counted(count, 'request')}`);
  const inspection = await inspect(source, { signal: interruption(), onProgress }).finally(
    progress.clear,
  );
  if (flags.json) print(JSON.stringify(inspection));
  else print(inspectionText(inspection, { ...terminal(), top: flags.top }));
  judgeBooks(inspection.report, flags.mostBad);
}
