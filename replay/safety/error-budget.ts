/** Stops a run by itself: where most requests fail, nothing is learnt from the next ones. */

export interface ErrorBudget {
  /** Share of failures, 0..1, that is too much. */
  readonly mostRatio: number;
  /** For how long. */
  readonly windowMs: number;
}

/** Over half of the answers for ten seconds. */
export const USUAL_BUDGET: ErrorBudget = { mostRatio: 0.5, windowMs: 10_000 };
/** Fewer answers than that in a window say nothing. */
const FEWEST = 20;

interface Look {
  readonly atMs: number;
  readonly ended: number;
  readonly bad: number;
}

export class BudgetWatch {
  private readonly budget: ErrorBudget;
  private readonly looks: Look[] = [{ atMs: 0, ended: 0, bad: 0 }];

  constructor(budget: ErrorBudget) {
    this.budget = budget;
  }

  /**
   * Takes counts since the run's start, in order of time; returns why the run is to be stopped, or
   * undefined. Says nothing before a whole window has passed.
   */
  look(atMs: number, ended: number, bad: number): string | undefined {
    const { looks, budget } = this;
    looks.push({ atMs, ended, bad });
    while (looks.length > 1 && looks[1]!.atMs <= atMs - budget.windowMs) looks.shift();
    const from = looks[0]!;
    if (from.atMs > atMs - budget.windowMs) return undefined;
    const [endedHere, badHere] = [ended - from.ended, bad - from.bad];
    if (endedHere < FEWEST || badHere <= budget.mostRatio * endedHere) return undefined;
    const percent = ((100 * badHere) / endedHere).toFixed(0);
    return `${percent} % of ${endedHere} requests failed within ${budget.windowMs / 1000} s`;
  }
}
