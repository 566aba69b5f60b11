/** A pool of worker threads for one job: stopped by Ctrl-C, gone when the job is done. */
import { flushCompileCache } from 'node:module';
import { Piscina } from 'piscina';
import { UsageError } from '../simulator/model/usage-error.ts';
import { interruption } from './interrupt.ts';

export interface Workers {
  /** Worker file beside this one, such as `./simulate-worker.ts`. */
  readonly file: string;
  /** The exported function that takes a task. */
  readonly name: string;
  /** Threads at the start, and at most. */
  readonly threads: readonly [number, number];
}

/** Lets `use` run tasks in workers; throws `Interrupted` where the user asked to stop. */
export async function withWorkers<Task, Result, Answer>(
  { file, name, threads: [minThreads, maxThreads] }: Workers,
  use: (run: (task: Task) => Promise<Result>) => Promise<Answer>,
): Promise<Answer> {
  const filename = new URL(file, import.meta.url).href;
  // Compiled here and kept, so that no worker has to (see NODE_COMPILE_CACHE in run.mjs).
  await import(filename);
  flushCompileCache();
  const options = { filename, name, minThreads, maxThreads, atomics: 'disabled' } as const;
  const pool = new Piscina<Task, Result>(options);
  try {
    return await use((task) => pool.run(task, { signal: interruption() }));
  } catch (error) {
    interruption().throwIfAborted();
    throw asUsageError(error);
  } finally {
    await pool.destroy();
  }
}

/** An error's class does not survive its way out of a worker; its stack's first word does. */
function asUsageError(error: unknown): unknown {
  const isUsage = error instanceof Error && /^UsageError:/.test(error.stack ?? '');
  return isUsage ? new UsageError(error.message) : error;
}
