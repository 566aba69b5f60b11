/** What control loops said, without repetitions: enough to explain every moment of a run. */
import type { Evaluation } from './results.ts';

const MOST = 10_000;

export class EvaluationLog {
  readonly entries: Evaluation[] = [];
  private readonly latest = new Map<string, string>();

  /** Keeps an evaluation that changes something, or says something new of its group. */
  add(evaluation: Evaluation): void {
    const { service, observation, desired, reason } = evaluation;
    const said = reason.replace(/[\d.,]+/g, '#');
    const isNews = desired !== observation.desired || said !== this.latest.get(service);
    this.latest.set(service, said);
    if (isNews && this.entries.length < MOST) this.entries.push(evaluation);
  }
}
