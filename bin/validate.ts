/** `plimsoll validate`: is this a model, and if not, what keeps it from being one? */
import type { Command } from 'commander';
import { formatDuration } from '../simulator/model/units.ts';
import { print } from './files.ts';
import {
  addModelOptions,
  type LoadedModel,
  loadRequested,
  ModelError,
  type ModelOptions,
} from './systems.ts';

const WRONG_USE = 2;

const EXAMPLES = `
Examples:
  plimsoll validate unacademy-feed
  plimsoll validate unacademy-feed --what-if exam-day-spike
  plimsoll validate unacademy-feed --overlay staging --set traffic.learners.rate=300/s
  plimsoll validate fixtures/systems/unacademy-feed/model.yaml --json`;

/** Registers the command. */
export function validateCommand(program: Command): void {
  addModelOptions(program.command('validate'))
    .argument('<system>', 'name of a system, or path of a model file')
    .description('check a model file, its overlays and its settings')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXAMPLES)
    .action(validate);
}

interface ValidateOptions extends ModelOptions {
  readonly json?: true;
}

function validate(system: string, options: ValidateOptions): void {
  try {
    const loaded = loadRequested(system, options);
    print(options.json ? asJson(loaded) : `ok: ${summary(loaded)}`);
  } catch (error) {
    if (!(options.json && error instanceof ModelError)) throw error;
    print(JSON.stringify({ ok: false, problems: error.problems }, null, 2));
    process.exitCode = WRONG_USE;
  }
}

/** `unacademy-feed: 2 services, 1 journey, 20 min` */
function summary({ model }: LoadedModel): string {
  const services = counted(model.services.length, 'service');
  const journeys = counted(model.journeys.length, 'journey');
  return `${model.name}: ${services}, ${journeys}, ${formatDuration(model.durationMs)}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function asJson({ model, digest, files }: LoadedModel): string {
  return JSON.stringify({ ok: true, digest, files, model }, null, 2);
}
