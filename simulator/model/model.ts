/**
 * The parsed model: what the YAML says, in numbers. Every time is in milliseconds, every rate in
 * requests per second, every ratio in 0..1. Made by `parse.ts`, read by everything else; plain
 * data, so that it survives JSON and a message to a worker unchanged.
 */

import type { BurstyArrivals, ReplayedArrivals } from './arrival-settings.ts';
import type { BreakerSettings } from './breaker-settings.ts';
import type { Concurrency, Fault, HealthCheck, Limits } from './health-settings.ts';
import type { RateLimit, RetryBudget } from './limit-settings.ts';
import type { Localities } from './locality-settings.ts';
import type { InstanceMix } from './mix-settings.ts';
import type { NodeAutoscaler, NodePool, PodPlacement } from './node-settings.ts';
import type { OutlierSettings } from './outlier-settings.ts';
import type { LivenessProbe, ReadinessProbe, StartupProbe } from './probe-settings.ts';
import type { Rollout } from './rollout-settings.ts';
import type { MetricPipelineSettings, ScalingPolicy } from './scaling-settings.ts';
import type { TerminationOrder } from './termination-settings.ts';

/** How long a step takes. A union member here is one file in `simulator/distributions/`. */
export type Distribution =
  | { readonly type: 'constant'; readonly ms: number }
  | { readonly type: 'exponential'; readonly meanMs: number }
  | { readonly type: 'lognormal'; readonly medianMs: number; readonly p99Ms: number }
  /** Exponential phases in parallel or in a row; `squaredVariation` is variance ÷ mean², > 0. */
  | { readonly type: 'phase-type'; readonly meanMs: number; readonly squaredVariation: number }
  /** Heavy tail: P(T > t) = (min/t)^shape; `shape` > 1, or there is no mean. */
  | { readonly type: 'pareto'; readonly minMs: number; readonly shape: number }
  /** Drawn with equal probability from measured values. */
  | { readonly type: 'empirical'; readonly valuesMs: readonly number[] };

/** A straight piece of a rate curve; a constant piece has `from` = `to`. */
export interface RateSegment {
  readonly startMs: number;
  readonly endMs: number;
  readonly fromPerSecond: number;
  readonly toPerSecond: number;
  /** Name of the comparison window that the segment opens, such as `calm` or `peak`. */
  readonly phase: string | undefined;
}

export interface Traffic {
  readonly name: string;
  /** Name of the journey that each arrival starts. */
  readonly does: string;
  /** Segments touch each other, start at 0 and end at the model's duration. */
  readonly rate: readonly RateSegment[];
  readonly arrivals: 'poisson' | 'even' | BurstyArrivals | ReplayedArrivals;
  /** Where queues go by priority: 0, the default, is served first, 7 last. */
  readonly priority?: number;
}

export type Step =
  /** Work on the processor: blocks an event loop, or holds the thread. */
  | { readonly type: 'cpu'; readonly time: Distribution }
  /**
   * Waiting for something outside the model: an event loop serves others meanwhile, a thread does
   * not.
   */
  | { readonly type: 'wait'; readonly time: Distribution }
  | CallStep
  | FanOutStep
  /** Goes one of several ways, each with its probability; they sum up to 1. */
  | { readonly type: 'choose'; readonly options: readonly Option[] }
  /** Looks a key up in a cache; only without a hit, `miss` is done. The key is then stored. */
  | { readonly type: 'lookup'; readonly cache: string; readonly miss: readonly Step[] }
  /** Hands work over and goes on at once: what becomes of it is nobody's concern. */
  | { readonly type: 'publish'; readonly service: string; readonly endpoint: string };

/** Calls at once. Goes on when `needs` have succeeded, fails when they no longer can. */
export interface FanOutStep {
  readonly type: 'fan-out';
  readonly calls: readonly {
    readonly call: CallStep;
    /** How often it is made, at once. */
    readonly copies: number;
  }[];
  readonly needs: number;
}

export interface Option {
  readonly probability: number;
  readonly steps: readonly Step[];
}

export interface CallStep {
  readonly type: 'call';
  readonly service: string;
  readonly endpoint: string;
  /** The caller gives up after this long; the callee works on (zombie work). */
  readonly timeoutMs: number | undefined;
  /** The same after a time that is drawn, as people do; instead of `timeoutMs`. */
  readonly patience?: Distribution;
  /**
   * The callee is told of the timeout: what waits leaves at once, work under way is finished, and
   * nothing more is begun. Otherwise it works on.
   */
  readonly cancels?: boolean;
  /**
   * Whoever works for the call knows when it ends: no call inside waits for longer, and nothing is
   * begun after that. Only who waits for a thread keeps its place until its turn, and is dropped.
   */
  readonly deadline?: 'propagate';
  readonly retry?: Retry;
  readonly hedge?: {
    /** Without an answer so long after one copy, or as soon as it fails, the next one is sent. */
    readonly afterMs: number;
    /** In all, the first one included. */
    readonly copies: number;
    /** Whether the others are called off, as by `cancels`, when one is answered. */
    readonly cancels: boolean;
  };
  /** Stands around each attempt; one for all instances of the caller. */
  readonly breaker?: BreakerSettings;
  /** Done instead of failing, when all attempts have failed: the answer is a degraded one. */
  readonly fallback?: readonly Step[];
}

/** What the caller does when a call fails or times out. */
export interface Retry {
  /** In all, the first one included. */
  readonly attempts: number;
  /** Pause before the second attempt. */
  readonly backoff: Distribution;
  /** Every further pause is so many times as long as drawn; 1 unless given. */
  readonly factor?: number;
  /** No pause is longer. */
  readonly mostMs?: number;
  /** How a pause is drawn from what is reckoned so; absent: it is that. */
  readonly jitter?: 'full' | 'equal' | 'decorrelated';
  /** What keeps retries from adding to an overload; absent: nothing. */
  readonly budget?: RetryBudget;
}

export interface Journey {
  readonly name: string;
  readonly steps: readonly Step[];
}

export interface Endpoint {
  readonly name: string;
  readonly steps: readonly Step[];
}

export interface ThreadQueue {
  /** Requests that may wait; one more is shed. Undefined: no limit. */
  readonly limit: number | undefined;
  /** First come, last come, or by the traffic's priority and then first come. */
  readonly order: 'fifo' | 'lifo' | 'priority';
  /** Whether what a caller has given up is still served, or shed when its turn comes. */
  readonly expired: 'serve' | 'drop';
  /** Sheds while all have waited too long for a while (CoDel, RFC 8289). */
  readonly codel?: { readonly targetMs: number; readonly intervalMs: number };
}

export type ServerKind =
  /**
   * `count` requests at once, one thread each from its first step to its answer; the rest wait in
   * a queue, by default without end and first in, first out.
   */
  | { readonly type: 'threads'; readonly count: number; readonly queue?: ThreadQueue }
  /** As threads: so many connections, one a request from its first step to its answer. */
  | { readonly type: 'pool'; readonly count: number; readonly queue?: ThreadQueue }
  /** As many requests at once as come: time passes, nobody waits for anybody. */
  | { readonly type: 'delay' }
  /**
   * One loop an instance: `cpu` steps run one at a time, first in, first out; `wait` and `call`
   * yield it.
   */
  | { readonly type: 'event-loop' }
  /**
   * `cores` that all `cpu` steps share evenly, none getting more than one core (processor sharing);
   * `wait` and `call` use none.
   */
  | {
      readonly type: 'cpu-shared';
      readonly cores: number;
      /** CPU time in each period of 100 ms, in cores: what is over is throttled (CFS bandwidth). */
      readonly quotaCores?: number;
      /** Requests at once, from first step to answer; the rest queue. Undefined: no limit. */
      readonly threads?: number;
      readonly queue?: ThreadQueue;
    };

/** Keys that requests carry, such as a user's id; key k of 1 … `count` in proportion to k^−zipf. */
export interface BalancingKeys {
  readonly count: number;
  readonly zipf: number;
}

/** A new instance's weight grows over a window, from when its balancer sees it. */
export interface SlowStartRamp {
  readonly windowMs: number;
  /** 1 is linear; larger ones give more early on. */
  readonly aggression: number;
  /** Least share of its weight, 0..1. */
  readonly minWeightRatio: number;
}

/** Weights of instances in the order of their launches, over again where there are more. */
interface Weighted {
  readonly weights?: readonly number[];
}

export type Balancing =
  /** In turn; by weight, where weights differ or an instance is new (Envoy's EDF). */
  | (Weighted & { readonly type: 'round-robin'; readonly slowStart?: SlowStartRamp })
  /**
   * Fewest outstanding requests among `choices` draws (Envoy); where weights differ, an instance is
   * new or there is a bias, turns by weight ÷ (outstanding + 1)^bias.
   */
  | (Weighted & {
      readonly type: 'least-request';
      readonly choices: number;
      /** Whether one instance may be drawn twice, as with Envoy: true unless given. */
      readonly replacement?: boolean;
      readonly bias?: number;
      readonly slowStart?: SlowStartRamp;
    })
  | (Weighted & { readonly type: 'random' })
  /** Fewest outstanding requests for its weight, in turn among equals (HAProxy). */
  | (Weighted & { readonly type: 'leastconn'; readonly slowStartMs?: number })
  /** Fewest outstanding requests of all, at random among equals (AWS ALB). */
  | { readonly type: 'least-outstanding' }
  /** By key, on a ring of at least `minSize` points (Envoy's ketama). */
  | (Weighted & {
      readonly type: 'ring-hash';
      readonly keys: BalancingKeys;
      readonly minSize: number;
    })
  /** By key, in a table of `size` places, a prime (Envoy's Maglev). */
  | (Weighted & { readonly type: 'maglev'; readonly keys: BalancingKeys; readonly size: number })
  /** In the caller's zone as far as that is fair (Envoy), in turn; of fewer instances in turn. */
  | { readonly type: 'zone-aware'; readonly minInstances: number };

/** How callers get to know which instances there are. */
export interface DiscoverySettings {
  /** From an instance's coming or going to when its balancer acts on it. */
  readonly delay: Distribution;
}

/** What one instance runs on. */
export interface InstanceKind {
  /** A pod on a node of a pool, and no machine of its own: it does not boot and has no price. */
  readonly pod?: PodPlacement;
  readonly type: string | undefined;
  readonly dollarsPerHour: number | undefined;
  /** Instead of both: sizes of the group are in units. */
  readonly mix?: InstanceMix;
  /** From launch until the machine is up. */
  readonly boot: Distribution;
  /** Machines are refused now and then, or run out; absent: there are always some. */
  readonly capacity?: {
    readonly errorRatio: number;
    /** Until it is tried again. */
    readonly retry: Distribution;
    /** Instances of the service that may exist at once, those that drain included. */
    readonly quota?: number;
  };
  /** The container's image: pulled once a node, which has room for so many instances. */
  readonly image?: {
    readonly pull: Distribution;
    readonly cached: Distribution;
    readonly perNode: number;
  };
  /** From the start of the container until the app can answer. */
  readonly start?: Distribution;
  readonly startup?: StartupProbe;
  readonly readiness?: ReadinessProbe;
  readonly liveness?: LivenessProbe;
  /** From ready until the balancer sends requests. */
  readonly registration?: Distribution;
  /** Cold caches and code: work on the processor takes longer at first, then less and less. */
  readonly cold?: { readonly factor: number; readonly forMs: number };
  /** Serves, but is left out of the group's metrics and blocks scale-in (AWS instance warm-up). */
  readonly warmUpMs: number;
}

/** Instances that are prepared beforehand (EC2 Auto Scaling). */
export interface WarmPoolSettings {
  readonly poolState: 'stopped' | 'running' | 'hibernated';
  /** Of group and pool together; undefined: the group's max. */
  readonly maxPrepared: number | undefined;
  readonly minSize: number;
  /** Whether instances of a scale-in go back to the pool. */
  readonly reuseOnScaleIn: boolean;
  /** From when the group draws an instance until its machine is up. */
  readonly boot: Distribution;
  /** Of an instance that waits: its disk, where it is not running; undefined: its own price. */
  readonly dollarsPerHour: number | undefined;
}

export interface Scaling {
  readonly min: number;
  readonly max: number;
  /** Instances that are ready when the run starts. */
  readonly start: number;
  /** How long a leaving instance may finish what it has (deregistration delay). */
  readonly drainMs: number;
  /** Which instances a scale-in ends, of the zone with most; absent: the oldest of all. */
  readonly termination?: readonly TerminationOrder[];
  /** Those that health checks find unhealthy so long after they came; absent: they stay. */
  readonly replaceUnhealthy?: { readonly graceMs: number };
  /** Absent: every launch is from scratch. */
  readonly warmPool?: WarmPoolSettings;
  /** What the policies get to see; absent: exact numbers at once. */
  readonly metrics?: MetricPipelineSettings;
  readonly policies: readonly ScalingPolicy[];
}

export interface Service {
  readonly name: string;
  readonly on: InstanceKind;
  readonly serves: ServerKind;
  /** Who is let in at all; absent: everybody. */
  readonly rateLimit?: RateLimit;
  readonly balancing: Balancing;
  /** Each new instance is in the zone with the fewest; undefined: nobody says where they are. */
  readonly zones?: number;
  /** Whose zones are asked in which order; absent: all alike. */
  readonly localities?: Localities;
  /** Undefined: balancers know at once. */
  readonly discovery?: DiscoverySettings;
  readonly scaling: Scaling;
  readonly endpoints: readonly Endpoint[];
  /** In order of time. */
  readonly faults?: readonly Fault[];
  readonly healthCheck?: HealthCheck;
  readonly outlierDetection?: OutlierSettings;
  /** With a smaller share of its instances healthy, all get requests; never unless given. */
  readonly panicRatio?: number;
  /** In order of time. */
  readonly rollouts?: readonly Rollout[];
  readonly limits?: Limits;
  /** One for each instance: more requests at once are shed. */
  readonly concurrency?: Concurrency;
}

/** One objective of a journey; an absent field is not asked for. */
export interface Slo {
  readonly journey: string;
  readonly quantiles: readonly { readonly quantile: number; readonly ms: number }[];
  readonly errorRatio: number | undefined;
}

/** A cache that all who look keys up in it share. */
export interface Cache {
  readonly name: string;
  /** Keys that it holds. */
  readonly entries: number;
  /** Which key makes room: the one not used for longest (`lru`), or the oldest (`fifo`). */
  readonly eviction: 'lru' | 'fifo';
  /** A key is gone so long after it was stored; undefined: never. */
  readonly ttlMs: number | undefined;
  /** Key k of 1 … `count` is asked for with a probability in proportion to k^−zipf. */
  readonly keys: { readonly count: number; readonly zipf: number };
  /** Whether keys are drawn before the run until it is full. */
  readonly starts: 'empty' | 'full';
}

export interface Model {
  readonly name: string;
  readonly durationMs: number;
  /** Requests that arrive before this moment are served but not measured. */
  readonly warmUpMs: number;
  /** Constant one-way delay of every call between two processes. */
  readonly hopMs: number;
  readonly slos: readonly Slo[];
  readonly traffic: readonly Traffic[];
  readonly journeys: readonly Journey[];
  readonly services: readonly Service[];
  readonly caches?: readonly Cache[];
  /** Pools of nodes that pods are on. */
  readonly nodes?: readonly NodePool[];
  /** Who adds and removes nodes; absent: nobody. */
  readonly autoscaler?: NodeAutoscaler;
}
