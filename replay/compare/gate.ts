/** Whether answers differ more often than they may. */
import type { AnswerComparison } from '../../simulator/results/answers.ts';
import type { ReplaySummary } from '../run/summary.ts';
import { FEWEST_ANSWERS } from './noise.ts';

type Judged = Pick<ReplaySummary, 'verdict' | 'reasons'>;

const UNJUDGED = 'answers were compared, not judged: --max-differences says how many may differ';

/**
 * The verdict of a run with that of its answers. Without a limit they are not judged, which is said
 * where some differ. What was compared is all that is judged, so the share itself is held against
 * the limit, not its interval. A gate over too few answers, or over less than half of what was
 * recorded, is `no data`, never a pass.
 */
export function withAnswers(
  judged: Judged,
  answers: AnswerComparison,
  mostRatio: number | undefined,
): Judged {
  const { verdict, reasons } = judged;
  if (mostRatio === undefined) {
    const differ = answers.differing.value !== 0;
    return differ ? { verdict, reasons: [...reasons, UNJUDGED] } : judged;
  }
  const gap = missingIn(answers);
  if (gap !== undefined) {
    return { verdict: verdict === 'fail' ? 'fail' : 'no data', reasons: [...reasons, gap] };
  }
  const share = answers.noise === undefined ? answers.differing : answers.noise.differing;
  if (share.value !== null && share.value <= mostRatio) return judged;
  const beyond = answers.noise === undefined ? '' : ' beyond the noise';
  const reason =
    `answers differ${beyond}: ${percent(share.value)} of ${share.of}, ` +
    `at most ${percent(mostRatio)} may`;
  return { verdict: 'fail', reasons: [...reasons, reason] };
}

/** Why nothing can be said; undefined where something can. */
function missingIn({ recorded, differing, bodies, noise }: AnswerComparison): string | undefined {
  const compared = differing.of;
  if (compared < FEWEST_ANSWERS) {
    return `answers: ${compared} were compared, at least ${FEWEST_ANSWERS} are needed`;
  }
  if (compared < recorded / 2) {
    return `answers: ${compared} of ${recorded} were compared, less than half`;
  }
  if (bodies.compared < bodies.expected / 2) {
    return `answers: ${bodies.compared} of ${bodies.expected} bodies were compared, less than half`;
  }
  if (noise === undefined || noise.compared >= Math.max(FEWEST_ANSWERS, compared / 2)) return;
  return `answers: the second system gave ${noise.compared}, too few to tell the noise`;
}

function percent(ratio: number | null): string {
  return ratio === null ? 'an unknown share' : `${Number((100 * ratio).toPrecision(3))} %`;
}
