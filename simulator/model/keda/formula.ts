/**
 * Formulas of KEDA's `scalingModifiers`: arithmetic over what triggers report, by their names.
 * KEDA has expr evaluate them (KEDA documentation, "Scaling modifiers"; expr-lang.org; KEDA 2.21
 * `pkg/scaling/modifiers/formula.go`, `apis/keda/v1alpha1/scaledobject_webhook.go`); here it is the
 * part of expr that reckons with numbers, and what is not understood is refused.
 */
import { ExprMistake, tokensOf } from '../expr/tokens.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { FormulaReader, type Term, unlike } from './formula-syntax.ts';
import { numeric, Unevaluable, type Value } from './formula-values.ts';

/** What a trigger reports; null is nil, which `??` replaces. */
export type FormulaValue = number | null;

/**
 * The formula's number for the values of the names, in their order; null is nil, undefined what
 * cannot be evaluated, such as nil + 1.
 */
export type Formula = (values: readonly FormulaValue[]) => FormulaValue | undefined;

export type ParsedFormula =
  | { readonly formula: Formula; readonly mistake?: never }
  | {
      readonly formula?: never;
      /** In words, and how many characters stand before it. */
      readonly mistake: { readonly at: number; readonly message: string };
    };

/**
 * What a metric of the model is called in a formula, where `-` takes away.
 * Example: `queue-length` is queue_length.
 */
export function formulaName(metric: string): string {
  return metric.replaceAll('-', '_');
}

const MOST_CHARACTERS = 2000;

/** KEDA tries a formula with it for every trigger, and refuses what fails. */
const TRIED = -1;

/**
 * Reads a formula. Division by 0 is infinite, or no number.
 *
 * @param names of the triggers that it may use
 * Example: `max(queue, 2 * jobs)` for [7, 5] is 10; `queue +` is a mistake at 7.
 */
export function parseFormula(text: string, names: readonly string[]): ParsedFormula {
  try {
    if (text.length > MOST_CHARACTERS) {
      throw new ExprMistake(MOST_CHARACTERS, `longer than ${MOST_CHARACTERS} characters`);
    }
    const term = new FormulaReader(tokensOf(text), names).read();
    const isNilPossible = text.includes('??');
    const isUncast = text.startsWith('float(') && !isNilPossible;
    if (isUncast && term.kind !== 'number' && term.kind !== 'any') {
      throw new ExprMistake(0, 'no float: KEDA makes none of a formula that begins with float(');
    }
    if (term.kind === 'truth' || term.kind === 'list') throw unlike(term, 'a number');
    const tried = names.map(() => TRIED);
    const problem = attempt(() => resultOf(term, tried, isNilPossible)).problem;
    if (problem !== undefined) {
      throw new ExprMistake(0, `${problem} (KEDA tries it with ${TRIED} for every trigger)`);
    }
    return { formula: (values) => attempt(() => resultOf(term, values, isNilPossible)).value };
  } catch (error) {
    if (!(error instanceof ExprMistake)) throw error;
    return { mistake: { at: error.at, message: error.message } };
  }
}

/** As a float; nil only where the formula has `??`. */
function resultOf({ of }: Term, values: readonly Value[], isNilPossible: boolean): FormulaValue {
  const result = of({ values, element: null });
  return result === null && isNilPossible ? null : Number(numeric(result));
}

interface Attempt {
  readonly value?: FormulaValue;
  readonly problem?: string;
}

function attempt(evaluate: () => FormulaValue): Attempt {
  try {
    return { value: evaluate() };
  } catch (error) {
    if (!(error instanceof Unevaluable)) throw error;
    return { problem: error.message };
  }
}

/** What is wrong with a formula that stands at a path, with the caret at the spot. */
export function formulaComplaints(text: string, names: readonly string[], path: Path): Complaint[] {
  const { mistake } = parseFormula(text, names);
  if (mistake === undefined) return [];
  const message = `${mistake.message} (KEDA: formula, character ${mistake.at + 1})`;
  const within = { text, offset: mistake.at };
  return [mismatch(path, 'a formula over the triggers', mistake.message, { message, within })];
}
