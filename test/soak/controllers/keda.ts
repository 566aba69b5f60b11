/** A ScaledObject, beside KEDA's scale loop and what it tells its HPA. */
import fc from 'fast-check';
import type {
  FallbackBehavior,
  MetricType,
  ModifiersManifest,
  ScaledObjectSpec,
  TriggerManifest,
} from '../../../simulator/policies/keda/manifest.ts';
import {
  decideScaledObject,
  initialScaledObjectState,
  readScaledObject,
  type ScaledObject,
} from '../../../simulator/policies/keda/scaled-object.ts';
import { scaledObjectComplaints } from '../../../simulator/policies/keda/scaled-object-rules.ts';
import type { Beside } from './beside.ts';

/** Folder and package of all that is asked of KEDA. */
export const KEDA = ['keda', 'github.com/kedacore/keda/v2/pkg/scaling'] as const;

const of = fc.constantFrom;
const between = (min: number, max: number) => fc.integer({ min, max });
const maybe = <T>(some: fc.Arbitrary<T>, freq = 2) => fc.option(some, { nil: undefined, freq });

/** As the controller's `trigger` reads it. */
interface PlayedTrigger {
  readonly name: string;
  readonly isResource: boolean;
  readonly metricType: MetricType;
  readonly target: number;
  readonly activation: number;
}

export interface RandomTrigger {
  readonly isResource: boolean;
  readonly metricType: 'AverageValue' | 'Value' | undefined;
  readonly target: string;
  readonly activation: string | undefined;
}

export const randomTrigger: fc.Arbitrary<RandomTrigger> = fc.record({
  isResource: of(false, false, false, false, true),
  metricType: of(undefined, undefined, 'AverageValue', 'Value'),
  target: of('1', '2', '5', '5', '0.5', '7.5', '100', '0.333'),
  activation: maybe(of('0', '1', '5', '2.5', '-1'), 1),
});

/** What a trigger says; without a value it fails. */
export interface RandomReading {
  readonly value: number | undefined;
  readonly active: boolean | undefined;
}

export const randomReading: fc.Arbitrary<RandomReading> = fc.record({
  value: maybe(
    fc.oneof(
      between(0, 12),
      of(0, 0, 1, 5, -3, 0.0625, 0.0005),
      between(0, 200_000).map((milli) => milli / 1000),
      fc.double({ min: 0, max: 200, noNaN: true }),
    ),
    3,
  ),
  active: maybe(fc.boolean(), 1),
});

/** What the manifest says of them, and what the played ones are told. */
export function playedTriggers(
  random: readonly RandomTrigger[],
  withResources: boolean,
): { readonly manifests: TriggerManifest[]; readonly triggers: PlayedTrigger[] } {
  const names = ['queue', 'jobs', 'lag'];
  const manifests = random.map(({ isResource, metricType, target, activation }, index) => {
    const name = names[index]!;
    if (isResource && withResources) return { type: 'cpu', metadata: { value: '60' } };
    const metadata = {
      threshold: target,
      ...(activation !== undefined && { activationThreshold: activation }),
    };
    return { type: 'prometheus', name, metadata, metricType };
  });
  const triggers = random.map((one, index) => ({
    name: names[index]!,
    isResource: one.isResource && withResources,
    metricType: one.metricType ?? ('AverageValue' as const),
    target: Number(one.target),
    activation: Number(one.activation ?? 0),
  }));
  return { manifests, triggers };
}

const annotation = maybe(of('true', 'false', '', '1', 'soon'), 1);
const fallback = fc.record({
  failureThreshold: between(0, 3),
  replicas: between(0, 6),
  behavior: of<(FallbackBehavior | undefined)[]>(
    undefined,
    'static',
    'currentReplicas',
    'currentReplicasIfHigher',
    'currentReplicasIfLower',
    'scalingModifiers',
  ),
});
const modifiers = fc.record({
  formula: of('queue', 'max(queue, 2)', 'queue / 3', 'queue ?? 4', 'queue > 2 ? queue : 0'),
  target: of('1', '5', '2.5', '10'),
  activationTarget: maybe(of('0', '3', '-1', '2.5')),
  metricType: maybe(of('AverageValue', 'Value')),
});

interface RandomObject {
  readonly annotations: Readonly<Record<string, string | undefined>>;
  readonly spec: Omit<ScaledObjectSpec, 'triggers' | 'advanced'>;
  readonly modifiers: ModifiersManifest | undefined;
  readonly triggers: readonly RandomTrigger[];
  readonly start: number;
  readonly passes: readonly {
    readonly afterMs: number;
    readonly byHpa: number;
    /** Somebody else sets the size. */
    readonly setTo: number | undefined;
    readonly notReady: number;
    readonly hpaScales: boolean;
    readonly readings: readonly RandomReading[];
    /** Triggers say what they have said before. */
    readonly isStuck: boolean;
  }[];
}

const cases: fc.Arbitrary<RandomObject> = between(1, 3).chain((triggers) =>
  fc.record({
    annotations: fc.record({
      'paused-scale-in': annotation,
      'paused-scale-out': annotation,
      'force-activation': annotation,
    }),
    spec: fc.record({
      minReplicaCount: maybe(between(0, 5)),
      maxReplicaCount: maybe(between(5, 20)),
      idleReplicaCount: maybe(of(0), 1),
      cooldownPeriod: maybe(of(0, 30, 60, 300)),
      initialCooldownPeriod: maybe(of(0, 45, 120)),
      fallback: maybe(fallback),
    }),
    modifiers: maybe(modifiers, 1),
    triggers: fc.array(randomTrigger, { minLength: triggers, maxLength: triggers }),
    start: between(0, 8),
    passes: fc.array(
      fc.record({
        afterMs: of(10_000, 30_000, 30_000, 60_000, 120_000, 300_000),
        byHpa: of(0, 0, 1, -1, 3),
        setTo: fc.oneof({ weight: 9, arbitrary: of(undefined) }, between(0, 12)),
        notReady: of(0, 0, 1, 2, 9),
        hpaScales: fc.boolean(),
        readings: fc.array(randomReading, { minLength: triggers, maxLength: triggers }),
        isStuck: fc.boolean(),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  }),
);

export const keda: Beside<RandomObject, unknown> = {
  name: 'keda',
  controller: KEDA,
  cases,
  decide: (random) => {
    const { manifests, triggers } = playedTriggers(random.triggers, true);
    const spec: ScaledObjectSpec = {
      ...random.spec,
      ...(random.modifiers && { advanced: { scalingModifiers: random.modifiers } }),
      triggers: manifests,
    };
    const annotations = Object.fromEntries(
      Object.entries(random.annotations).flatMap(([name, value]) =>
        value === undefined ? [] : [[`autoscaling.keda.sh/${name}`, value]],
      ),
    );
    const manifest = { metadata: { annotations }, spec };
    if (scaledObjectComplaints(manifest).length > 0) return undefined;
    const settings = readScaledObject(manifest);
    const { passes, decisions } = playOurs(random, settings, spec);
    return { line: { object: { annotations, spec, triggers, passes } }, decisions };
  },
};

function playOurs({ start, passes }: RandomObject, settings: ScaledObject, spec: ScaledObjectSpec) {
  // Where they are allowed to, KEDA's loop takes what the HPA has seen.
  const isLeftToHpa =
    settings.minReplicas > 0 && spec.idleReplicaCount === undefined && spec.advanced === undefined;
  const { modifiers, fallback } = settings;
  // Else it is another controller of KEDA that writes the condition.
  const isFallbackTold = fallback !== undefined && Number.isInteger(modifiers?.target ?? 1);
  const decisions: string[] = [];
  let [state, replicas, nowMs] = [
    { ...initialScaledObjectState(settings), createdAtMs: 0 },
    start,
    0,
  ];
  const played = passes.map(({ afterMs, byHpa, setTo, notReady, isStuck, ...pass }, index) => {
    nowMs += afterMs;
    const currentReplicas = setTo ?? Math.max(0, replicas === 0 ? 0 : replicas + byHpa);
    const readyReplicas = Math.max(0, currentReplicas - notReady);
    // What fails goes on failing, so that the fallback is reached.
    const readings = isStuck && index > 0 ? passes[index - 1]!.readings : pass.readings;
    const isHpaScaling = pass.hpaScales && currentReplicas > 0;
    const seen = { nowMs, currentReplicas, readyReplicas, readings, isHpaScaling };
    const decision = decideScaledObject(settings, seen, state);
    state = { ...decision.state, createdAtMs: 0 };
    replicas = decision.desired;
    const { Active, Ready, Fallback } = decision.conditions;
    const conditions = Object.entries({ Active, Ready, Fallback })
      .filter(([type]) => type !== 'Fallback' || isFallbackTold)
      .map(([type, { status, reason }]) => `${type}=${status}:${reason}`);
    const metrics = decision.hpaMetrics.map(({ value }) =>
      value === null ? 'none' : Math.round(value * 1000),
    );
    const active = state.lastActiveAtMs ?? 'never';
    decisions.push([replicas, active, ...conditions, ...metrics].join(' '));
    const hpaIsFirst = isLeftToHpa && isHpaScaling;
    return { nowMs, currentReplicas, readyReplicas, readings, hpaScales: isHpaScaling, hpaIsFirst };
  });
  return { passes: played, decisions };
}
