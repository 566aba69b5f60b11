/**
 * What every simulation owes, and the random models on which each claim is tried: hundreds at every
 * `npm test`, ten thousand with `npm run soak -- topologies`.
 */
import fc from 'fast-check';
import { UsageError } from '../../simulator/model/usage-error.ts';
import * as audit from '../helpers/laws/audit.ts';
import * as cluster from '../helpers/laws/cluster.ts';
import * as groups from '../helpers/laws/groups.ts';
import * as requests from '../helpers/laws/requests.ts';
import * as chance from '../helpers/laws/time-and-chance.ts';
import {
  anything,
  clustered,
  lossy,
  patient,
  punctual,
  restless,
  steady,
} from '../helpers/random-models.ts';

export interface Trial {
  readonly seed: number;
  readonly models: number;
  /** Called before each model. */
  readonly onModel?: () => void;
}

export interface Claim {
  readonly says: string;
  /** Takes several times as long a model as the others. */
  readonly isDear: boolean;
  /** Tries it: undefined, or the smallest model found that breaks it, with its seed. */
  readonly broken: (trial: Trial) => string | undefined;
}

/** Of events between two looks at the books. */
const anyCount = fc.integer({ min: 20, max: 500 });
/** Powers of two move nothing but a float's exponent. */
const powerOfTwo = fc.constantFrom(2, 8);

export const CLAIMS: readonly Claim[] = [
  claim(
    'every arrival has exactly one fate, at any moment of a run',
    [anything, anyCount],
    requests.keepBooks,
  ),
  claim('what is counted is what is there, after every event', [anything], audit.findsAllRight),
  claim('code made for a model gives the same bytes', [anything], chance.isTheSameGenerated),
  claim('requests end after their start', [anything], requests.endAfterTheirStart),
  claim('nobody is inside for ever who gives up in time', [restless], requests.giveUp),
  claim(
    'no request is quicker than its steps and hops, or slower than its patience',
    [punctual],
    requests.takeTheirTime,
  ),
  claim('a group has the size that was decided', [anything], groups.haveTheSizeDecided),
  claim('a group is busy between nothing and all of it', [anything], groups.areBusyWithinCapacity),
  claim('decisions follow from one another, during the run', [anything], groups.decideInOrder),
  claim('a group costs its price as long as it is up', [anything], groups.payForTheirInstances),
  claim(
    'every pod is on a node of its pools with room for it, or pends',
    [clustered],
    cluster.placePods,
  ),
  claim('nodes cost their price as long as they are there', [clustered], cluster.payForTheirNodes),
  claim('a group is busy for as long as its work takes', [patient], groups.areBusyWithTheirWork),
  claim(
    'k times slower clocks make latencies exactly k times longer',
    [steady, powerOfTwo],
    chance.scalesWithItsClocks,
  ),
  dear(
    claim(
      'a seed gives the same bytes again, and more replications change no earlier one',
      [anything],
      chance.repeatsItself,
    ),
  ),
  dear(
    claim(
      'who arrives depends on the traffic and the seed alone',
      [anything],
      chance.arrivesWhateverIsDone,
    ),
  ),
  dear(
    claim(
      'Poisson arrivals find a server busy as often as it is',
      [lossy],
      chance.arrivalsSeeTimeAverages,
    ),
  ),
];

function claim<T extends unknown[]>(
  says: string,
  cases: { [K in keyof T]: fc.Arbitrary<T[K]> },
  law: (...one: T) => void,
): Claim {
  const broken = ({ seed, models, onModel = () => {} }: Trial) => {
    const property = fc.property(fc.tuple<T>(...cases), (one) => {
      onModel();
      unlessTooMany(() => law(...one));
    });
    return reportOf(fc.check(property, { seed, numRuns: models }));
  };
  return { says, broken, isDear: false };
}

/** A storm of calls that the engine refuses in words says nothing about the claim. */
function unlessTooMany(attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    const isRefused = error instanceof UsageError && /requests are inside/.test(error.message);
    if (!isRefused) throw error;
  }
}

/** A claim that simulates many times, or for long. */
function dear(one: Claim): Claim {
  return { ...one, isDear: true };
}

function reportOf<T>(details: fc.RunDetails<T>): string | undefined {
  if (!details.failed) return undefined;
  const { numRuns, numShrinks, seed, errorInstance, counterexample } = details;
  const reason = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return [
    `broken by model ${numRuns} of seed ${seed}, made smaller ${numShrinks} times:`,
    reason,
    // Plain data: `simulate` takes it as it is.
    JSON.stringify(counterexample),
  ].join('\n');
}
