/** Results and load plans by path. */
import { parsePlan, parseResults } from '../reports/read-results.ts';
import type { Results } from '../simulator/results/results.ts';
import type { LoadPlan } from '../simulator/traffic/load-plan.ts';
import { MOST_DATA_BYTES, readText, shown } from './files.ts';

/** Throws a UsageError for a file that is missing or no Results. */
export function readResults(path: string): Results {
  return parseResults(shown(path), readText(path, 'results', MOST_DATA_BYTES));
}

/** Throws a UsageError for a file that is missing or no load plan. */
export function readPlan(path: string): LoadPlan {
  return parsePlan(shown(path), readText(path, 'a load plan', MOST_DATA_BYTES));
}
