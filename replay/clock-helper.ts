/** The clock's helper thread: sleeps until the moment asked for, then wakes the loop. */
import { workerData } from 'node:worker_threads';
import { ASKS, type ClockMemory, monotonicMs, WAKES, wake } from './clock.ts';

const { cells, target } = workerData as ClockMemory;

for (let answered = 0; ; ) {
  Atomics.wait(cells, ASKS, answered);
  answered = sleepUntilDue();
  wake(cells, WAKES);
}

/** Returns the number of the wish that has come; the loop may have asked anew meanwhile. */
function sleepUntilDue(): number {
  for (;;) {
    // Counted before the moment is read, so that a newer wish ends the sleep.
    const asked = Atomics.load(cells, ASKS);
    const leftMs = target[0]! - monotonicMs();
    if (leftMs <= 0) return asked;
    Atomics.wait(cells, ASKS, asked, leftMs);
  }
}
