/**
 * Ctrl-C. A terminal sends it to every process of the group, and npm passes it on once more, so
 * interrupts that come within a moment of each other are one. The first asks for a clean stop, the
 * second ends the process at once.
 */
const SAME_INTERRUPT_MS = 500;
export const INTERRUPTED = 130;

/** Thrown where work stops because the user asked for it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  constructor() {
    super('interrupted');
  }
}

const controller = new AbortController();
let firstAtMs: number | undefined;

/** Aborts, with an `Interrupted` as reason, at the first SIGINT, SIGTERM or SIGHUP. */
export function interruption(): AbortSignal {
  if (firstAtMs === undefined && process.listenerCount('SIGINT') === 0) {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  }
  return controller.signal;
}

function interrupt(): void {
  const nowMs = performance.now();
  if (firstAtMs === undefined) {
    firstAtMs = nowMs;
    controller.abort(new Interrupted());
  } else if (nowMs - firstAtMs > SAME_INTERRUPT_MS) {
    process.exit(INTERRUPTED);
  }
}
