/**
 * A roll-out as one thing that decides, whichever vendor's rules it goes by: how many instances of
 * the old and of the new version there are to be, and which share of the requests the new one gets.
 *
 *     both sides, their answers ──► strategy ──► instances of each, share of the requests, reason
 *                                      ▲
 *                                    gate: health of the new version against the old one
 *
 * The number of instances in all is the group's own: its autoscaler goes on meanwhile.
 */
import type { Rollout } from '../../model/rollout-settings.ts';
import { canaryStrategy } from './canary-strategy.ts';
import { flaggerStrategy } from './flagger-strategy.ts';
import { groupsStrategy } from './groups-strategy.ts';
import { refreshStrategy } from './refresh-strategy.ts';
import { rollingStrategy } from './rolling-strategy.ts';
import type { Handover, Strategy } from './strategy.ts';

/**
 * A strategy without a memory yet; it remembers, so observations come in the order of time.
 *
 * @param startedAtMs when the roll-out begins: that of its first observation
 * @param before of the roll-out by the same rules that gives way to this one, if one does
 */
export function strategyOf(
  { strategy, gate }: Rollout,
  startedAtMs: number,
  before?: Handover,
): Strategy {
  switch (strategy.type) {
    case 'rolling':
      return rollingStrategy(strategy);
    case 'canary':
      return canaryStrategy(strategy, gate, startedAtMs);
    case 'instance-refresh':
      return refreshStrategy(strategy, gate, startedAtMs);
    case 'flagger':
      return flaggerStrategy(strategy, gate, startedAtMs, before);
    case 'groups':
      return groupsStrategy(strategy, gate, startedAtMs);
    default:
      throw new Error(`unknown strategy ${strategy satisfies never}`);
  }
}
