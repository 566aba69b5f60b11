/**
 * Multi-armed bandits: which version the next user gets, so that what is learnt is used while it is
 * learnt. Rewards are 0 … 1, such as 1 for a purchase.
 *
 *     pick an arm ─► user ─► reward ─► learn ─► pick …
 */
import { log } from '../../engine/maths.ts';
import { type Complaint, mismatch, type Path } from '../../model/problem.ts';
import { type Chance, drawBeta } from './chance.ts';

export type BanditSettings =
  /** Beta-Bernoulli: draws a likely mean for each arm, the largest draw is taken. */
  | { readonly type: 'thompson'; readonly priorSuccesses: number; readonly priorFailures: number }
  /**
   * The best arm so far, and with probability `epsilon` any. With `decayPicks` that shrinks: to a
   * half after so many picks, to a third after twice as many.
   */
  | { readonly type: 'epsilon-greedy'; readonly epsilon: number; readonly decayPicks?: number }
  /** The arm of which most can still be hoped. */
  | { readonly type: 'ucb1' };

export interface Arm {
  readonly picks: number;
  /** Sum. */
  readonly reward: number;
}

export interface BanditState {
  readonly arms: readonly Arm[];
}

export interface Picked {
  readonly arm: number;
  readonly reason: string;
}

/** Arms that nobody has had yet. */
export function initialBandit(arms: number): BanditState {
  return { arms: Array.from({ length: arms }, () => ({ picks: 0, reward: 0 })) };
}

/**
 * The arm for the next user; −1 when there is none. What is learnt is put in with `learn`, whenever
 * the reward is known.
 * Source: W. R. Thompson, Biometrika 25 (1933); O. Chapelle & L. Li, NIPS 2011; P. Auer,
 * N. Cesa-Bianchi & P. Fischer, Machine Learning 47 (2002).
 * Example: ucb1 with arms of 1 of 1 and 0 of 0: 1, because it has not been tried.
 */
export function pickArm(settings: BanditSettings, { arms }: BanditState, chance: Chance): Picked {
  if (arms.length === 0) return { arm: -1, reason: 'no arm' };
  switch (settings.type) {
    case 'thompson': {
      const draws = arms.map(({ picks, reward }) =>
        drawBeta(settings.priorSuccesses + reward, settings.priorFailures + picks - reward, chance),
      );
      return picked(draws, 'largest draw');
    }
    case 'epsilon-greedy': {
      const epsilon = epsilonAt(settings.epsilon, settings.decayPicks, arms);
      if (chance.uniform() < epsilon) {
        const arm = Math.floor(chance.uniform() * arms.length);
        return { arm, reason: `explores, ε ${epsilon.toFixed(4)}` };
      }
      return picked(arms.map(meanOf), `best so far, ε ${epsilon.toFixed(4)}, mean`);
    }
    case 'ucb1': {
      const total = arms.reduce((sum, { picks }) => sum + picks, 0);
      const hope = (arm: Arm) => meanOf(arm) + Math.sqrt((2 * log(total)) / arm.picks);
      const bounds = arms.map((arm) => (arm.picks === 0 ? Number.POSITIVE_INFINITY : hope(arm)));
      return picked(bounds, 'upper bound');
    }
    default:
      throw new Error(`unknown bandit ${settings satisfies never}`);
  }
}

/** The first of the largest. */
function picked(scores: readonly number[], what: string): Picked {
  const arm = scores.reduce((best, score, index) => (score > scores[best]! ? index : best), 0);
  return { arm, reason: `arm ${arm}: ${what} ${scores[arm]!.toFixed(4)}` };
}

/** An arm that was never tried is better than any that was. */
function meanOf({ picks, reward }: Arm): number {
  return picks === 0 ? Number.POSITIVE_INFINITY : reward / picks;
}

function epsilonAt(epsilon: number, decay: number | undefined, arms: readonly Arm[]): number {
  if (decay === undefined) return epsilon;
  const total = arms.reduce((sum, { picks }) => sum + picks, 0);
  return (epsilon * decay) / (decay + total);
}

/** The state with one more reward, 0 … 1; a new value. Throws a RangeError for other rewards. */
export function learn({ arms }: BanditState, arm: number, reward: number): BanditState {
  if (!(reward >= 0 && reward <= 1)) throw new RangeError(`a reward of 0 to 1, not ${reward}`);
  if (arms[arm] === undefined) throw new RangeError(`there is no arm ${arm}`);
  const learnt = (one: Arm) => ({ picks: one.picks + 1, reward: one.reward + reward });
  return { arms: arms.map((one, index) => (index === arm ? learnt(one) : one)) };
}

/**
 * What was lost against always picking the best arm, in expectation.
 *
 * @param means what each arm is truly worth
 * Example: means [0.1, 0.3], picks [10, 90]: 10 · 0.2 = 2.
 */
export function regretOf(means: readonly number[], { arms }: BanditState): number {
  const best = Math.max(...means);
  return arms.reduce((sum, { picks }, index) => sum + picks * (best - means[index]!), 0);
}

/** What the settings may not say. */
export function banditComplaints(settings: BanditSettings, base: Path): Complaint[] {
  const wrong = (key: string, expected: string, found: number) =>
    mismatch([...base, key], expected, String(found));
  switch (settings.type) {
    case 'thompson':
      return Object.entries(settings).flatMap(([key, prior]) =>
        typeof prior === 'number' && !(prior > 0) ? [wrong(key, 'a prior above 0', prior)] : [],
      );
    case 'epsilon-greedy': {
      const { epsilon, decayPicks } = settings;
      const isShare = epsilon >= 0 && epsilon <= 1;
      const isDecay = decayPicks === undefined || decayPicks > 0;
      return [
        ...(isShare ? [] : [wrong('epsilon', 'a probability of 0 to 1', epsilon)]),
        ...(isDecay ? [] : [wrong('decayPicks', 'picks above 0', decayPicks)]),
      ];
    }
    case 'ucb1':
      return [];
    default:
      throw new Error(`unknown bandit ${settings satisfies never}`);
  }
}
