import type { Step } from './model.ts';

/** A step that asks somebody for something, with or without waiting for an answer. */
export type Asking = Extract<Step, { readonly type: 'call' | 'publish' }>;

/**
 * All calls and publications of a list of steps in its order, those of fan-outs, of the ways of
 * choices, of misses and of fallbacks included. What the callees do is not looked at.
 */
export function* callsIn(steps: readonly Step[]): Generator<Asking> {
  for (const step of steps) {
    switch (step.type) {
      case 'call':
        yield step;
        yield* callsIn(step.fallback ?? []);
        break;
      case 'publish':
        yield step;
        break;
      case 'fan-out':
        yield* callsIn(step.calls.map(({ call }) => call));
        break;
      case 'choose':
        for (const option of step.options) yield* callsIn(option.steps);
        break;
      case 'lookup':
        yield* callsIn(step.miss);
        break;
      case 'cpu':
      case 'wait':
        break;
      default:
        throw new Error(`unknown step ${step satisfies never}`);
    }
  }
}
