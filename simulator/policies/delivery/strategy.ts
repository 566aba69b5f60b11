/** What a roll-out's strategy sees and says, whichever vendor's rules it goes by. */
import type { RolloutStrategy } from '../../model/rollout-settings.ts';
import type { Answered } from './version-gate.ts';

/** The settings of one kind of strategy. */
export type StrategyOf<Type extends RolloutStrategy['type']> = Extract<
  RolloutStrategy,
  { type: Type }
>;

/** Instances of one version: those that boot or serve, not those that drain. */
export interface SideSeen {
  /** What it was last told to have. */
  readonly desired: number;
  readonly actual: number;
  readonly ready: number;
  /** Ready for as long as the strategy asks. */
  readonly available: number;
}

export interface RolloutSeen {
  readonly nowMs: number;
  /** Size of the group. */
  readonly replicas: number;
  /** Every version but the new one. */
  readonly old: SideSeen;
  readonly fresh: SideSeen;
  /** Since the roll-out began. */
  readonly answers: { readonly old: Answered; readonly fresh: Answered };
}

export type RolloutPhase = 'under way' | 'done' | 'rolled back' | 'failed';

export interface RolloutMove {
  /** Instances of each side. */
  readonly old: number;
  readonly fresh: number;
  /** Share of the requests for the new version, 0..1; undefined: each instance has its own. */
  readonly freshRatio?: number;
  /** Of a phase other than `under way` nothing follows. */
  readonly phase: RolloutPhase;
  /** When time alone will change something; null when it will not. */
  readonly nextAtMs: number | null;
  readonly reason: string;
  /** What is to be told: a stage that begins, a judgement, a roll-back. */
  readonly news?: string;
}

/** Remembers what it saw; observations come in the order of time. */
export type Strategy = (seen: RolloutSeen) => RolloutMove;

/** The earliest of some moments; null without any. */
export function earliest(...moments: readonly (number | null | undefined)[]): number | null {
  const known = moments.filter((one) => one !== null && one !== undefined);
  return known.length === 0 ? null : Math.min(...known);
}
