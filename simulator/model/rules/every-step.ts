import type { Plain, PlainMap } from '../placed.ts';
import type { Path } from '../problem.ts';
import { asList, asMap } from './look.ts';

/** A step as the file says it, and where. */
export interface FoundStep {
  readonly step: PlainMap;
  readonly path: Path;
}

/** Keys of the calls that are made at once. */
const AT_ONCE = ['all', 'any', 'of'] as const;

/**
 * The steps of a list, each with all that is inside it: calls at once, what is done on the ways of
 * a choice, without a hit, and when a call has failed.
 */
export function* everyStep(steps: Plain | undefined, path: Path): Generator<FoundStep> {
  for (const [index, value] of asList(steps).entries()) {
    const step = asMap(value);
    const at = [...path, index];
    yield { step, path: at };
    for (const key of AT_ONCE) yield* everyStep(step[key], [...at, key]);
    for (const [way, option] of asList(step['choose']).entries()) {
      yield* everyStep(asMap(option)['steps'], [...at, 'choose', way, 'steps']);
    }
    yield* everyStep(step['miss'], [...at, 'miss']);
    yield* everyStep(step['fallback'], [...at, 'fallback']);
  }
}
