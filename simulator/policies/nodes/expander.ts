/**
 * Which node group grows. Source: Cluster Autoscaler FAQ, "What are Expanders?", and `expander/`.
 * The price expander is the ratio of prices only: the vendor also prefers node sizes that suit the
 * size of the cluster.
 */
import type { Expander } from '../../model/kubernetes/autoscaler-flags.ts';
import type { Pod } from './cluster.ts';
import type { Estimate, NodeTemplate } from './pack.ts';

/** A way to help pending pods. */
export interface Option {
  readonly group: string;
  readonly template: NodeTemplate;
  /** Of a node; absent: the price expander passes the group over. */
  readonly pricePerHour: number | undefined;
  readonly estimate: Estimate;
}

/** Priority → patterns of group names; the highest priority wins. */
export type Priorities = readonly { readonly priority: number; readonly patterns: RegExp[] }[];

/** Of a core and of a GiB for an hour, as the vendor's model for one cloud has it. */
const CPU_PRICE = 0.033174;
const GIB_PRICE = 0.004446;

/**
 * The option that a chain of expanders leaves, each choosing among what the one before it left; the
 * last choice is by chance. Undefined without options.
 *
 * @param below uniform integer in 0 … n − 1
 * Example: least-waste, a group filled to 90 % and one to 60 % → the first.
 */
export function pickOption(
  options: readonly Option[],
  expanders: readonly Expander[],
  priorities: Priorities,
  below: (n: number) => number,
): Option | undefined {
  const left = expanders.reduce((some, one) => best(some, one, priorities), options);
  return left.length > 1 ? left[below(left.length)] : left[0];
}

function best(
  options: readonly Option[],
  expander: Expander,
  priorities: Priorities,
): readonly Option[] {
  switch (expander) {
    case 'random':
      return options;
    case 'most-pods':
      return least(options, ({ estimate }) => -estimate.pods.length);
    case 'least-waste':
      return least(options, wasteOf);
    case 'price':
      return least(options, priceRatioOf);
    case 'priority':
      return byPriority(options, priorities);
    default:
      throw new Error(`unknown expander ${expander satisfies never}`);
  }
}

/** All options with the least finite score; all of them where none has one. */
function least(options: readonly Option[], score: (option: Option) => number): readonly Option[] {
  const scores = options.map(score);
  const lowest = Math.min(...scores);
  if (!Number.isFinite(lowest)) return options;
  return options.filter((_, index) => scores[index] === lowest);
}

/** Unused share of the CPU plus unused share of the memory of the new nodes. */
export function wasteOf({ template, estimate }: Option): number {
  const { allocatable } = template.node;
  const waste = (name: string) => {
    const all = (allocatable[name] ?? 0) * estimate.nodes;
    return all === 0 ? 0 : (all - requested(estimate.pods, name)) / all;
  };
  return waste('cpu') + waste('memory');
}

/** Price of the nodes ÷ price of what the pods ask for. */
function priceRatioOf({ pricePerHour, estimate }: Option): number {
  if (pricePerHour === undefined) return Number.POSITIVE_INFINITY;
  const cores = requested(estimate.pods, 'cpu') / 1000;
  const gib = requested(estimate.pods, 'memory') / 1_073_741_824;
  const worth = cores * CPU_PRICE + gib * GIB_PRICE;
  return worth === 0 ? Number.POSITIVE_INFINITY : (pricePerHour * estimate.nodes) / worth;
}

function requested(pods: readonly Pod[], name: string): number {
  return pods.reduce((sum, { requests }) => sum + (requests[name] ?? 0), 0);
}

/** Groups of the highest priority that any has; all where no pattern matches. */
function byPriority(options: readonly Option[], priorities: Priorities): readonly Option[] {
  const descending = [...priorities].sort((a, b) => b.priority - a.priority);
  for (const { patterns } of descending) {
    const matching = options.filter(({ group }) => patterns.some((one) => one.test(group)));
    if (matching.length > 0) return matching;
  }
  return options;
}
