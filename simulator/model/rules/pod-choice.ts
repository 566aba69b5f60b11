import { labels as labelsShape, taint, toleration } from '../kubernetes/taint-schema.ts';
import { type Choice, type Place, placeMisfit } from '../kubernetes/taints.ts';
import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { asList, asMap } from './look.ts';

/** Whether instances are pods: they name pools, or say which they want or bear. */
export function isPod(on: PlainMap): boolean {
  return ['nodes', 'node-selector', 'tolerations'].some((key) => on[key] !== undefined);
}

/**
 * The pools that a pod may be on, and what is wrong where it may be on none of all, or not on one
 * that it names.
 */
export function choiceRule(
  on: PlainMap,
  pools: PlainMap,
  asked: readonly string[],
  path: Path,
): { readonly selected: readonly string[]; readonly complaint?: Complaint } {
  const choice = choiceOf(on);
  const misfits = asked.flatMap((pool) => {
    const reason = placeMisfit(placeOf(asMap(pools[pool])), choice);
    return reason === undefined ? [] : [{ pool, reason }];
  });
  const selected = asked.filter((name) => misfits.every(({ pool }) => pool !== name));
  const isNamed = on['nodes'] !== undefined;
  if (asked.length === 0) {
    const complaint = mismatch(path, '`nodes` of the model with it', 'none', { about: 'key' });
    return { selected, complaint };
  }
  if (misfits.length === 0 || (!isNamed && selected.length > 0)) return { selected };
  const key = ['node-selector', 'tolerations', 'nodes'].find((one) => on[one] !== undefined)!;
  const expected = isNamed
    ? 'pods that fit the pools that they name'
    : 'a pool that these pods fit: its labels selected, its taints tolerated';
  const found = misfits.map(({ pool, reason }) => `pool ${pool}: ${reason}`).join('; ');
  const against = misfits.map(({ pool }) => ['nodes', pool]);
  return { selected, complaint: mismatch([...path, key], expected, found, { against }) };
}

/** What is misshapen is complained of elsewhere: it hinders nobody. */
export function placeOf({ labels, taints }: PlainMap): Place {
  return {
    labels: labelsOf(labels),
    taints: asList(taints).flatMap((one) => taint.safeParse(one).data ?? []),
  };
}

/** What pods say of their nodes. */
export function choiceOf({ 'node-selector': selector, tolerations }: PlainMap): Choice {
  return {
    nodeSelector: labelsOf(selector),
    tolerations: asList(tolerations).flatMap((one) => toleration.safeParse(one).data ?? []),
  };
}

function labelsOf(value: Plain | undefined): Readonly<Record<string, string>> | undefined {
  return labelsShape.safeParse(value).data;
}

/** Keys that Kubernetes and its autoscalers set themselves. */
const RESERVED = /(^|\.)(kubernetes\.io|k8s\.io|karpenter\.sh)\//;

/** Labels are of one's own. */
export function* placeRules(pool: PlainMap, path: Path): Generator<Complaint> {
  for (const key of Object.keys(asMap(pool['labels']))) {
    if (!RESERVED.test(key)) continue;
    const expected = 'a label of your own: those of Kubernetes say what a node is';
    yield mismatch([...path, 'labels', key], expected, key);
  }
}
