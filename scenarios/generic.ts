/** Any model that has no scenario of its own: each journey is its first call and nothing else. */
import type { Options } from 'k6/options';
import { call } from './lib/call.ts';
import { optionsOf } from './lib/options.ts';
import { readPlan } from './lib/plan.ts';
import { type Summary, summarize } from './lib/summary.ts';
import { fixStart, type Moment, waitForTurn } from './lib/turn.ts';

const plan = readPlan('./generic.plan.json');

export const options: Options = optionsOf(plan);

export function setup(): Moment {
  return fixStart(plan);
}

export default function callFirst(moment: Moment): void {
  call(waitForTurn(plan, moment), {});
}

export function handleSummary(summary: Summary): Record<string, string> {
  return summarize(plan, summary);
}
