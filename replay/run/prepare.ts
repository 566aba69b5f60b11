/** What has to be right before the first request: each of these checks can only refuse. */
import { UsageError } from '../../simulator/model/usage-error.ts';
import { checkedSecond, halved } from '../compare/second.ts';
import type { ReadReport } from '../formats/capture.ts';
import { checkedTarget, isOnThisMachine } from '../guard.ts';
import { requireCaps } from '../safety/caps.ts';
import { notLoad } from '../safety/marker.ts';
import { safeMethods } from '../safety/methods.ts';
import { checkOwnership } from '../safety/ownership.ts';
import { FROM_TARGET, sourceHosts } from '../safety/source-hosts.ts';
import { logIn } from '../shape/login.ts';
import type { ReplayOptions } from './options.ts';
import type { OpenCapture, PlannerOptions } from './planner.ts';
import type { Step } from './step.ts';
import { type Survey, survey } from './survey.ts';

const PLAIN_TOKEN = /^[\w.:~-]{1,200}$/;

export interface Prepared {
  /** As `checkedTarget` returns it. */
  readonly target: string;
  /** The second system, checked as the target is. */
  readonly second: string | undefined;
  readonly planner: PlannerOptions;
  readonly survey: Survey;
  /** What a login will put into every request; until then, nothing. */
  readonly late: { step: Step };
}

/**
 * Reads the capture once and checks target, source, caps and what would be sent. Makes no
 * connection and no look-up. Throws a UsageError.
 */
export async function prepare(open: OpenCapture, options: ReplayOptions): Promise<Prepared> {
  const { allowedSources, routes } = options;
  const target = checkedTarget(options.target, options.allowedHosts);
  requireCaps(target, options.caps);
  const second = checkedSecond(options);
  const caps = second === undefined ? options.caps : halved(options.caps);
  if (!PLAIN_TOKEN.test(options.runId)) {
    throw new UsageError('run id: expected letters, digits and .:~-_');
  }
  const targets = second === undefined ? [target] : [target, second];
  const source = sourceHosts(targets, options.host, allowedSources);
  const late: Prepared['late'] = { step: (request) => request };
  const { tempo, loop, mostGapMs, from, to } = options;
  const planner: PlannerOptions = {
    steps: [
      notLoad,
      ...options.filters,
      source.step,
      ...options.rewrites,
      (request) => late.step(request),
      // After the rewrites: what counts is what would be sent.
      safeMethods(routes),
    ],
    tempo,
    loop,
    mostGapMs,
    from,
    to,
    mostRequests: caps.mostRequests,
    mostDurationMs: caps.mostDurationMs,
  };
  const found = await survey(open, planner);
  checkRead(found.read, options.mostBadRatio);
  if (found.heldBack[FROM_TARGET] !== undefined) source.refuse();
  return { target, second, planner, survey: found, late };
}

/** The last checks before a run, and the first that ask the target anything: owner, then login. */
export async function knock(prepared: Prepared, options: ReplayOptions): Promise<void> {
  const { target, second, late } = prepared;
  const { allowedHosts, token, lookup, login, runId } = options;
  for (const each of [target, ...(second === undefined ? [] : [second])]) {
    if (isOnThisMachine(each)) continue;
    await checkOwnership(each, token, { allowedHosts, lookup, nowMs: Date.now() });
  }
  if (login !== undefined) late.step = await logIn(target, login, { allowedHosts, lookup, runId });
}

/** Throws a UsageError where a capture has no usable record, or too many bad ones. */
export function checkRead(
  { read, used, rejected, examples }: ReadReport,
  mostBadRatio: number,
): void {
  const bad = Object.values(rejected).reduce((sum, count) => sum + count, 0);
  const [example] = examples;
  const first =
    example === undefined ? '' : `; ${example.file}: ${example.reason} at byte ${example.offset}`;
  if (used === 0) {
    throw new UsageError(`expected a capture with requests, found none in ${read} records${first}`);
  }
  if (bad <= mostBadRatio * read) return;
  const percent = (ratio: number) => `${Number((100 * ratio).toPrecision(3))} %`;
  throw new UsageError(
    `${bad} of ${read} records are bad (${percent(bad / read)}), ` +
      `more than ${percent(mostBadRatio)}${first}`,
  );
}
