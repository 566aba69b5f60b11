/**
 * The caller's side of the generator's process. A process and no thread: both are as punctual, but
 * the process's CPU time is its own (at 1,000/s 11 % of a core, where a thread beside a busy caller
 * shows 27 %), and nothing of the caller's can bring it down.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { FromGenerator, ToGenerator } from './generate-worker.ts';
import { LogFileError } from './log-file.ts';
import type { PlayOrder } from './play.ts';
import type { GeneratorProgress, GeneratorSummary } from './tally.ts';

/** A stopped generator drains for 5 s; one that should have ended by now is ended with force. */
const PATIENCE_MS = 8000;

/** The generator's process came to an end without a result. */
class GeneratorDied extends Error {
  override readonly name = 'GeneratorDied';
  readonly code = 'GENERATOR_DIED';
}

/**
 * `play` in a process of its own. Resolves when that process has ended, so that none is left
 * behind. Throws what `play` does, and GeneratorDied.
 */
export async function playElsewhere(
  order: PlayOrder,
  signal: AbortSignal | undefined,
  onProgress: (progress: GeneratorProgress) => void,
): Promise<GeneratorSummary> {
  const child = fork(new URL('./generate-worker.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  let forcing: NodeJS.Timeout | undefined;
  const expectEnd = () => {
    forcing ??= setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  };
  const stop = () => {
    tell(child, { type: 'stop' });
    expectEnd();
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    tell(child, { type: 'play', order });
    return await resultOf(child, onProgress, expectEnd);
  } finally {
    signal?.removeEventListener('abort', stop);
    clearTimeout(forcing);
  }
}

/** @param onResult called when there is nothing left to wait for but the process's own end */
async function resultOf(
  child: ChildProcess,
  onProgress: (progress: GeneratorProgress) => void,
  onResult: () => void,
): Promise<GeneratorSummary> {
  const results: FromGenerator[] = [];
  child.on('message', (message: FromGenerator) => {
    if (message.type === 'progress') return onProgress(message.progress);
    results.push(message);
    onResult();
  });
  // Its last words may be read after its end is known; the channel ends when all have been.
  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  const [result] = results;
  if (result?.type === 'done') return result.summary;
  throw failureOf(result, signal ?? `exit code ${code}`);
}

function failureOf(result: FromGenerator | undefined, how: string): Error {
  if (result?.type === 'log-failed') return new LogFileError(result.message);
  return new GeneratorDied(`the load generator ended without a result (${how})`);
}

function tell(child: ChildProcess, message: ToGenerator): void {
  // An end of the process is told by its exit, whatever could not be sent to it.
  child.send(message, () => {});
}
