/** Random models whose services are pods on nodes, under autoscalers that are in a hurry. */
import fc from 'fast-check';
import {
  addPod,
  emptiestRoom,
  type PodSize,
  type Room,
  roomOf,
} from '../../simulator/model/kubernetes/least-allocated.ts';
import type { Distribution, Model, Scaling, Service } from '../../simulator/model/model.ts';
import type {
  NodeAutoscaler,
  NodePool,
  PodPlacement,
} from '../../simulator/model/node-settings.ts';
import { NO_TIME } from './models.ts';

const GIB = 1_073_741_824;
const POOLS = ['a', 'b'];
/** Nodes of b are for those who want them. */
const LABELS = { a: { tier: 'front' }, b: { tier: 'back' } } as const;
const TAINT = { key: 'dedicated', value: 'b', effect: 'NoSchedule' } as const;

/** What a pod has to say to be in these pools, and in no others where it is in one. */
function choice(pools: readonly string[]): Partial<PodPlacement> {
  const tolerations = pools.includes('b') ? [{ key: 'dedicated', value: 'b' }] : [];
  const [only] = pools;
  if (pools.length > 1) return { tolerations };
  return { tolerations, nodeSelector: only === 'b' ? LABELS.b : LABELS.a };
}

const placements: fc.Arbitrary<PodPlacement | undefined> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(undefined) },
  {
    weight: 3,
    arbitrary: fc
      .record<PodPlacement>({
        pools: fc.constantFrom(['a'], ['b'], ['a', 'b'], ['b', 'a']),
        cpuMillis: fc.constantFrom(700, 1000, 2000),
        memoryBytes: fc.constantFrom(1, 3).map((gib) => gib * GIB),
      })
      .map((one) => ({ ...one, ...choice(one.pools) })),
  },
);

const provisions: fc.Arbitrary<Distribution> = fc.oneof(
  fc.constantFrom(0, 300, 2500).map((ms) => ({ type: 'constant', ms }) as const),
  fc.constant({ type: 'exponential', meanMs: 900 } as const),
);

/** Quick to scan and to lose patience, so that much happens within seconds. */
const clusterAutoscaler = fc
  .record({
    'scan-interval': fc.constantFrom('250ms', '1s'),
    expander: fc.constantFrom('random', 'least-waste', 'most-pods', 'price'),
    'max-node-provision-time': fc.constantFrom('1s', '15m'),
    'initial-node-group-backoff-duration': fc.constant('2s'),
    'scale-down-delay-after-add': fc.constantFrom('0s', '2s'),
    'scale-down-unneeded-time': fc.constantFrom('0s', '1s', '3s'),
    'scale-down-utilization-threshold': fc.constantFrom(0.5, 0.9),
    'max-drain-parallelism': fc.constantFrom(1, 3),
    'max-graceful-termination-sec': fc.constantFrom(0, 600),
    'balance-similar-node-groups': fc.boolean(),
  })
  .map((flags): NodeAutoscaler => ({ type: 'cluster-autoscaler', flags }));

const karpenter: fc.Arbitrary<NodeAutoscaler> = fc
  .record({
    batchIdleMs: fc.constantFrom(0, 100, 1000),
    batchMaxMs: fc.constantFrom(1000, 3000),
    consolidationPolicy: fc.constantFrom('WhenEmpty', 'WhenEmptyOrUnderutilized'),
    consolidateAfterMs: fc.constantFrom(0, 1500),
    expireAfterMs: fc.constantFrom(4000, 1e9),
    budgets: fc.constantFrom([{ nodes: '10%' }], [{ nodes: '100%' }]),
    weights: fc.constantFrom({}, { b: 5 }),
  })
  .map((options) => ({ type: 'karpenter', ...options }));

const autoscalers = fc.oneof(fc.constant(undefined), clusterAutoscaler, karpenter);

interface Spare {
  readonly below: number;
  readonly above: number;
  readonly provision: Distribution;
}

const spares = fc.record<Spare>({
  below: fc.constantFrom(0, 1, 9),
  above: fc.constantFrom(0, 1, 4),
  provision: provisions,
});

/** Some of the services of a model become pods; with as few nodes at the start as will do. */
export function onNodes(models: fc.Arbitrary<Model>): fc.Arbitrary<Model> {
  const some = fc.array(placements, { minLength: 3, maxLength: 3 });
  return fc
    .tuple(models, some, autoscalers, fc.tuple(spares, spares))
    .map(([model, pods, autoscaler, spare]): Model => {
      const services = model.services.map((one, index) => onPods(one, pods[index]));
      const starts = startsFor(services);
      const nodes = POOLS.map((name, index) =>
        poolOf(name, starts[index]!, spare[index]!, autoscaler),
      );
      return { ...model, services, nodes, ...(autoscaler !== undefined && { autoscaler }) };
    });
}

/** What a service with versions, or on nodes, cannot have. */
export function unpooled({ warmPool: _, ...scaling }: Scaling): Scaling {
  return scaling;
}

function onPods(service: Service, pod: PodPlacement | undefined): Service {
  if (pod === undefined) return service;
  const image = { pull: { type: 'constant', ms: 40 }, cached: NO_TIME, perNode: 1 } as const;
  const on = { ...service.on, pod, boot: NO_TIME, dollarsPerHour: undefined, image };
  return { ...service, on, scaling: unpooled(service.scaling) };
}

const KIND = { cpuMillis: 4000, memoryBytes: 8 * GIB, pods: 3 };

function poolOf(
  name: string,
  start: number,
  { below, above, provision }: Spare,
  autoscaler: NodeAutoscaler | undefined,
): NodePool {
  const isStill = autoscaler === undefined;
  const min = isStill ? start : autoscaler.type === 'karpenter' ? 0 : Math.max(0, start - below);
  const max = isStill ? start : start + above;
  const price = { dollarsPerHour: name === 'a' ? 0.2 : 0.1, type: undefined };
  const own = name === 'b' ? { labels: LABELS.b, taints: [TAINT] } : { labels: LABELS.a };
  return { name, ...price, ...KIND, min, max, start, provision, ...own };
}

/** One node more for whoever finds no room, as the simulator places them. */
function startsFor(services: readonly Service[]): number[] {
  const rooms: (Room & { readonly pool: string })[] = [];
  for (const { on, scaling } of services) {
    const { pod } = on;
    if (pod === undefined) continue;
    // It may take the room of others who have no choice: there is room for it in each of its pools.
    for (const pool of pod.pools) {
      for (let i = 0; i < scaling.start; i++) put(rooms, pod, pool);
    }
  }
  // The order in which nodes are tried is that of the pools: one to spare each.
  return POOLS.map((pool) => rooms.filter((room) => room.pool === pool).length + 1);
}

function put(rooms: (Room & { readonly pool: string })[], pod: PodSize, pool: string): void {
  const own = rooms.filter((room) => room.pool === pool);
  const found = emptiestRoom(own, pod) ?? { ...roomOf(KIND), pool };
  if (!rooms.includes(found)) rooms.push(found);
  addPod(found, pod, 1);
}
