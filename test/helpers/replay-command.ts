/** `plimsoll replay` with captures of JSON lines, as a process of its own. */
import { Command } from 'commander';
import { exitCodeOf } from '../../bin/exit-code.ts';
import { replayCommand } from '../../bin/replay.ts';
import { openJsonLines } from './capture.ts';

const program = new Command('plimsoll').exitOverride();
replayCommand(program, openJsonLines);
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
