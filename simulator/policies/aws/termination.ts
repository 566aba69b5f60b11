/**
 * Which instances a scale-in ends. Source: EC2 Auto Scaling user guide, "Control which Auto Scaling
 * instances terminate during scale in" (default and predefined termination policies, scale-in
 * protection).
 *
 *     zone with most instances ─► policies, one narrowing what the one before left ─► ties
 */
import { type Complaint, mismatch, type Path } from '../../model/problem.ts';

/** What an instance was launched from. */
export interface LaunchSource {
  readonly kind: 'configuration' | 'template';
  /** Grows with every new launch configuration, or version of the template. */
  readonly version: number;
  /** Whether it is another template than the group's; false for configurations. */
  readonly isNoncurrent?: boolean;
}

/** What the choice of the instance to end looks at. */
export interface TerminationCandidate {
  readonly id: number;
  readonly launchedAtMs: number;
  /** Availability Zone; absent: all are in one. */
  readonly zone?: string;
  readonly launch?: LaunchSource;
  /** Of its type for the allocation strategy of a mixed group: 0 is wanted most. */
  readonly allocationRank?: number;
  /** `ProtectedFromScaleIn`. */
  readonly isProtected?: boolean;
}

/** AWS's names; Lambda functions are not modelled. */
export type TerminationPolicy =
  | 'Default'
  | 'OldestInstance'
  | 'NewestInstance'
  | 'OldestLaunchConfiguration'
  | 'OldestLaunchTemplate'
  | 'ClosestToNextInstanceHour'
  | 'AllocationStrategy';

export interface TerminationRule {
  /** In the order in which they apply. */
  readonly policies: readonly TerminationPolicy[];
  readonly nowMs: number;
  /** A random whole number below `n`, for AWS's last resort; absent: the lowest id. */
  readonly below?: (n: number) => number;
}

const OLDEST_FIRST: TerminationRule = { policies: ['OldestInstance'], nowMs: 0 };
const HOUR_MS = 3_600_000;

/**
 * Ids of the `count` instances that a scale-in ends, in that order, without a rule by
 * `OldestInstance`, ties by id. Protected instances stay: there may be fewer ids than asked for.
 * Example (Default): zones a, a, b → one of the two in a, that with the older launch template.
 */
export function pickTerminations(
  instances: readonly TerminationCandidate[],
  count: number,
  rule: TerminationRule = OLDEST_FIRST,
): number[] {
  const left = [...instances];
  const picked: number[] = [];
  while (picked.length < count) {
    const one = pickOne(left, rule);
    if (one === undefined) break;
    picked.push(one.id);
    left.splice(left.indexOf(one), 1);
  }
  return picked;
}

function pickOne(
  instances: readonly TerminationCandidate[],
  rule: TerminationRule,
): TerminationCandidate | undefined {
  let candidates = fullestZones(instances);
  for (const policy of rule.policies) candidates = narrow(candidates, policy, rule.nowMs);
  const byId = candidates.toSorted((a, b) => a.id - b.id);
  return byId[rule.below === undefined || byId.length < 2 ? 0 : rule.below(byId.length)];
}

/** Unprotected instances of the zones with most instances, of zones that have any unprotected. */
function fullestZones(instances: readonly TerminationCandidate[]): TerminationCandidate[] {
  const sizes = new Map<string, number>();
  for (const { zone = '' } of instances) sizes.set(zone, (sizes.get(zone) ?? 0) + 1);
  const free = instances.filter(({ isProtected }) => isProtected !== true);
  return keepLeast(free, ({ zone = '' }) => -sizes.get(zone)!);
}

function narrow(
  candidates: readonly TerminationCandidate[],
  policy: TerminationPolicy,
  nowMs: number,
): TerminationCandidate[] {
  switch (policy) {
    case 'OldestInstance':
      return keepLeast(candidates, ({ launchedAtMs }) => launchedAtMs);
    case 'NewestInstance':
      return keepLeast(candidates, ({ launchedAtMs }) => -launchedAtMs);
    case 'OldestLaunchConfiguration':
      return narrowKind(candidates, 'configuration');
    case 'OldestLaunchTemplate':
      return narrowKind(candidates, 'template');
    case 'ClosestToNextInstanceHour':
      return keepLeast(candidates, ({ launchedAtMs }) => toNextHour(nowMs - launchedAtMs));
    case 'AllocationStrategy':
      return keepLeast(candidates, ({ allocationRank = 0 }) => -allocationRank);
    case 'Default': {
      const left = narrow(candidates, 'AllocationStrategy', nowMs);
      // Launch configurations go before launch templates.
      const oldest = narrowKind(narrowKind(left, 'template', true), 'configuration');
      return narrow(oldest, 'ClosestToNextInstanceHour', nowMs);
    }
    default:
      throw new Error(`unknown termination policy ${policy satisfies never}`);
  }
}

/** Those with the oldest source of a kind; all when none, or (`onlyIfAll`) not all are of it. */
function narrowKind(
  candidates: readonly TerminationCandidate[],
  kind: LaunchSource['kind'],
  onlyIfAll = false,
): TerminationCandidate[] {
  const own = candidates.filter(({ launch }) => launch?.kind === kind);
  if (own.length === 0 || (onlyIfAll && own.length < candidates.length)) return [...candidates];
  const noncurrent = own.filter(({ launch }) => launch?.isNoncurrent === true);
  const first = noncurrent.length > 0 ? noncurrent : own;
  return keepLeast(first, ({ launch }) => launch?.version ?? 0);
}

function toNextHour(ageMs: number): number {
  return HOUR_MS - (((ageMs % HOUR_MS) + HOUR_MS) % HOUR_MS);
}

function keepLeast<T>(all: readonly T[], key: (one: T) => number): T[] {
  const least = Math.min(...all.map(key));
  return all.filter((one) => key(one) === least);
}

/** Complaints about a list of policies: `Default` must be the last, and each may stand once. */
export function terminationComplaints(
  policies: readonly TerminationPolicy[],
  base: Path = [],
): Complaint[] {
  const place = policies.indexOf('Default');
  const misplaced =
    place >= 0 && place < policies.length - 1
      ? [
          mismatch(
            [...base, place],
            'Default as the last (EC2 Auto Scaling)',
            `it before ${policies[place + 1]}`,
          ),
        ]
      : [];
  const repeated = policies.flatMap((policy, index) =>
    policies.indexOf(policy) < index
      ? [mismatch([...base, index], 'each termination policy once', policy)]
      : [],
  );
  return [...misplaced, ...repeated];
}
