/** What a replay is asked for. */
import type { LookupFunction } from 'node:net';
import type { CompareOptions } from '../compare/compare-options.ts';
import type { AllowedHost } from '../guard.ts';
import type { Caps } from '../safety/caps.ts';
import type { ErrorBudget } from '../safety/error-budget.ts';
import type { Route } from '../safety/methods.ts';
import type { Login } from '../shape/login.ts';
import type { UsersOptions } from '../users/users.ts';
import type { Tempo } from './pacer.ts';
import type { Edge, Loop } from './planner.ts';
import type { ShardPort } from './shards.ts';
import type { Step } from './step.ts';

export interface ReplayOptions {
  /** Base URL; see `checkedTarget`. */
  readonly target: string;
  /** Hosts other than this machine that may be loaded. */
  readonly allowedHosts: readonly AllowedHost[];
  /** Hosts that may be both source and target. */
  readonly allowedSources: readonly string[];
  /** Where more than GET, HEAD and OPTIONS may go. */
  readonly routes: readonly Route[];
  /** Filters, then rewrites: done in this order, before the last checks. */
  readonly filters: readonly Step[];
  readonly rewrites: readonly Step[];
  /** Sent as Host instead of the target's own. */
  readonly host?: string | undefined;
  /** Recorded users become test users. */
  readonly users?: UsersOptions | undefined;
  /** At the target, once for every test user, or once for all; see `Logins`. */
  readonly login?: Login | undefined;
  /** URLs of modules; see `loadInterceptors`. */
  readonly interceptors: readonly string[];
  readonly tempo: Tempo;
  readonly loop: Loop;
  readonly mostGapMs?: number | undefined;
  readonly from?: Edge | undefined;
  readonly to?: Edge | undefined;
  readonly caps: Caps;
  /** One request of a recorded connection after the other. */
  readonly keepsOrder: boolean;
  /** Threads that send. */
  readonly shards: number;
  readonly isPrecise: boolean;
  readonly timeoutMs: number;
  /** Undefined: goes on whatever fails. */
  readonly budget: ErrorBudget | undefined;
  /** Undefined: answers are counted and thrown away. */
  readonly compare?: CompareOptions | undefined;
  /** A p99 beyond it makes the run inconclusive. */
  readonly mostLatenessMs: number;
  /** Share of bad records, 0..1, that makes a capture unusable. */
  readonly mostBadRatio: number;
  /** Of a target elsewhere; see `checkOwnership`. */
  readonly token?: string | undefined;
  /** Results last at least so long: as those of the model that they are held against. */
  readonly leastDurationMs?: number;
  /** Sent with every request. */
  readonly runId: string;
  readonly name: string;
  /** Paths of the raw log. */
  readonly ndjson?: string | undefined;
  readonly csv?: string | undefined;
  /** Asked for allowed names only. Default: the system's, which is all that threads can have. */
  readonly lookup?: LookupFunction | undefined;
  /** Default: a thread. */
  readonly startShard?: (() => ShardPort) | undefined;
}
