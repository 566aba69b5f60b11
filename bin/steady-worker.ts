/** What a worker thread does: one run of a search for a steady state. */
import type { SteadyWish } from '../simulator/analysis/steady-journey.ts';
import {
  nextLook,
  type SimulateLatencies,
  type SteadyLook,
} from '../simulator/analysis/steady-state.ts';
import type { Model } from '../simulator/model/model.ts';
import { simulateLatencies } from '../simulator/simulate.ts';

export interface SteadyTask {
  readonly model: Model;
  readonly wish: SteadyWish;
  readonly seed: number;
  readonly before: SteadyLook | undefined;
}

export function look({ model, wish, seed, before }: SteadyTask): SteadyLook {
  const simulate: SimulateLatencies = (what, run) => simulateLatencies(what, seed, run);
  return nextLook(model, wish, simulate, before);
}
