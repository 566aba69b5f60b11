/**
 * Learners open their home feed. Bundled by `plimsoll build`, played by `plimsoll load` or by k6
 * itself:
 *
 *     k6 run dist/scenarios/unacademy-feed.js
 */
import type { Options } from 'k6/options';
import { call } from './lib/call.ts';
import type { Learner } from './lib/learner.ts';
import { optionsOf } from './lib/options.ts';
import { readPlan } from './lib/plan.ts';
import { readPool } from './lib/pool.ts';
import { type Summary, summarize } from './lib/summary.ts';
import { fixStart, type Moment, waitForTurn } from './lib/turn.ts';

const plan = readPlan('./unacademy-feed.plan.json');
const learners = readPool<Learner>('./unacademy-feed.pool.json');

export const options: Options = optionsOf(plan);

export function setup(): Moment {
  return fixStart(plan);
}

export default function openFeed(moment: Moment): void {
  const turn = waitForTurn(plan, moment);
  const learner = learners[turn.index % learners.length]!;
  call(turn, { 'x-learner-id': learner.id });
}

export function handleSummary(summary: Summary): Record<string, string> {
  return summarize(plan, summary);
}
