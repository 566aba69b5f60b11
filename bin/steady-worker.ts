/** What a worker thread does: one run of a search for a steady state. */
import type { SteadyWish } from '../simulator/analysis/steady-journey.ts';
import { nextLook, type SteadyLook } from '../simulator/analysis/steady-state.ts';
import type { Model } from '../simulator/model/model.ts';
import { simulateLatencies } from '../simulator/simulate.ts';

export interface SteadyTask {
  readonly model: Model;
  readonly wish: SteadyWish;
  readonly seed: number;
  readonly before: SteadyLook | undefined;
}

export function look({ model, wish, seed, before }: SteadyTask): SteadyLook {
  return nextLook(model, wish, (what) => simulateLatencies(what, seed), before);
}
