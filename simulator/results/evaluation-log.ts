/** What control loops said, without repetitions: enough to explain every moment of a run. */
import type { Evaluation } from './results.ts';

/** A group that flaps for days has more to say than anybody reads. */
export const MOST_EVALUATIONS = 10_000;

export class EvaluationLog {
  readonly entries: Evaluation[] = [];
  private readonly latest = new Map<string, string>();

  /** Keeps an evaluation that changes something, or says something new of its group. */
  add(evaluation: Evaluation): void {
    const { service, observation, desired, reason } = evaluation;
    const isChange = desired !== observation.desired;
    // A group that has come to its limit gives the reason for its last step once more: news.
    const said = `${isChange ? 'changes' : 'holds'} ${reason.replace(/[\d.,]+/g, '#')}`;
    const isNews = isChange || said !== this.latest.get(service);
    this.latest.set(service, said);
    if (isNews && this.entries.length < MOST_EVALUATIONS) this.entries.push(evaluation);
  }
}
