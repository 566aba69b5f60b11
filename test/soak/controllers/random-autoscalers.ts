/** Random HorizontalPodAutoscalers, and what they see in a few syncs. */
import fc from 'fast-check';

type Maybe<T> = T | undefined;

/** Times in s from now. */
export interface RandomPod {
  readonly phase: 'Running' | 'Pending' | 'Failed' | 'Unknown';
  readonly isDeleted: boolean;
  readonly start: Maybe<number>;
  readonly ready: Maybe<{ readonly status: 'True' | 'False' | 'Unknown'; readonly at: number }>;
  readonly requests: Readonly<Record<string, string>>;
  readonly second: Maybe<string>;
  readonly init: Maybe<{ readonly cpu: string; readonly restartPolicy: Maybe<string> }>;
  readonly podLevel: Maybe<string>;
  readonly usage: Maybe<{ readonly cpu: number; readonly memory: string }>;
  readonly usageOfSecond: Maybe<string>;
  readonly sampledAt: Maybe<number>;
  readonly windowMs: Maybe<number>;
  readonly rps: Maybe<string>;
}

export interface RandomSync {
  readonly afterMs: number;
  /** Somebody else sets the size. */
  readonly setTo: Maybe<number>;
  readonly statusMore: number;
  readonly podsMore: number;
  readonly pods: readonly RandomPod[];
  readonly level: number;
  readonly hits: Maybe<string>;
  readonly queue: Maybe<readonly string[]>;
}

export interface RandomAutoscaler {
  readonly tolerance: number;
  readonly cpuInitializationMs: number;
  readonly initialReadinessDelayMs: number;
  readonly downscaleStabilizationMs: number;
  readonly scaleToZero: boolean;
  readonly minReplicas: Maybe<number>;
  readonly more: number;
  readonly metrics: readonly object[];
  readonly behavior: Maybe<object>;
  readonly start: number;
  readonly syncs: readonly RandomSync[];
}

const of = fc.constantFrom;
const maybe = <T>(some: fc.Arbitrary<T>, frequency = 2) =>
  fc.option(some, { nil: undefined, freq: frequency });
const between = (min: number, max: number) => fc.integer({ min, max });
const cores = (most: number) => between(0, most).map((milli) => `${milli}m`);

const amount = fc.oneof(
  between(1, 3000).map((milli) => `${milli}m`),
  between(1, 40).map(String),
  of('1.5', '250m', '0.1', '100u', '333333n', '2k'),
);
const bytes = of('64Mi', '100Mi', '1Gi', '123456789', '1500k', '0.5Gi', '77777777');

const policy = fc.record({
  type: of('Pods', 'Percent'),
  value: of(1, 2, 3, 4, 5, 8, 10, 25, 50, 99, 100, 150, 200, 1000),
  periodSeconds: of(5, 15, 30, 60, 120),
});
const rules = fc.record({
  stabilizationWindowSeconds: maybe(of(0, 15, 30, 60, 120, 300)),
  selectPolicy: maybe(of('Max', 'Min', 'Disabled')),
  policies: maybe(fc.array(policy, { minLength: 1, maxLength: 3 })),
  tolerance: maybe(of('50m', '0', '0.2', '150m', '1')),
});

const percent = fc.record({ type: of('Utilization'), averageUtilization: between(1, 150) });
const average = (value: fc.Arbitrary<string>) =>
  fc.record({ type: of('AverageValue'), averageValue: value });
const plain = fc.record({ type: of('Value'), value: amount });
const whole = fc.oneof(plain, average(amount));
const service = { apiVersion: 'v1', kind: 'Service', name: 'played' };

const resource = (name: string, target: fc.Arbitrary<object>) =>
  target.map((one) => ({ type: 'Resource', resource: { name, target: one } }));
const metric = fc.oneof(
  { weight: 4, arbitrary: resource('cpu', fc.oneof(percent, average(amount))) },
  resource('memory', fc.oneof(percent, average(bytes))),
  fc.oneof(percent, average(amount)).map((target) => ({
    type: 'ContainerResource',
    containerResource: { name: 'cpu', container: 'app', target },
  })),
  average(amount).map((target) => ({ type: 'Pods', pods: { metric: { name: 'rps' }, target } })),
  whole.map((target) => ({
    type: 'Object',
    object: { describedObject: service, metric: { name: 'hits' }, target },
  })),
  whole.map((target) => ({ type: 'External', external: { metric: { name: 'queue' }, target } })),
);

const pod: fc.Arbitrary<RandomPod> = fc.record({
  phase: fc.oneof({ weight: 12, arbitrary: of('Running') }, of('Pending', 'Failed', 'Unknown')),
  isDeleted: fc.oneof({ weight: 11, arbitrary: of(false) }, of(true)),
  start: maybe(between(-900, 60), 9),
  ready: maybe(
    fc.record({ status: of('True', 'True', 'True', 'False', 'Unknown'), at: between(-900, 60) }),
    9,
  ),
  requests: fc.oneof(
    { weight: 40, arbitrary: fc.record({ cpu: cores(2000), memory: bytes }) },
    fc.record({ memory: bytes }),
  ),
  second: maybe(cores(1200), 1),
  init: maybe(fc.record({ cpu: cores(1200), restartPolicy: of('Always', undefined) }), 1),
  podLevel: maybe(cores(2000), 1),
  usage: maybe(fc.record({ cpu: between(0, 1200), memory: bytes }), 8),
  usageOfSecond: maybe(cores(1200), 3),
  sampledAt: maybe(between(-120, 0), 3),
  windowMs: maybe(of(15_000, 30_000, 60_000), 3),
  rps: maybe(amount, 6),
});

const sync: fc.Arbitrary<RandomSync> = fc.record({
  afterMs: of(1000, 5000, 15_000, 15_000, 15_000, 30_000, 60_000, 200_000),
  setTo: fc.oneof({ weight: 9, arbitrary: of(undefined) }, between(0, 25)),
  statusMore: of(0, 0, 0, 1, -1, 3, -2),
  podsMore: of(0, 0, 0, 1, -1, 2),
  pods: fc.array(pod, { minLength: 30, maxLength: 30 }),
  level: of(1, 1, 0.3, 2),
  hits: maybe(amount, 8),
  queue: maybe(fc.array(amount, { maxLength: 3 }), 8),
});

export const randomAutoscaler: fc.Arbitrary<RandomAutoscaler> = fc.record({
  tolerance: of(0.1, 0.1, 0.05, 0, 0.2),
  cpuInitializationMs: of(300_000, 120_000, 0),
  initialReadinessDelayMs: of(30_000, 10_000),
  downscaleStabilizationMs: of(300_000, 60_000, 0),
  scaleToZero: fc.boolean(),
  minReplicas: maybe(between(0, 5), 5),
  more: between(0, 25),
  metrics: fc.array(metric, { maxLength: 3 }),
  behavior: maybe(fc.record({ scaleUp: maybe(rules), scaleDown: maybe(rules) })),
  start: between(0, 12),
  syncs: fc.array(sync, { minLength: 1, maxLength: 10 }),
});
