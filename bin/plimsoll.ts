/**
 * The command line: one file a command; this one only lists them and turns errors into exit codes.
 */
import { Command, CommanderError } from 'commander';
import { UsageError } from '../simulator/model/usage-error.ts';
import { VERSION } from '../simulator/simulate.ts';
import { buildCommand } from './build.ts';
import { compareCommand } from './compare.ts';
import { decideCommand } from './decide.ts';
import { explainCommand } from './explain.ts';
import { INTERRUPTED, Interrupted } from './interrupt.ts';
import { loadCommand } from './load.ts';
import { loopCommand } from './loop.ts';
import { planCommand } from './plan.ts';
import { readCommand } from './read.ts';
import { reportCommand } from './report.ts';
import { schemaCommand } from './schema.ts';
import { simulateCommand } from './simulate.ts';
import { stagingCommand } from './staging.ts';
import { validateCommand } from './validate.ts';
import { workloadCommand } from './workload.ts';

const EXIT = { ok: 0, wrongUse: 2, internal: 3 } as const;

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
  readCommand,
  compareCommand,
  explainCommand,
  decideCommand,
  workloadCommand,
  reportCommand,
  buildCommand,
  schemaCommand,
]) {
  register(program);
}
for (const command of program.commands) command.exitOverride();

/** The four kinds of bad news of the house, as exit codes. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.wrongUse;
  if (error instanceof Interrupted) {
    process.stderr.write('plimsoll: interrupted; everything that was started has been stopped\n');
    return INTERRUPTED;
  }
  if (error instanceof UsageError) {
    process.stderr.write(`plimsoll: ${error.message}\n`);
    return EXIT.wrongUse;
  }
  if (error instanceof Error && 'code' in error && error.name !== 'AssertionError') {
    process.stderr.write(`plimsoll: ${error.message}${causeOf(error)}\n`);
    return EXIT.internal;
  }
  const trace = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`plimsoll: internal error, please report it:\n${trace}\n`);
  return EXIT.internal;
}

function causeOf({ cause }: Error): string {
  if (!(cause instanceof Error)) return '';
  const words = cause.message !== '' ? cause.message : 'code' in cause ? String(cause.code) : '';
  return words === '' ? '' : `: ${words}`;
}

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
