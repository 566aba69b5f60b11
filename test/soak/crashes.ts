/** A capture that is killed at random moments: whole records, at most the last second lost. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crashCapture } from '../helpers/crash-capture.ts';

const PER_SECOND = 1000;
const LONGEST_MS = 3000;

/** Whether no kill lost more than it may. Prints each that did, and the sums. */
export async function crashes(kills: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-crashes-'));
  const sums = { answered: 0, recorded: 0, lost: 0, bad: 0 };
  try {
    for (let kill = 0; kill < kills; kill++) {
      const aliveMs = Math.random() * LONGEST_MS;
      const load = { aliveMs, perSecond: PER_SECOND, signal: 'SIGKILL' } as const;
      const outcome = await crashCapture(folder, load);
      const { answered, recorded, lost, lostEarly, broken, failed } = outcome;
      sums.answered += answered;
      sums.recorded += recorded;
      sums.lost += lost;
      if (lostEarly + broken + failed === 0) continue;
      sums.bad++;
      console.log(`kill ${kill + 1}, after ${Math.round(aliveMs)} ms: ${JSON.stringify(outcome)}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { answered, recorded, lost, bad } = sums;
  console.log(
    `${kills} kills: ${answered} answered, ${recorded} recorded, ${lost} lost of the last second, ${bad} bad`,
  );
  return bad === 0;
}
