/** Results and load plans by path. */
import { parsePlan, parseResults } from '../reports/read-results.ts';
import type { Results } from '../simulator/results/results.ts';
import type { LoadPlan } from '../simulator/traffic/load-plan.ts';
import { readText, shown } from './files.ts';

const MOST_BYTES = 512 * 1024 * 1024;

/** Throws a UsageError for a file that is missing or no Results. */
export function readResults(path: string): Results {
  return parseResults(shown(path), readText(path, 'results', MOST_BYTES));
}

/** Throws a UsageError for a file that is missing or no load plan. */
export function readPlan(path: string): LoadPlan {
  return parsePlan(shown(path), readText(path, 'a load plan', MOST_BYTES));
}
