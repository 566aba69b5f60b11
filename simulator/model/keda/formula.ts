/**
 * Formulas of KEDA's `scalingModifiers`: arithmetic over what triggers report, by their names.
 * KEDA has expr evaluate them (KEDA documentation, "Scaling modifiers"; expr-lang.org); here it is
 * the part of expr that reckons with numbers, and what is not understood is refused.
 */
import { ExprMistake, tokensOf } from '../expr/tokens.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { FormulaReader } from './formula-syntax.ts';

/** The formula's number for the values of the names, in their order. */
export type Formula = (values: readonly number[]) => number;

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
    const evaluate = new FormulaReader(tokensOf(text), names).read();
    return { formula: (values) => evaluate({ values, element: 0 }) };
  } catch (error) {
    if (!(error instanceof ExprMistake)) throw error;
    return { mistake: { at: error.at, message: error.message } };
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
