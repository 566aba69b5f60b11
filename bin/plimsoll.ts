/**
 * The command line: one file a command; this one only lists them and turns errors into exit codes.
 */
import { Command } from 'commander';
import { VERSION } from '../simulator/simulate.ts';
import { exitCodeOf } from './exit-code.ts';

type Register = (program: Command) => void;

/** In the order of the help. A command loads only what it needs: the rest takes half a second. */
const COMMANDS: Readonly<Record<string, () => Promise<Register>>> = {
  loop: async () => (await import('./loop.ts')).loopCommand,
  simulate: async () => (await import('./simulate.ts')).simulateCommand,
  validate: async () => (await import('./validate.ts')).validateCommand,
  plan: async () => (await import('./plan.ts')).planCommand,
  load: async () => (await import('./load.ts')).loadCommand,
  staging: async () => (await import('./staging.ts')).stagingCommand,
  capture: async () => (await import('./capture.ts')).captureCommand,
  replay: async () => {
    const [{ replayCommand }, { openCapture }] = await Promise.all([
      import('./replay.ts'),
      import('../replay/formats/formats.ts'),
    ]);
    return (program) => replayCommand(program, openCapture);
  },
  mirror: async () => (await import('./mirror.ts')).mirrorCommand,
  read: async () => (await import('./read.ts')).readCommand,
  compare: async () => (await import('./compare.ts')).compareCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  decide: async () => (await import('./decide.ts')).decideCommand,
  inspect: async () => (await import('./inspect.ts')).inspectCommand,
  convert: async () => (await import('./convert.ts')).convertCommand,
  workload: async () => (await import('./workload.ts')).workloadCommand,
  report: async () => (await import('./report.ts')).reportCommand,
  build: async () => (await import('./build.ts')).buildCommand,
  schema: async () => (await import('./schema.ts')).schemaCommand,
};

const program = new Command('plimsoll')
  .description('Predict, measure and judge how much load a system can carry.')
  .version(VERSION)
  .showHelpAfterError('(run it with --help to see what it takes)')
  .exitOverride();

const asked = process.argv[2] ?? '';
const needed = Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
for (const register of await Promise.all(needed.map((name) => COMMANDS[name]!()))) {
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
