import type { Model } from '../model/model.ts';
import { UsageError } from '../model/usage-error.ts';

/**
 * Typed arrays drop what is written past their end: a model beyond them would be simulated wrong,
 * and is refused with a UsageError.
 */
export function expectAtMost(model: Model, most: number, found: number, what: string): void {
  if (found <= most) return;
  throw new UsageError(`${model.name}: expected at most ${most} ${what}, found ${found}`);
}
