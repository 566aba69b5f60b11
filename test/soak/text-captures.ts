/** `npm run soak -- text-captures`: every reader of text against many damaged files. */
import fc from 'fast-check';
import { TEXT_FORMATS } from '../../replay/formats/text-formats.ts';
import { mangled } from '../helpers/mangled.ts';
import { SAMPLE_OPTIONS, SAMPLES } from '../helpers/sample-captures.ts';
import { readWhole } from '../helpers/text-captures.ts';

const MOST_MS = 1000;
const MOST_BYTES = 512 * 1024 * 1024;

export interface TextCaptureOptions {
  readonly inputs: number;
  readonly seed: number;
}

/** Whether all hold: nothing is thrown, nothing takes longer than 1 s, the books balance. */
export async function textCaptures({ inputs, seed }: TextCaptureOptions): Promise<boolean> {
  let isSound = true;
  for (const format of TEXT_FORMATS) {
    let slowestMs = 0;
    const property = fc.asyncProperty(mangled([SAMPLES[format.name]!]), async (bytes) => {
      const startMs = performance.now();
      const { requests, report } = await readWhole(format, bytes, SAMPLE_OPTIONS[format.name]);
      slowestMs = Math.max(slowestMs, performance.now() - startMs);
      const others = [...Object.values(report.skipped), ...Object.values(report.rejected)];
      const read = requests.length + others.reduce((sum, count) => sum + count, 0);
      if (read !== report.read) throw new Error(`read ${report.read}, booked ${read}`);
    });
    const details = await fc.check(property, { seed, numRuns: inputs });
    const isFast = slowestMs < MOST_MS && process.memoryUsage().rss < MOST_BYTES;
    const verdict = details.failed ? 'FAILED' : isFast ? 'ok' : 'TOO SLOW';
    console.log(
      `${verdict.padEnd(8)} ${format.name.padEnd(12)} ${slowestMs.toFixed(0)} ms at most`,
    );
    if (details.failed) console.log(fc.defaultReportMessage(details));
    if (verdict !== 'ok') isSound = false;
  }
  return isSound;
}
