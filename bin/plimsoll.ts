/**
 * The command line: one file a command; this one only lists them and turns errors into exit codes.
 */
import { Command } from 'commander';
import { captureOf } from '../replay/formats/formats.ts';
import { VERSION } from '../simulator/simulate.ts';
import { buildCommand } from './build.ts';
import { captureCommand } from './capture.ts';
import { compareCommand } from './compare.ts';
import { convertCommand } from './convert.ts';
import { decideCommand } from './decide.ts';
import { exitCodeOf } from './exit-code.ts';
import { explainCommand } from './explain.ts';
import { inspectCommand } from './inspect.ts';
import { loadCommand } from './load.ts';
import { loopCommand } from './loop.ts';
import { mirrorCommand } from './mirror.ts';
import { planCommand } from './plan.ts';
import { readCommand } from './read.ts';
import { replayCommand } from './replay.ts';
import { reportCommand } from './report.ts';
import { schemaCommand } from './schema.ts';
import { simulateCommand } from './simulate.ts';
import { stagingCommand } from './staging.ts';
import { validateCommand } from './validate.ts';
import { workloadCommand } from './workload.ts';

const program = new Command('plimsoll')
  .description('Predict, measure and judge how much load a system can carry.')
  .version(VERSION)
  .showHelpAfterError('(run it with --help to see what it takes)')
  .exitOverride();

for (const register of [
  loopCommand,
  simulateCommand,
  validateCommand,
  planCommand,
  loadCommand,
  stagingCommand,
  captureCommand,
  (program: Command) => replayCommand(program, captureOf),
  mirrorCommand,
  readCommand,
  compareCommand,
  explainCommand,
  decideCommand,
  inspectCommand,
  convertCommand,
  workloadCommand,
  reportCommand,
  buildCommand,
  schemaCommand,
]) {
  register(program);
}
for (const command of program.commands) command.exitOverride();

// A reader that has seen enough (`| head`) is no error, and makes no failed gate a passed one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});
// Nobody is left to hear how far it is: the work itself goes on.
process.stderr.on('error', () => {});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
