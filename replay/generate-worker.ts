/** The generator's process: takes an order, plays it, says what came of it, and ends. */
import { LogFileError } from './log-file.ts';
import { type PlayOrder, play } from './play.ts';
import type { GeneratorProgress, GeneratorSummary } from './tally.ts';

export type ToGenerator =
  | { readonly type: 'play'; readonly order: PlayOrder }
  | { readonly type: 'stop' };

export type FromGenerator =
  | { readonly type: 'progress'; readonly progress: GeneratorProgress }
  | { readonly type: 'done'; readonly summary: GeneratorSummary }
  | { readonly type: 'log-failed'; readonly message: string };

const stopping = new AbortController();

// A terminal's Ctrl-C reaches this process as well; what becomes of the run is its parent's to say.
for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => {});
process.on('SIGTERM', () => stopping.abort());
process.on('disconnect', () => stopping.abort());
process.on('message', (message: ToGenerator) => {
  if (message.type === 'stop') stopping.abort();
  else void playAndTell(message.order);
});

async function playAndTell(order: PlayOrder): Promise<void> {
  try {
    const summary = await play(order, stopping.signal, (progress) => {
      tell({ type: 'progress', progress });
    });
    tell({ type: 'done', summary });
  } catch (error) {
    if (!(error instanceof LogFileError)) throw error;
    const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
    tell({ type: 'log-failed', message: `${error.message}${cause}` });
  }
  if (process.connected) process.disconnect();
}

function tell(message: FromGenerator): void {
  if (process.connected) process.send?.(message);
}
