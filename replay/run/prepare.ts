/** What has to be right before the first request: each of these checks can only refuse. */
import { UsageError } from '../../simulator/model/usage-error.ts';
import { checkedSecond, halved } from '../compare/second.ts';
import type { ReadReport } from '../formats/capture.ts';
import { type AllowedHost, checkedTarget, isOnThisMachine } from '../guard.ts';
import { requireCaps } from '../safety/caps.ts';
import { notLoad } from '../safety/marker.ts';
import { safeMethods } from '../safety/methods.ts';
import { withItsBody, withoutNotes } from '../safety/notes.ts';
import { checkOwnership } from '../safety/ownership.ts';
import { FROM_TARGET, sourceHosts } from '../safety/source-hosts.ts';
import { tokenHeader } from '../shape/login.ts';
import { dropHeader } from '../shape/rewrites.ts';
import { Users } from '../users/users.ts';
import type { ReplayOptions } from './options.ts';
import type { OpenCapture, PlannerOptions } from './planner.ts';
import { type Survey, survey } from './survey.ts';

const PLAIN_TOKEN = /^[\w.:~-]{1,200}$/;

export interface Prepared {
  /** As `checkedTarget` returns it. */
  readonly target: string;
  /** The second system, checked as the target is. */
  readonly second: string | undefined;
  readonly planner: PlannerOptions;
  readonly survey: Survey;
  /** Undefined where recorded users stay who they are. */
  readonly users: Users | undefined;
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
  const { login } = options;
  const users = options.users && new Users(options.users);
  const { tempo, loop, mostGapMs, from, to } = options;
  const planner: PlannerOptions = {
    steps: [
      notLoad,
      withItsBody,
      ...options.filters,
      source.step,
      ...(users === undefined ? [] : [users.step]),
      withoutNotes,
      ...options.rewrites,
      ...(login === undefined ? [] : [dropHeader(tokenHeader(login))]),
      // After the rewrites: what counts is what would be sent.
      safeMethods(routes),
    ],
    loginOf: login && ((request) => (users === undefined ? 0 : (request.testUser ?? -1))),
    tempo,
    loop,
    mostGapMs,
    from,
    to,
    mostRequests: caps.mostRequests,
    mostDurationMs: caps.mostDurationMs,
  };
  await users?.note(await open());
  const found = await survey(open, planner);
  checkRead(found.read, options.mostBadRatio);
  if (found.heldBack[FROM_TARGET] !== undefined) source.refuse();
  return { target, second, planner, survey: found, users };
}

/**
 * The last check before a run, and the first that asks the targets anything: their owners. Returns
 * the allowed hosts with the addresses that may be connected to.
 */
export async function knock(
  prepared: Prepared,
  options: ReplayOptions,
): Promise<readonly AllowedHost[]> {
  const { target, second } = prepared;
  const { token, lookup } = options;
  let { allowedHosts } = options;
  for (const each of [target, ...(second === undefined ? [] : [second])]) {
    if (isOnThisMachine(each)) continue;
    const question = { allowedHosts, lookup, nowMs: Date.now() };
    allowedHosts = await checkOwnership(each, token, question);
  }
  return allowedHosts;
}

/** Throws a UsageError where a capture has no usable record, too many bad ones, or no end. */
export function checkRead(
  { read, used, rejected, examples, incomplete = [] }: ReadReport,
  mostBadRatio: number,
): void {
  const [cut] = incomplete;
  if (cut !== undefined) {
    throw new UsageError(
      `${cut.file}, byte ${cut.offset}: ${cut.reason}; \`convert\` writes what can be read of it`,
    );
  }
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
