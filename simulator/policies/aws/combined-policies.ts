/**
 * Several policies of one group together: what all of them propose becomes one desired capacity.
 * Source: EC2 Auto Scaling user guide, "Multiple scaling policies" (largest capacity wins, in both
 * directions), "Target tracking scaling policies" (out if any, in only if all), "Predictive
 * scaling" (never scales in; the maximum with dynamic scaling), "Scheduled scaling".
 *
 *     scheduled ──► min, max, desired
 *     step, simple, target tracking ──► largest ─┐
 *     predictive ────────────────────────────────┴─► larger ──► within [min, max]
 */

/** Step and simple scaling, and target tracking that scales out. */
export interface DynamicProposal {
  readonly type: 'step-scaling' | 'simple-scaling';
  /** Absent: it asks for nothing. */
  readonly desired: number | undefined;
  readonly reason: string;
}

export interface TrackingProposal {
  readonly type: 'target-tracking';
  readonly desired: number | undefined;
  readonly reason: string;
  /**
   * Whether its low alarm is in ALARM, also when the alarm's action is not due right now; absent
   * when its scale-in is disabled: then it has no say in the others' scale-in.
   */
  readonly isLow: boolean | undefined;
}

/** A scheduled action that is due; it sets what is given. */
export interface ScheduledProposal {
  readonly type: 'scheduled-scaling';
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly desired: number | undefined;
  readonly reason: string;
}

export interface PredictiveProposal {
  readonly type: 'predictive-scaling';
  /** Capacity that the forecast calls for now; absent in ForecastOnly mode or without forecast. */
  readonly desired: number | undefined;
  /** Raised limit (`IncreaseMaxCapacity`); absent: the group's. */
  readonly max: number | undefined;
  readonly reason: string;
}

export type PolicyProposal =
  | DynamicProposal
  | TrackingProposal
  | ScheduledProposal
  | PredictiveProposal;

/** The group before the decision. */
export interface GroupSizes {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
}

export interface CombinedDecision extends GroupSizes {
  readonly reason: string;
}

/**
 * Desired capacity, and min and max as scheduled actions leave them (what a forecast raises holds
 * for this decision only). Without proposals the desired capacity stays, within min and max.
 * Example: 8 instances; one policy wants 5, another 6 → 6; with a forecast for 7 → 7.
 */
export function combinePolicies(
  group: GroupSizes,
  proposals: readonly PolicyProposal[],
): CombinedDecision {
  const scheduled = applySchedule(group, proposals);
  const dynamic = largestDynamic(group.desired, proposals);
  const forecast = predicted(proposals);
  // An action that is due sets the capacity: a policy that reckoned without it may only add.
  const isSet = scheduled.desired !== group.desired;
  const least = isSet ? scheduled.desired : 0;
  const isAsked = dynamic.desired === undefined || dynamic.desired > least;
  const wanted = isAsked ? (dynamic.desired ?? scheduled.desired) : scheduled.desired;
  const raised = Math.max(wanted, forecast.desired);
  const max = Math.max(scheduled.max, forecast.max);
  const desired = Math.min(max, Math.max(scheduled.min, raised));
  const said = [
    scheduled.reason,
    isAsked ? dynamic.reason : '',
    raised > wanted ? forecast.reason : '',
  ].filter((words) => words !== '');
  const why = said.length === 0 ? 'no policy asks for a change' : said.join('; ');
  const reason = why + limited(raised, desired, { min: scheduled.min, max });
  return { min: scheduled.min, max: scheduled.max, desired, reason };
}

function limited(wanted: number, desired: number, limits: { min: number; max: number }): string {
  if (desired < wanted) return `, limited to max ${limits.max}`;
  return desired > wanted ? `, kept at min ${limits.min}` : '';
}

/** Scheduled actions one after the other; a capacity outside the new limits moves to them. */
function applySchedule(group: GroupSizes, proposals: readonly PolicyProposal[]): CombinedDecision {
  const reasons: string[] = [];
  let sizes = group;
  for (const proposal of proposals) {
    if (proposal.type !== 'scheduled-scaling') continue;
    const { min = sizes.min, max = sizes.max, desired = sizes.desired } = proposal;
    sizes = { min, max, desired: Math.min(max, Math.max(min, desired)) };
    reasons.push(proposal.reason);
  }
  return { ...sizes, reason: reasons.join('; ') };
}

/**
 * The largest capacity that step, simple and target-tracking policies ask for. Target tracking may
 * scale in only when every such policy with scale-in enabled is ready to.
 */
function largestDynamic(
  current: number,
  proposals: readonly PolicyProposal[],
): { desired: number | undefined; reason: string } {
  const unanimous = proposals.every(
    (proposal) => proposal.type !== 'target-tracking' || proposal.isLow !== false,
  );
  const reasons: string[] = [];
  let largest: { desired: number; reason: string } | undefined;
  for (const proposal of proposals) {
    if (proposal.type === 'scheduled-scaling' || proposal.type === 'predictive-scaling') continue;
    const { desired, reason } = proposal;
    if (desired === undefined) {
      reasons.push(reason);
    } else if (proposal.type === 'target-tracking' && desired < current && !unanimous) {
      reasons.push(`${reason}: another target-tracking policy holds`);
    } else if (largest === undefined || desired > largest.desired) {
      largest = { desired, reason };
    }
  }
  return largest ?? { desired: undefined, reason: reasons.filter((one) => one !== '').join('; ') };
}

/** The largest forecast, and the limit that it may raise. */
function predicted(proposals: readonly PolicyProposal[]): {
  desired: number;
  max: number;
  reason: string;
} {
  let best = { desired: 0, max: 0, reason: '' };
  for (const proposal of proposals) {
    if (proposal.type !== 'predictive-scaling' || proposal.desired === undefined) continue;
    const { desired, max = 0, reason } = proposal;
    if (desired > best.desired) best = { desired, max, reason };
  }
  return best;
}
