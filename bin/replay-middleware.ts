/** `--middleware` and `--track-answers` of `plimsoll replay`. */
import { existsSync } from 'node:fs';
import type { CaptureSource, ReadReport } from '../replay/formats/capture.ts';
import { throughMiddleware } from '../replay/middleware/filter.ts';
import { type TrackedCounts, TrackedMiddleware } from '../replay/middleware/tracked.ts';
import type { OpenCapture } from '../replay/run/planner.ts';
import type { ReplayHooks } from '../replay/run/replay.ts';
import { UsageError } from '../simulator/model/usage-error.ts';
import { executables, isExecutable } from './executables.ts';
import { say } from './progress.ts';

/** How long a middleware may be silent, at the end, before it is ended. */
const QUIET_MS = 2000;

/** Throws a UsageError where a command has no program that could be run; runs nothing. */
function checkProgram(command: string): void {
  const [program = ''] = command.split(' ').filter((word) => word !== '');
  if (program === '') throw new UsageError('expected a command as middleware, found nothing');
  const isPath = program.includes('/');
  const isThere = isPath ? existsSync(program) : executables(program, process.env).length > 0;
  if (!isThere) throw new UsageError(`--middleware: there is no program ${program}`);
  if (isPath && !isExecutable(program)) {
    throw new UsageError(`--middleware: ${program} cannot be run, it is no program`);
  }
}

export interface MiddlewareFlags {
  readonly middleware?: string;
  readonly trackAnswers?: true;
}

/** Throws a UsageError for what cannot be, before anything is read. */
export function checkMiddleware({ middleware, trackAnswers }: MiddlewareFlags): void {
  if (middleware !== undefined) checkProgram(middleware);
  else if (trackAnswers) throw new UsageError('--track-answers: expected --middleware beside it');
}

/** What became of the records of all readings, and of the answers. */
interface Books extends Pick<ReadReport, 'read' | 'used' | 'skipped' | 'rejected'> {
  readonly answers?: TrackedCounts;
}

export interface Through {
  readonly open: OpenCapture;
  readonly hooks: Pick<ReplayHooks, 'tracker'>;
  /** Undefined without a middleware. */
  readonly books: () => Books | undefined;
  /** Resolves when no process is left. */
  readonly end: () => Promise<void>;
}

/** The capture as a middleware lets it through, if there is one. */
export async function throughIts(flags: MiddlewareFlags, open: OpenCapture): Promise<Through> {
  const { middleware: command, trackAnswers } = flags;
  if (command === undefined)
    return { open, hooks: {}, books: () => undefined, end: async () => {} };
  const onLog = (text: string) => process.stderr.write(text);
  const options = { command, onLog, quietMs: QUIET_MS };
  if (trackAnswers) return tracked(await TrackedMiddleware.start(options), open);
  const sources: CaptureSource[] = [];
  return {
    open: async () => {
      const source = await throughMiddleware(await open(), options);
      sources.push(source);
      return source;
    },
    hooks: {},
    books: () => summed(sources),
    end: async () => {},
  };
}

function tracked(tracker: TrackedMiddleware, open: OpenCapture): Through {
  return {
    open,
    hooks: { tracker },
    books: () => ({ ...summed(tracker.sources), answers: tracker.answers }),
    end: () => tracker.end(),
  };
}

function summed(sources: readonly CaptureSource[]): Omit<Books, 'answers'> {
  const reports = sources.map(({ report }) => report());
  return {
    read: reports.reduce((sum, { read }) => sum + read, 0),
    used: reports.reduce((sum, { used }) => sum + used, 0),
    skipped: together(reports.map(({ skipped }) => skipped)),
    rejected: together(reports.map(({ rejected }) => rejected)),
  };
}

function together(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const counts of all) {
    for (const [reason, count] of Object.entries(counts)) {
      sums[reason] = (sums[reason] ?? 0) + count;
    }
  }
  return sums;
}

/** Says it on stderr. */
export function sayBooks(books: Books | undefined): void {
  if (books === undefined) return;
  const { read, used, skipped, rejected, answers } = books;
  const rest = Object.entries({ ...skipped, ...rejected });
  const others = rest.map(([reason, count]) => `, ${count} × ${reason}`).join('');
  say(`middleware: ${used} of ${read} records came back${others}`);
  if (answers === undefined) return;
  const { given, withoutBody, lost } = answers;
  say(`middleware: got ${given} answers, ${withoutBody} without their bodies; ${lost} were lost`);
}
