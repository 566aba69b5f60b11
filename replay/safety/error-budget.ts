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

  private readonly whose: string;

  /** @param whose the requests are, before what is said of them */
  constructor(budget: ErrorBudget, whose: string = '') {
    this.budget = budget;
    this.whose = whose;
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
    return `${this.failed(endedHere, badHere)} within ${budget.windowMs / 1000} s`;
  }

  /** The same of a whole run at its end, however short it was, and however few its requests. */
  atEnd(ended: number, bad: number): string | undefined {
    return bad > this.budget.mostRatio * ended ? this.failed(ended, bad) : undefined;
  }

  private failed(ended: number, bad: number): string {
    return `${this.whose}${((100 * bad) / ended).toFixed(0)} % of ${ended} requests failed`;
  }
}
