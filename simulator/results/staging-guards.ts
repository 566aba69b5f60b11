/**
 * What guards of the staging twin see and say: health checkers, circuit breakers, limits. A guard
 * sees nothing but what stands here, so that the same one, asked again, says the same again.
 * Times are in ms since moment 0.
 */
import type { BreakerSettings } from '../model/breaker-settings.ts';
import type { Concurrency, HealthCheck } from '../model/health-settings.ts';
import type { RetryBudget } from '../model/limit-settings.ts';
import type { ThreadQueue } from '../model/model.ts';
import type { OutlierSettings } from '../model/outlier-settings.ts';
import type { PriorityLevel, PriorityLoads } from '../policies/balancing/priority-load.ts';
import type { BreakerMode } from '../policies/resilience/breaker.ts';
import type { Verdict } from '../policies/resilience/probe-answers.ts';

/** Who of a service's instances is on its balancer's list. */
export interface HealthSettings {
  readonly healthCheck?: HealthCheck;
  readonly outlierDetection?: OutlierSettings;
  readonly panicRatio?: number;
  readonly failsOnPanic?: true;
}

export type HealthSeen =
  /** All that serve; whether new ones count as checked, and well, already. */
  | {
      readonly type: 'members';
      readonly nowMs: number;
      readonly names: readonly string[];
      readonly isKnown: boolean;
    }
  | {
      readonly type: 'probe';
      readonly nowMs: number;
      readonly instance: string;
      readonly verdict: Verdict;
    }
  | {
      readonly type: 'answer';
      readonly nowMs: number;
      readonly instance: string;
      readonly status: number;
    }
  /** The end of an interval of outlier detection. */
  | { readonly type: 'sweep'; readonly nowMs: number };

export interface HealthSaid {
  /** Who gets requests from now on; absent where that is as before. */
  readonly listed?: readonly string[];
  /** After how long each of these is to be probed next. */
  readonly probesInMs?: Readonly<Record<string, number>>;
  readonly notes?: readonly string[];
}

export type BreakerSeen =
  | { readonly type: 'ask'; readonly nowMs: number }
  | {
      readonly type: 'outcome';
      readonly nowMs: number;
      readonly failed: boolean;
      readonly tookMs: number;
    };

export interface BreakerSaid {
  /** Of who asks. */
  readonly isPermitted?: boolean;
  /** Where it has turned. */
  readonly mode?: BreakerMode;
  readonly notes?: readonly string[];
}

export type BudgetSeen =
  | { readonly type: 'attempt'; readonly nowMs: number; readonly attempt: number }
  | {
      readonly type: 'settled';
      readonly nowMs: number;
      readonly attempt: number;
      readonly outcome: 'success' | 'transient' | 'throttling';
      readonly isLast: boolean;
      /** What the retry that this attempt was has cost. */
      readonly cost?: number;
    };

export interface BudgetSaid {
  readonly mayRetry?: boolean;
  /** What the next attempt costs. */
  readonly cost?: number;
}

export type ConcurrencySeen =
  /** A request that comes; how many there are at the instance, itself included. */
  | { readonly type: 'ask'; readonly nowMs: number; readonly inflight: number }
  /** One that was let in is over; how many there were when it came. */
  | {
      readonly type: 'over';
      readonly nowMs: number;
      readonly startedMs: number;
      readonly inflight: number;
      readonly failed: boolean;
    }
  | { readonly type: 'window'; readonly nowMs: number };

export interface ConcurrencySaid {
  /** Of who asks. */
  readonly isPermitted?: boolean;
  /** Where it has changed. */
  readonly limit?: number;
}

/** The request that is next in an instance's queue, and how long it has waited. */
export interface CodelSeen {
  readonly nowMs: number;
  readonly sojournMs: number;
  /** Whether nobody waits behind it. */
  readonly isLast: boolean;
}

export interface CodelSaid {
  readonly drops: boolean;
}

/** A request; of which instance, where each has a limit of its own. */
export interface LimitSeen {
  readonly nowMs: number;
  readonly instance?: string;
}

export interface LimitSaid {
  readonly allowed: boolean;
  readonly delayMs: number;
}

/** A request that comes, and how many there are. */
export interface CrowdSeen {
  readonly nowMs: number;
  readonly isRetry: boolean;
  /** Under way at all instances, those that nobody waits for included. */
  readonly requests: number;
  readonly retries: number;
}

export interface CrowdSaid {
  readonly allowed: boolean;
}

/** Members of a service's levels, when some have come, gone or changed. */
export interface PrioritySeen {
  readonly nowMs: number;
  readonly levels: readonly PriorityLevel[];
}

export interface PrioritySaid {
  readonly loads: PriorityLoads;
  readonly notes?: readonly string[];
}

/** One thing seen, and what was said to it. */
export interface Entry<Seen, Said> {
  readonly seen: Seen;
  readonly said: Said;
}

/** Of one guard: `name` is an instance's and a call's where callers keep it, else a service's. */
export type GuardRecord =
  | {
      readonly guard: 'health';
      readonly name: string;
      readonly entries: readonly Entry<HealthSeen, HealthSaid>[];
    }
  | {
      readonly guard: 'breaker';
      readonly name: string;
      readonly settings: BreakerSettings;
      readonly entries: readonly Entry<BreakerSeen, BreakerSaid>[];
    }
  | {
      readonly guard: 'budget';
      readonly name: string;
      readonly settings: RetryBudget;
      readonly entries: readonly Entry<BudgetSeen, BudgetSaid>[];
    }
  | {
      readonly guard: 'concurrency';
      readonly name: string;
      readonly settings: Concurrency;
      readonly entries: readonly Entry<ConcurrencySeen, ConcurrencySaid>[];
    }
  | {
      readonly guard: 'codel';
      readonly name: string;
      readonly settings: NonNullable<ThreadQueue['codel']>;
      readonly entries: readonly Entry<CodelSeen, CodelSaid>[];
    }
  | {
      readonly guard: 'rate-limit';
      readonly name: string;
      readonly entries: readonly Entry<LimitSeen, LimitSaid>[];
    }
  | {
      readonly guard: 'crowd';
      readonly name: string;
      readonly entries: readonly Entry<CrowdSeen, CrowdSaid>[];
    }
  | {
      readonly guard: 'priority';
      readonly name: string;
      readonly entries: readonly Entry<PrioritySeen, PrioritySaid>[];
    };

/** A record as a process hands it over; in order for each guard. */
export type Guarded = GuardRecord & {
  /** Wall clock of the moment 0 that its times are counted from. */
  readonly originMs: number;
  /** Where callers keep it: the one that is called. */
  readonly service: string;
};
