/** The same questions to a policy of ours and to the controller that it is modelled on. */
import fc from 'fast-check';
import { formatCount } from '../../../simulator/model/units.ts';
import { buildController, played } from './go-controller.ts';

/** A policy and its original. Decisions are told as text, one a step. */
export interface Beside<Case, Line> {
  readonly name: string;
  /** Folder beside this file, and the package that is asked. */
  readonly controller: readonly [folder: string, target: string];
  readonly cases: fc.Arbitrary<Case>;
  /** What ours decides, and the line that asks the original; undefined where ours refuses it. */
  readonly decide: (one: Case) => Played<Line> | undefined;
}

export interface Played<Line> {
  readonly line: Line;
  readonly decisions: readonly string[];
}

export interface BesideOptions {
  readonly runs: number;
  readonly seed: number;
}

/** Prints a line, and the first case that differs; whether none does. */
export function compare<Case, Line>(
  { name, controller, cases, decide }: Beside<Case, Line>,
  { runs, seed }: BesideOptions,
): boolean {
  const built = buildController(...controller);
  if ('missing' in built) {
    console.log(`not shown  ${name}: ${built.missing}`);
    return false;
  }
  const ours = fc.sample(cases, { seed, numRuns: runs }).flatMap((one) => decide(one) ?? []);
  const theirs = played<string[]>(
    built.path,
    ours.map(({ line }) => line),
  );
  const steps = ours.reduce((sum, { decisions }) => sum + decisions.length, 0);
  const differing = ours.filter(({ decisions }, at) => !isSame(decisions, theirs[at]));
  const count = `${formatCount(ours.length)} cases, ${formatCount(steps)} decisions`;
  if (differing.length === 0) {
    console.log(`same       ${name}: ${count}`);
    return steps > 0;
  }
  console.log(`DIFFERENT  ${name}: ${differing.length} of ${count}; the first one:`);
  tellFirst(differing[0]!, theirs[ours.indexOf(differing[0]!)]!);
  return false;
}

function isSame(ours: readonly string[], theirs: readonly string[] | undefined): boolean {
  return ours.join('\n') === theirs?.join('\n');
}

function tellFirst({ line, decisions }: Played<unknown>, theirs: readonly string[]): void {
  console.log(JSON.stringify(line));
  const step = decisions.findIndex((told, at) => told !== theirs[at]);
  console.log(`step ${step}\n  ours:   ${decisions[step]}\n  theirs: ${theirs[step]}`);
}
