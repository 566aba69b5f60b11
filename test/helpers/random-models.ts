/**
 * Random models for fast-check: two or three services with calls back and forth, ties, timeouts,
 * retries, hops, queues, scaling and draining. A feature is a function or a constant that makes one
 * field of a model; what differs from one set of models to another is in `Features`.
 */
import fc from 'fast-check';
import { type BreakerSettings, breakerSettings } from '../../simulator/model/breaker-settings.ts';
import type { Fault } from '../../simulator/model/health-settings.ts';
import type {
  RateLimit,
  RateLimitRule,
  RetryBudget,
} from '../../simulator/model/limit-settings.ts';
import type { Localities } from '../../simulator/model/locality-settings.ts';
import type {
  Balancing,
  Cache,
  CallStep,
  DiscoverySettings,
  Distribution,
  Endpoint,
  InstanceKind,
  Journey,
  Model,
  RateSegment,
  Retry,
  Scaling,
  ServerKind,
  Service,
  Step,
  ThreadQueue,
  Traffic,
  WarmPoolSettings,
} from '../../simulator/model/model.ts';
import { outlierSettings } from '../../simulator/model/outlier-settings.ts';
import type { ScalingPolicy } from '../../simulator/model/scaling-settings.ts';
import { fixedSize } from './models.ts';
import { onNodes, unpooled } from './random-clusters.ts';
import { mixed } from './random-mixes.ts';
import { randomRollouts } from './random-rollouts.ts';

const DURATION_MS = 32_000;

/** What a model may contain; a new feature that some laws cannot have gets a field here. */
interface Features {
  readonly times: fc.Arbitrary<Distribution>;
  readonly timeouts: fc.Arbitrary<number | undefined>;
  readonly retries: fc.Arbitrary<Retry | undefined>;
  readonly queues: fc.Arbitrary<ThreadQueue | undefined>;
  readonly scaling: fc.Arbitrary<Scaling>;
  readonly rates: fc.Arbitrary<RateSegment[]>;
  /** Calls at once, choices, look-ups, published work, cancellation; all kinds of servers. */
  readonly isRich: boolean;
}

// ---- times --------------------------------------------------------------------------------------

/** Few and round, so that moments often coincide. */
const constants = fc
  .constantFrom(0, 0.5, 1, 2, 5, 20, 60)
  .map((ms): Distribution => ({ type: 'constant', ms }));

const distributions: fc.Arbitrary<Distribution> = fc.oneof(
  constants,
  fc.constantFrom(1, 5, 25).map((meanMs) => ({ type: 'exponential', meanMs }) as const),
  fc.constantFrom(1, 5, 25).map((medianMs) => {
    return { type: 'lognormal', medianMs, p99Ms: 4 * medianMs } as const;
  }),
  fc.constantFrom(0.3, 4).map((squaredVariation) => {
    return { type: 'phase-type', meanMs: 5, squaredVariation } as const;
  }),
  fc.constant({ type: 'pareto', minMs: 2, shape: 2.5 } as const),
  fc.constant({ type: 'empirical', valuesMs: [1, 2, 2, 40] } as const),
);

// ---- steps --------------------------------------------------------------------------------------

const timeouts = fc.constantFrom(undefined, 0, 2, 20, 100, 2000);

/** Seldom: attempts multiply from service to service, and a storm of them says nothing new. */
const retries = fc.constantFrom<(Retry | undefined)[]>(
  ...Array.from({ length: 8 }, () => undefined),
  { attempts: 2, backoff: { type: 'constant', ms: 0 } },
  { attempts: 3, backoff: { type: 'exponential', meanMs: 10 } },
);

/** More of them, with jitter and budgets that are soon used up. */
const boundRetries = fc
  .record({
    attempts: fc.constantFrom(2, 3),
    backoff: fc.constantFrom<Distribution>(
      { type: 'constant', ms: 5 },
      { type: 'exponential', meanMs: 10 },
    ),
    factor: fc.constantFrom(1, 2),
    jitter: fc.constantFrom(undefined, 'full' as const, 'equal' as const, 'decorrelated' as const),
    budget: fc.constantFrom<(RetryBudget | undefined)[]>(
      undefined,
      { type: 'active', ratio: 0.2, minRetries: 1 },
      { type: 'active', ratio: 0, minRetries: 0 },
      { type: 'per-request', ratio: 0.2, ttlMs: 1000, minRetriesPerSecond: 0 },
      { type: 'grpc-throttle', maxTokens: 4, tokenRatio: 0.1 },
      { type: 'aws-quota', capacity: 30, transientCost: 14, throttlingCost: 5 },
    ),
  })
  .map(({ jitter, budget, ...plain }): Retry => {
    return { ...plain, ...(jitter && { jitter }), ...(budget && { budget }) };
  });
type Protection = Pick<CallStep, 'breaker' | 'fallback'>;

/** Breakers that turn often, by both kinds of windows; fallbacks with steps and without. */
function protection({ isRich, times }: Features): fc.Arbitrary<Protection> {
  const none = fc.constant<Protection>({});
  if (!isRich) return none;
  const settings = fc.constantFrom<Partial<BreakerSettings>[]>(
    { slidingWindowSize: 4 },
    { slidingWindowSize: 3, slowCallDurationThresholdMs: 10, slowCallRateThreshold: 60 },
    { slidingWindowType: 'TIME_BASED', slidingWindowSize: 2 },
    { slidingWindowSize: 4, maxWaitDurationInHalfOpenStateMs: 200 },
  );
  const breaker = settings.map((given) =>
    breakerSettings({
      minimumNumberOfCalls: 3,
      waitDurationInOpenStateMs: 150,
      permittedNumberOfCallsInHalfOpenState: 2,
      ...given,
    }),
  );
  const step = times.map((time): Step => ({ type: 'wait', time }));
  const fallback = fc.array(step, { maxLength: 1 });
  return fc.oneof<fc.Arbitrary<Protection>[]>(
    none,
    none,
    fc.record({ breaker }),
    fc.record({ fallback }),
    fc.record({ breaker, fallback }),
  );
}

function call(service: string, endpoint: string, features: Features): fc.Arbitrary<CallStep> {
  return fc.tuple(bareCall(service, endpoint, features), protection(features)).map(([one, own]) => {
    return { ...one, ...own };
  });
}

function bareCall(service: string, endpoint: string, features: Features): fc.Arbitrary<CallStep> {
  return fc
    .tuple(
      features.timeouts,
      features.retries,
      calledOff(features),
      drawnPatience(features),
      hedging(features),
    )
    .map(([timeoutMs, retry, told, patience, hedge]) => ({
      type: 'call',
      service,
      endpoint,
      timeoutMs: patience === undefined ? timeoutMs : undefined,
      ...(patience === undefined ? {} : { patience }),
      ...((timeoutMs ?? patience) === undefined ? {} : told),
      ...(retry === undefined ? {} : { retry }),
      ...(hedge === undefined ? {} : { hedge }),
    }));
}

/** What the callee is told of a timeout. */
function calledOff({ isRich }: Features): fc.Arbitrary<Pick<CallStep, 'cancels' | 'deadline'>> {
  const ways = [{}, {}, { cancels: true }, { deadline: 'propagate' }] as const;
  return isRich ? fc.constantFrom(...ways) : fc.constant({});
}

function hedging({ isRich }: Features): fc.Arbitrary<CallStep['hedge']> {
  const never = fc.constant(undefined);
  const some = fc.record({
    afterMs: fc.constantFrom(0, 2, 20),
    copies: fc.constantFrom(2, 3),
    cancels: fc.boolean(),
  });
  return isRich ? fc.oneof({ weight: 4, arbitrary: never }, { weight: 1, arbitrary: some }) : never;
}

/** Patience that is drawn instead of a timeout. */
function drawnPatience({ isRich }: Features): fc.Arbitrary<Distribution | undefined> {
  const never = fc.constant(undefined);
  const drawn = fc.constantFrom(5, 50).map((meanMs) => ({ type: 'exponential', meanMs }) as const);
  return isRich
    ? fc.oneof({ weight: 3, arbitrary: never }, { weight: 1, arbitrary: drawn })
    : never;
}

/** One or two calls, some of them several times. */
function fanOut(one: fc.Arbitrary<CallStep>): fc.Arbitrary<Step> {
  const calls = fc.array(fc.record({ call: one, copies: fc.integer({ min: 1, max: 2 }) }), {
    minLength: 1,
    maxLength: 2,
  });
  return fc.tuple(calls, fc.double({ min: 0, max: 1, noNaN: true })).map(([own, share]) => {
    const total = own.reduce((sum, { copies }) => sum + copies, 0);
    return { type: 'fan-out', calls: own, needs: 1 + Math.floor(share * (total - 1)) };
  });
}

/** Steps that have other ones inside. */
function wayful(inner: fc.Arbitrary<Step>): fc.Arbitrary<Step> {
  const some = fc.array(inner, { maxLength: 2 });
  return fc.oneof(
    some.map((miss): Step => ({ type: 'lookup', cache: 'keys', miss })),
    fc.tuple(some, some).map(
      ([often, seldom]): Step => ({
        type: 'choose',
        options: [
          { probability: 0.75, steps: often },
          { probability: 0.25, steps: seldom },
        ],
      }),
    ),
  );
}

const caches: fc.Arbitrary<Cache> = fc.record({
  name: fc.constant('keys'),
  entries: fc.constantFrom(1, 5, 50),
  eviction: fc.constantFrom('lru', 'fifo'),
  ttlMs: fc.constantFrom(undefined, 100, 5000),
  keys: fc.constantFrom({ count: 20, zipf: 0 }, { count: 40, zipf: 1.2 }),
  starts: fc.constantFrom('empty', 'full'),
});

function work({ times }: Features): fc.Arbitrary<Step> {
  return fc.record({ type: fc.constantFrom('cpu', 'wait'), time: times });
}

/** Endpoint `work` may call the next service, and the last one calls back `other` of the first. */
function endpoints(index: number, count: number, features: Features): fc.Arbitrary<Endpoint[]> {
  const step = work(features);
  const [service, endpoint] = index + 1 < count ? [`s${index + 1}`, 'work'] : ['s0', 'other'];
  const onwards = call(service, endpoint, features);
  const publish: Step = { type: 'publish', service, endpoint };
  const plain = fc.oneof(step, onwards);
  const rich = fc.oneof(plain, fanOut(onwards), wayful(plain), fc.constant(publish));
  return fc
    .record({
      work: fc.array(features.isRich ? rich : plain, { minLength: 1, maxLength: 4 }),
      other: fc.array(step, { minLength: 1, maxLength: 2 }),
    })
    .map((steps) => [
      { name: 'work', steps: steps.work },
      { name: 'other', steps: steps.other },
    ]);
}

// ---- services -----------------------------------------------------------------------------------

const queues = fc.constantFrom<(ThreadQueue | undefined)[]>(
  undefined,
  undefined,
  { limit: 0, order: 'fifo', expired: 'serve' },
  { limit: 3, order: 'lifo', expired: 'drop' },
  { limit: undefined, order: 'lifo', expired: 'serve' },
  { limit: undefined, order: 'fifo', expired: 'drop' },
);
const richQueues = fc.oneof(
  queues,
  fc.constantFrom<ThreadQueue[]>(
    { limit: undefined, order: 'priority', expired: 'serve' },
    { limit: 5, order: 'priority', expired: 'drop' },
    { limit: undefined, order: 'fifo', expired: 'serve', codel: { targetMs: 2, intervalMs: 20 } },
    { limit: 9, order: 'lifo', expired: 'drop', codel: { targetMs: 2, intervalMs: 20 } },
  ),
);

function richKinds({ queues: some }: Features): fc.Arbitrary<ServerKind> {
  const count = fc.integer({ min: 1, max: 4 });
  return fc.oneof(
    fc.constant({ type: 'delay' } as const),
    count.map((connections): ServerKind => ({ type: 'pool', count: connections })),
    fc.constantFrom(0.3, 1, 1.5).map((quotaCores): ServerKind => {
      return { type: 'cpu-shared', cores: 2, quotaCores };
    }),
    fc.tuple(count, some).map(([threads, queue]): ServerKind => {
      const own = { type: 'cpu-shared', cores: 2, threads } as const;
      return queue === undefined ? own : { ...own, queue };
    }),
  );
}

function serverKinds(features: Features): fc.Arbitrary<ServerKind> {
  return features.isRich
    ? fc.oneof(plainKinds(features), richKinds(features))
    : plainKinds(features);
}

function plainKinds(features: Features): fc.Arbitrary<ServerKind> {
  return fc.oneof(
    fc.constant({ type: 'event-loop' } as const),
    fc.constantFrom(1, 2).map((cores) => ({ type: 'cpu-shared', cores }) as const),
    fc.tuple(fc.integer({ min: 1, max: 6 }), features.queues).map(([count, queue]) => {
      const threads = { type: 'threads', count } as const;
      return queue === undefined ? threads : { ...threads, queue };
    }),
  );
}

function instanceKinds({ times, isRich }: Features): fc.Arbitrary<InstanceKind> {
  const bare = fc.record<InstanceKind>({
    type: fc.constant(undefined),
    dollarsPerHour: fc.constantFrom(undefined, 0.1),
    boot: times,
    warmUpMs: fc.constantFrom(0, 7000),
  });
  if (!isRich) return bare;
  return fc.tuple(bare, containerProbes).map(([on, probes]) => ({ ...on, ...probes }));
}

/** Impatient, so that containers are restarted all the time. */
const containerProbes: fc.Arbitrary<Pick<InstanceKind, 'start' | 'startup' | 'liveness'>> =
  fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    {
      weight: 1,
      arbitrary: fc.record(
        {
          start: fc.constantFrom(10, 400).map((ms) => ({ type: 'constant' as const, ms })),
          startup: fc.record({
            delayMs: fc.constantFrom(0, 50),
            periodMs: fc.constantFrom(100, 300),
            failures: fc.constantFrom(1, 30),
          }),
          liveness: fc.record({
            probe: fc.constantFrom('http', 'side-port', 'tcp'),
            delayMs: fc.constantFrom(0, 100),
            periodMs: fc.constantFrom(50, 400),
            timeoutMs: fc.constantFrom(5, 100),
            failures: fc.constantFrom(1, 3),
          }),
        },
        { requiredKeys: ['liveness'] },
      ),
    },
  );

/** Seldom, and low enough to be felt. */
const rateLimits: fc.Arbitrary<RateLimit | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  {
    weight: 2,
    arbitrary: fc.record({
      per: fc.constantFrom('service', 'instance'),
      rule: fc.constantFrom<RateLimitRule[]>(
        { type: 'token-bucket', ratePerSecond: 10, burst: 3 },
        { type: 'gcra', ratePerSecond: 4, burst: 1 },
        { type: 'nginx', ratePerSecondMilli: 5000, burst: 4, delay: 1 },
        { type: 'nginx', ratePerSecondMilli: 166, burst: 2 },
        { type: 'fixed-window', limit: 8, windowMs: 1000, countsRefused: false },
        { type: 'sliding-window', limit: 8, windowMs: 1000, countsRefused: true },
        { type: 'kong', limits: { second: 8, minute: 90 }, clockMs: 59_000 },
      ),
    }),
  },
);

/** Early, so that the audit sees them, and close together, so that they coincide. */
function faults({ isRich }: Features): fc.Arbitrary<Pick<Service, 'faults'>> {
  if (!isRich) return fc.constant({});
  const when = { atMs: fc.constantFrom(500, 1500, 9000), instances: fc.constant(1) };
  const where = fc.constantFrom<Pick<Fault, 'instances' | 'zone'>[]>(
    { instances: 1 },
    { instances: 2 },
    { instances: 'all', zone: 0 },
  );
  const lasting = { ...when, forMs: fc.constantFrom(20, 700, 4000) };
  const fault = fc.oneof<fc.Arbitrary<Fault>[]>(
    fc.record({ type: fc.constant('kill'), ...when }),
    fc.record({ type: fc.constant('hang'), ...lasting }),
    fc.record({ type: fc.constant('slow'), ...lasting, factor: fc.constantFrom(2, 8) }),
    fc.record({ type: fc.constant('fail'), ...lasting, ratio: fc.constantFrom(0.3, 1) }),
  );
  const hit = fc.tuple(fault, where).map(([one, victims]): Fault => ({ ...one, ...victims }));
  const some = fc.array(hit, { minLength: 1, maxLength: 3 }).map((all) => ({ faults: all }));
  return fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: some });
}

type Watch = Pick<
  Service,
  'healthCheck' | 'outlierDetection' | 'panicRatio' | 'limits' | 'concurrency'
>;

function limits({ isRich }: Features): fc.Arbitrary<Watch> {
  const some = fc.constantFrom<Watch[]>(
    { limits: { maxRequests: 2, maxRetries: 1 } },
    { limits: { maxRequests: 1024, maxRetries: 0 } },
    {
      limits: {
        maxRequests: 20,
        maxRetries: 3,
        retryBudget: { budgetPercent: 20, minRetryConcurrency: 1 },
      },
    },
  );
  const adaptive = fc.constantFrom<Watch[]>(
    {
      concurrency: { type: 'aimd', initialLimit: 2, backoffRatio: 0.5, timeoutMs: 50, maxLimit: 9 },
    },
    {
      concurrency: {
        type: 'gradient',
        concurrencyUpdateIntervalMs: 100,
        minRttIntervalMs: 500,
        requestCount: 3,
        jitterPercent: 15,
        bufferPercent: 25,
        sampleAggregatePercentile: 90,
        minConcurrency: 2,
        maxConcurrencyLimit: 50,
      },
    },
  );
  const none = fc.constant<Watch>({});
  return isRich ? fc.oneof(none, none, none, some, adaptive) : none;
}

/** Quick to judge, so that lists change all the time. */
function watches({ isRich }: Features): fc.Arbitrary<Watch> {
  const none = fc.constant<Watch>({});
  if (!isRich) return none;
  const healthCheck = fc.record({
    rules: fc.constantFrom('envoy', 'haproxy', 'alb', 'kubernetes'),
    intervalMs: fc.constantFrom(50, 400),
    timeoutMs: fc.constantFrom(20, 100),
    rise: fc.constantFrom(1, 2),
    fall: fc.constantFrom(1, 3),
  });
  const outlierDetection = fc.constantFrom(1, 3).map((consecutive5xx) =>
    outlierSettings({
      consecutive5xx,
      intervalMs: 300,
      baseEjectionTimeMs: 500,
      maxEjectionPercent: 60,
      enforcingFailurePercentage: 100,
      failurePercentageMinimumHosts: 1,
      failurePercentageRequestVolume: 5,
    }),
  );
  const panicRatio = fc.constantFrom(0, 0.5, 1);
  return fc.oneof<fc.Arbitrary<Watch>[]>(
    none,
    none,
    fc.record({ healthCheck, panicRatio }),
    fc.record({ outlierDetection }),
    fc.record({ healthCheck, outlierDetection, panicRatio }),
  );
}

function service(index: number, count: number, features: Features): fc.Arbitrary<Service> {
  return fc
    .tuple(
      bareService(index, count, features),
      faults(features),
      watches(features),
      limits(features),
      features.isRich ? rateLimits : fc.constant(undefined),
      features.isRich ? randomRollouts : fc.constant({}),
    )
    .map(([one, sick, watched, limited, rateLimit, delivered]) => {
      const limit = rateLimit && { rateLimit };
      // Of those that are checked.
      const own = 'rollouts' in delivered ? unpooled(one.scaling) : one.scaling;
      const care = { scaling: watched.healthCheck ? cared(own) : own };
      return { ...one, ...sick, ...watched, ...limited, ...limit, ...delivered, ...care };
    })
    .chain((one) => preferred(one).map((zones) => ({ ...one, ...zones })))
    .chain((one) => (features.isRich ? mixed(one) : fc.constant(one)));
}

/** Sick instances go at once, by a termination policy. */
function cared(scaling: Scaling): Scaling {
  const termination = scaling.drainMs > 0 ? (['default'] as const) : (['newest-instance'] as const);
  return { ...scaling, termination, replaceUnhealthy: { graceMs: scaling.drainMs } };
}

function bareService(index: number, count: number, features: Features): fc.Arbitrary<Service> {
  return fc.record<Service>({
    name: fc.constant(`s${index}`),
    on: instanceKinds(features),
    serves: serverKinds(features),
    balancing: features.isRich ? fc.oneof(plainBalancings, richBalancings) : plainBalancings,
    scaling: features.scaling,
    ...(features.isRich ? { zones: fc.constantFrom(2, 3), discovery: discoveries } : {}),
    endpoints: endpoints(index, count, features),
  });
}

/** Where the balancing is Envoy's and the zones are three. */
function preferred(one: Service): fc.Arbitrary<Pick<Service, 'localities'>> {
  const { type } = one.balancing;
  const isOther = type === 'leastconn' || type === 'least-outstanding';
  if (one.zones !== 3 || isOther) return fc.constant({});
  const isByKey = type === 'ring-hash' || type === 'maglev' || type === 'zone-aware';
  const own = { overprovisioningPercent: 140, panicPercent: 50 };
  const levels = [{ priorities: [0, 1, 0] }, { priorities: [2, 1, 0] }];
  const weighted = [{ priorities: [0, 0, 1], weights: [3, 1, 1] }];
  return fc
    .constantFrom<Pick<Localities, 'priorities' | 'weights'>[]>(
      ...levels,
      ...(isByKey ? [] : weighted),
    )
    .map((zones) => ({ localities: { ...zones, ...own } }));
}

const plainBalancings = fc.constantFrom<Balancing[]>(
  { type: 'round-robin' },
  { type: 'least-request', choices: 2 },
);

const keys = fc.constantFrom({ count: 20, zipf: 0 }, { count: 40, zipf: 1.2 });
const slowStart = { windowMs: 5000, aggression: 1.5, minWeightRatio: 0.1 };
const richBalancings = fc.oneof(
  fc.constantFrom<Balancing[]>(
    { type: 'round-robin', weights: [1, 3], slowStart },
    { type: 'least-request', choices: 3, replacement: false },
    { type: 'least-request', choices: 5 },
    { type: 'least-request', choices: 2, bias: 0.5, slowStart },
    { type: 'random' },
    { type: 'random', weights: [1, 2] },
    { type: 'leastconn' },
    { type: 'leastconn', weights: [2, 1], slowStartMs: 4000 },
    { type: 'least-outstanding' },
    { type: 'zone-aware', minInstances: 1 },
    { type: 'zone-aware', minInstances: 3 },
  ),
  keys.map((own): Balancing => ({ type: 'ring-hash', keys: own, minSize: 30 })),
  keys.map((own): Balancing => ({ type: 'maglev', keys: own, size: 31, weights: [1, 2] })),
);

/** Longer than some drains and some instances' lives. */
const discoveries = fc.constantFrom<(DiscoverySettings | undefined)[]>(
  undefined,
  undefined,
  { delay: { type: 'constant', ms: 1500 } },
  { delay: { type: 'exponential', meanMs: 4000 } },
);

// ---- scaling ------------------------------------------------------------------------------------

function stepBy(comparison: 'above' | 'below', threshold: number, by: number): ScalingPolicy {
  const alarm = { metric: 'requests-per-instance', comparison, threshold } as const;
  const when = { periodMs: 1000, evaluationPeriods: 1, datapointsToAlarm: 1 };
  const change = { type: 'change-in-capacity', by } as const;
  return {
    type: 'step-scaling',
    alarm: { ...alarm, ...when, missingData: 'missing' },
    steps: [{ lower: undefined, upper: undefined, change }],
    minMagnitude: 1,
  };
}

function track(target: number): ScalingPolicy {
  const when = { periodMs: 1000, highPeriods: 1, lowPeriods: 1, lowRatio: 0.9, scaleIn: true };
  return { type: 'target-tracking', metric: 'utilization', target, ...when };
}

const policies: fc.Arbitrary<ScalingPolicy> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('above' as const, 'below' as const),
      fc.constantFrom(5, 20),
      fc.constantFrom(-2, -1, 1, 2),
    )
    .map((settings) => stepBy(...settings)),
  fc.constantFrom(0.1, 0.5).map(track),
  fc.constantFrom(0, 3000).map((ms) => {
    return { ...track(0.2), cooldown: { scaleOutMs: ms, scaleInMs: ms } } as ScalingPolicy;
  }),
);

const warmPool: fc.Arbitrary<WarmPoolSettings> = fc.record({
  poolState: fc.constantFrom('stopped', 'running', 'hibernated'),
  maxPrepared: fc.constantFrom(undefined, 2, 4),
  minSize: fc.constantFrom(0, 1),
  reuseOnScaleIn: fc.boolean(),
  boot: fc.constantFrom(0, 500).map((ms) => ({ type: 'constant' as const, ms })),
  dollarsPerHour: fc.constantFrom(undefined, 0.01),
});

const bare: fc.Arbitrary<Scaling> = fc.record({
  min: fc.constantFrom(0, 1),
  max: fc.constantFrom(3, 5),
  start: fc.constantFrom(1, 3),
  drainMs: fc.constantFrom(0, 50, 3000),
  policies: fc.array(policies, { minLength: 0, maxLength: 2 }),
});

/** Two in three launch from scratch. */
function maybePooled(group: fc.Arbitrary<Scaling>): fc.Arbitrary<Scaling> {
  const pooled = fc.tuple(group, warmPool).map(([one, pool]) => ({ ...one, warmPool: pool }));
  return fc.oneof({ weight: 2, arbitrary: group }, { weight: 1, arbitrary: pooled });
}

const scaling: fc.Arbitrary<Scaling> = maybePooled(bare);

const noScaling: fc.Arbitrary<Scaling> = fc.integer({ min: 1, max: 3 }).map(fixedSize);

/** Out with every wave and in after it, cutting off what does not finish within a moment. */
const bareSwinging: fc.Arbitrary<Scaling> = fc
  .record({ by: fc.constantFrom(1, 3), drainMs: fc.constantFrom(0, 5) })
  .map(({ by, drainMs }) => {
    const both = [stepBy('above', 10, by), stepBy('below', 10, -by)];
    return { min: 1, max: 4, start: 1, drainMs, policies: both };
  });

const swinging: fc.Arbitrary<Scaling> = maybePooled(bareSwinging);

// ---- traffic ------------------------------------------------------------------------------------

export function segment(startMs: number, endMs: number, from: number, to: number): RateSegment {
  return { startMs, endMs, fromPerSecond: from, toPerSecond: to, phase: undefined };
}

const pieces: fc.Arbitrary<RateSegment[]> = fc
  .tuple(fc.constantFrom(0, 5, 30), fc.constantFrom(5, 30, 60))
  .map(([low, high]) => [
    segment(0, DURATION_MS / 4, low, low),
    segment(DURATION_MS / 4, DURATION_MS / 2, low, high),
    segment(DURATION_MS / 2, DURATION_MS, high, high),
  ]);

/** Two seconds of flood, two of ebb. */
const waves: fc.Arbitrary<RateSegment[]> = fc.constantFrom(30, 100).map((high) =>
  Array.from({ length: DURATION_MS / 2000 }, (_, index) => {
    const perSecond = index % 2 === 0 ? high : 2;
    return segment(2000 * index, 2000 * (index + 1), perSecond, perSecond);
  }),
);

/** Half of the run to finish what has begun. */
const firstHalf: fc.Arbitrary<RateSegment[]> = fc
  .constantFrom(2, 10, 30)
  .map((high) => [
    segment(0, DURATION_MS / 2, high, high),
    segment(DURATION_MS / 2, DURATION_MS, 0, 0),
  ]);

/** Some of them within a run, and nobody in between. */
const BURSTS = { type: 'bursts', everyMs: 600, forMs: 150, times: 4 } as const;

function traffic(name: string, does: string, features: Features): fc.Arbitrary<Traffic> {
  const { rates, isRich } = features;
  return fc.record<Traffic>({
    name: fc.constant(name),
    does: fc.constant(does),
    rate: rates,
    arrivals: fc.constantFrom<Traffic['arrivals'][]>('poisson', 'even', BURSTS),
    priority: isRich ? fc.constantFrom(0, 3, 7) : fc.constant(0),
  });
}

/** A journey asks the first service, and perhaps another one. */
function journey(name: string, features: Features): fc.Arbitrary<Journey> {
  const wait = features.times.map((time): Step => ({ type: 'wait', time }));
  const more = fc.array(fc.oneof(wait, call('s1', 'other', features)), { maxLength: 2 });
  return fc
    .tuple(call('s0', 'work', features), more)
    .map(([first, rest]) => ({ name, steps: [first, ...rest] }));
}

// ---- models -------------------------------------------------------------------------------------

const ALL: Features = {
  isRich: false,
  times: distributions,
  timeouts,
  retries,
  queues,
  scaling,
  rates: pieces,
};

function models(features: Features): fc.Arbitrary<Model> {
  return fc.integer({ min: 2, max: 3 }).chain((count) =>
    fc.record<Model>({
      name: fc.constant('random'),
      durationMs: fc.constant(DURATION_MS),
      warmUpMs: fc.constant(0),
      hopMs: fc.constantFrom(0, 0.5),
      slos: fc.constant([]),
      traffic: fc.tuple(traffic('t0', 'visit', features), traffic('t1', 'browse', features)),
      journeys: fc.tuple(journey('visit', features), journey('browse', features)),
      services: fc.tuple(
        ...Array.from({ length: count }, (_, index) => service(index, count, features)),
      ),
      caches: features.isRich ? fc.tuple(caches) : fc.constant([]),
    }),
  );
}

/** Groups that grow and shrink all the time, and cut off what they were doing. */
export const restless: fc.Arbitrary<Model> = models({ ...ALL, scaling: swinging, rates: waves });

/** The same where callers wait for long: many are cut off while what they called works on. */
const interrupted: fc.Arbitrary<Model> = models({
  ...ALL,
  timeouts: fc.constantFrom(undefined, undefined, 100),
  queues: fc.constant(undefined),
  scaling: swinging,
  rates: waves,
});

/** All kinds of steps and servers, in groups that grow and shrink and in those that do not. */
const rich: fc.Arbitrary<Model> = models({
  ...ALL,
  isRich: true,
  queues: richQueues,
  // Fewer: calls at once multiply them.
  retries: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: retries },
    { weight: 2, arbitrary: boundRetries },
  ),
  rates: pieces.map((all) =>
    all.map((one) => ({
      ...one,
      fromPerSecond: one.fromPerSecond / 3,
      toPerSecond: one.toPerSecond / 3,
    })),
  ),
  scaling: fc.oneof(scaling, noScaling, swinging),
});

/** Callers that try again within budgets, while they and those whom they call come and go. */
const bounded: fc.Arbitrary<Model> = models({
  ...ALL,
  retries: boundRetries,
  scaling: fc.oneof(scaling, noScaling, swinging),
});
/** Instances that are pods on nodes that come and go. */
export const clustered: fc.Arbitrary<Model> = onNodes(
  fc.oneof({ arbitrary: models(ALL), weight: 1 }, { arbitrary: rich, weight: 2 }),
);

/** Whatever there is. */
export const anything: fc.Arbitrary<Model> = fc.oneof(
  { arbitrary: models(ALL), weight: 2 },
  { arbitrary: restless, weight: 1 },
  { arbitrary: interrupted, weight: 1 },
  { arbitrary: bounded, weight: 1 },
  { arbitrary: rich, weight: 4 },
  { arbitrary: clustered, weight: 2 },
);

/** Groups of fixed size. */
export const steady: fc.Arbitrary<Model> = models({ ...ALL, scaling: noScaling });

/** Every time is constant. */
export const punctual: fc.Arbitrary<Model> = models({ ...ALL, times: constants });

/** Constant times in groups of fixed size where nobody gives up or is turned away. */
export const patient: fc.Arbitrary<Model> = models({
  isRich: false,
  times: constants,
  timeouts: fc.constant(undefined),
  retries: fc.constant(undefined),
  queues: fc.constant(undefined),
  scaling: noScaling,
  rates: firstHalf,
});

/**
 * Poisson arrivals at one thread that lets nobody wait: whoever finds it busy is shed. What the
 * thread does for those that it serves is anything.
 */
export const lossy: fc.Arbitrary<Model> = fc
  .tuple(steady, fc.constantFrom(5, 60))
  .map(([model, perSecond]) => ({
    ...model,
    durationMs: 4 * DURATION_MS,
    hopMs: 0,
    traffic: model.traffic.map((source) => ({
      ...source,
      rate: [segment(0, 4 * DURATION_MS, perSecond, perSecond)],
      arrivals: 'poisson',
    })),
    journeys: model.journeys.map(({ name }) => ({
      name,
      steps: [{ type: 'call', service: 's0', endpoint: 'work', timeoutMs: undefined }],
    })),
    services: model.services.map((one, index) => (index === 0 ? withOneThread(one) : one)),
  }));

function withOneThread(one: Service): Service {
  const queue = { limit: 0, order: 'fifo', expired: 'serve' } as const;
  return { ...one, serves: { type: 'threads', count: 1, queue }, scaling: fixedSize(1) };
}
