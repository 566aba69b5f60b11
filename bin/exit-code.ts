/** The four kinds of bad news of the house, as exit codes and one line each. */
import { CommanderError } from 'commander';
import { UsageError } from '../simulator/model/usage-error.ts';
import { INTERRUPTED, Interrupted } from './interrupt.ts';

const EXIT = { ok: 0, wrongUse: 2, internal: 3 } as const;

/** Says on stderr what went wrong, and returns what the process ends with. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.wrongUse;
  if (error instanceof Interrupted) {
    process.stderr.write('plimsoll: interrupted; everything that was started has been stopped\n');
    return INTERRUPTED;
  }
  if (error instanceof UsageError) {
    process.stderr.write(`plimsoll: ${harmless(error.message)}\n`);
    return EXIT.wrongUse;
  }
  if (error instanceof Error && 'code' in error && error.name !== 'AssertionError') {
    process.stderr.write(`plimsoll: ${harmless(error.message + causeOf(error))}\n`);
    return EXIT.internal;
  }
  const trace = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`plimsoll: internal error, please report it:\n${trace}\n`);
  return EXIT.internal;
}

/** What was quoted, such as a name of a file, must not steer a terminal. */
function harmless(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\ufffd');
}

function causeOf({ cause }: Error): string {
  if (!(cause instanceof Error)) return '';
  const words = cause.message !== '' ? cause.message : 'code' in cause ? String(cause.code) : '';
  return words === '' ? '' : `: ${words}`;
}
