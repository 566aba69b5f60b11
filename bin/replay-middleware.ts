/** `--middleware` of `plimsoll replay`. */
import { existsSync } from 'node:fs';
import type { CaptureSource } from '../replay/formats/capture.ts';
import { throughMiddleware } from '../replay/middleware/filter.ts';
import type { OpenCapture } from '../replay/run/planner.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { executables, isExecutable } from './executables.ts';
import { say } from './progress.ts';

/** How long a middleware may be silent, at the end, before it is ended. */
const QUIET_MS = 2000;

/** Throws a UsageError where a command has no program that could be run; runs nothing. */
export function checkProgram(command: string): void {
  const [program = ''] = command.split(' ').filter((word) => word !== '');
  if (program === '') throw new UsageError('expected a command as middleware, found nothing');
  const isPath = program.includes('/');
  const isThere = isPath ? existsSync(program) : executables(program, process.env).length > 0;
  if (!isThere) throw new UsageError(`--middleware: there is no program ${program}`);
  if (isPath && !isExecutable(program)) {
    throw new UsageError(`--middleware: ${program} cannot be run, it is no program`);
  }
}

/** The capture as a middleware lets it through, if there is one; and what became of its records. */
export function throughIts(
  command: string | undefined,
  open: OpenCapture,
): { readonly openPlayed: OpenCapture; readonly sayBooks: () => void } {
  if (command === undefined) return { openPlayed: open, sayBooks: () => {} };
  const sources: CaptureSource[] = [];
  const openPlayed = async () => {
    const onLog = (text: string) => process.stderr.write(text);
    const source = await throughMiddleware(await open(), { command, onLog, quietMs: QUIET_MS });
    sources.push(source);
    return source;
  };
  const sayBooks = () => {
    for (const { read, used, skipped, rejected } of sources.map((source) => source.report())) {
      const rest = Object.entries({ ...skipped, ...rejected });
      const others = rest.map(([reason, count]) => `, ${count} × ${reason}`).join('');
      say(`middleware: ${used} of ${read} records came back${others}`);
    }
  };
  return { openPlayed, sayBooks };
}
