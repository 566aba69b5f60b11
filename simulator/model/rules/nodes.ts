import {
  type AutoscalerFlags,
  flagComplaints,
  parseGoDuration,
} from '../kubernetes/autoscaler-flags.ts';
import { autoscalerFlags } from '../kubernetes/autoscaler-schema.ts';
import { isPlainMap, type Plain, type PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path, unknown } from '../problem.ts';
import { asMap, asNumber, named } from './look.ts';
import { placeRules } from './pod-choice.ts';
import { podRules } from './pods.ts';
import { order } from './service.ts';
import { distributionRules } from './steps.ts';

/** Pools have sizes that somebody keeps, and what is to be on them has room. */
export function* nodeRules(root: PlainMap): Generator<Complaint> {
  const { nodes, autoscaler } = root;
  const kind = kindOf(autoscaler);
  if (autoscaler !== undefined && named(nodes).length === 0) {
    yield mismatch(['autoscaler'], '`nodes` with it', 'none', { about: 'key' });
  }
  for (const [name, pool] of named(nodes)) {
    if (isPlainMap(pool)) yield* poolRules(pool, kind, ['nodes', name]);
  }
  yield* flagRules(asMap(autoscaler)['cluster-autoscaler']);
  yield* weightRules(root);
  yield* podRules(root);
}

type Kind = 'cluster-autoscaler' | 'karpenter' | undefined;

function kindOf(autoscaler: Plain | undefined): Kind {
  if (autoscaler === 'karpenter' || 'karpenter' in asMap(autoscaler)) return 'karpenter';
  return autoscaler === undefined ? undefined : 'cluster-autoscaler';
}

/** min ≤ start ≤ max, of those that mean something. */
function* poolRules(pool: PlainMap, kind: Kind, path: Path): Generator<Complaint> {
  const [min, max, start] = ['min', 'max', 'start'].map((key) => asNumber(pool[key]));
  yield* order(path, 'max', max, 'min', min);
  if (min === undefined || max === undefined || min <= max) {
    yield* order(path, 'start', start, 'min', min);
    yield* order(path, 'start', start, 'max', max);
  }
  yield* distributionRules(pool['provision'], [...path, 'provision']);
  yield* placeRules(pool, path);
  if (kind === undefined) yield* stillRules(pool, path);
  else if (pool['max'] === undefined) {
    yield mismatch(path, '`max`, the most nodes that the autoscaler may have', 'none');
  }
  if (kind === 'karpenter') yield* karpenterRules(pool, path);
}

/** Nobody adds nodes or removes them. */
function* stillRules(pool: PlainMap, path: Path): Generator<Complaint> {
  for (const key of ['min', 'max', 'provision']) {
    if (pool[key] === undefined) continue;
    const expected = 'an `autoscaler` of the model with it';
    yield mismatch([...path, key], expected, 'none', { about: 'key' });
  }
  if (pool['start'] === undefined) {
    yield mismatch(path, '`start`, for without an autoscaler no node comes', 'none');
  }
}

function* karpenterRules({ min, price }: PlainMap, path: Path): Generator<Complaint> {
  if (min !== undefined) {
    const expected = 'no `min` (Karpenter: a NodePool has none)';
    yield mismatch([...path, 'min'], expected, String(min), { about: 'key' });
  }
  if (price === undefined) {
    yield mismatch(path, 'a `price` (Karpenter launches what costs least)', 'none');
  }
}

const SHORTEST_SCAN_MS = 1000;

/** The vendor's own rules for flags of the right shape. */
function* flagRules(flags: Plain | undefined): Generator<Complaint> {
  const shape = autoscalerFlags.safeParse(flags ?? {});
  if (!shape.success) return;
  const checked: AutoscalerFlags = shape.data;
  const path = ['autoscaler', 'cluster-autoscaler'];
  for (const complaint of flagComplaints(checked)) {
    yield { ...complaint, path: [...path, ...complaint.path] };
  }
  const interval = checked['scan-interval'] ?? '10s';
  if ((parseGoDuration(interval) ?? SHORTEST_SCAN_MS) < SHORTEST_SCAN_MS) {
    yield mismatch([...path, 'scan-interval'], 'at least 1s', interval);
  }
}

function* weightRules({ nodes, autoscaler }: PlainMap): Generator<Complaint> {
  const known = named(nodes).map(([name]) => name);
  for (const [name] of named(asMap(asMap(autoscaler)['karpenter'])['weight'])) {
    if (known.includes(name)) continue;
    yield unknown('pool', ['autoscaler', 'karpenter', 'weight', name], name, known, 'key');
  }
}
