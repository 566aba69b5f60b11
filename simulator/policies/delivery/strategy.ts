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
  /** 0 is what the run began with, then one more for each roll-out. */
  readonly version: number;
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
  /** The version that runs when nothing is rolled out. */
  readonly old: SideSeen;
  /** Versions of roll-outs that gave way, as far as they have instances; oldest first. */
  readonly between: readonly SideSeen[];
  readonly fresh: SideSeen;
  /** Since the roll-out began. */
  readonly answers: { readonly old: Answered; readonly fresh: Answered };
}

/** `replaced`: it gave way to the next one. */
export type RolloutPhase = 'under way' | 'done' | 'rolled back' | 'failed' | 'replaced';

export interface RolloutMove {
  /** Instances of each side. */
  readonly old: number;
  readonly fresh: number;
  /** Of each version in between, in the order in which they are seen. */
  readonly between: readonly number[];
  /** Share of the requests for the new version, 0..1; undefined: each instance has its own. */
  readonly freshRatio?: number;
  /** Of a phase other than `under way` nothing follows. */
  readonly phase: RolloutPhase;
  /** When time alone will change something; null when it will not. */
  readonly nextAtMs: number | null;
  readonly reason: string;
  /** What is to be told: a stage that begins, a judgement, a roll-back. */
  readonly news?: string;
  /** It is past the point where the next roll-out could take its place: that one waits. */
  readonly isCommitted?: boolean;
  /** The new version is the one that runs, though old instances are left; the default is no. */
  readonly isPromoted?: boolean;
  /** What a next roll-out by the same rules goes on from. */
  readonly handover?: Handover;
}

/** Of Flagger, whose clock and router go on when a new revision comes. */
export interface Handover {
  readonly canaryWeight: number;
  readonly nextAtMs: number;
}

/** Remembers what it saw; observations come in the order of time. */
export type Strategy = (seen: RolloutSeen) => RolloutMove;

/** The earliest of some moments; null without any. */
export function earliest(...moments: readonly (number | null | undefined)[]): number | null {
  const known = moments.filter((one) => one !== null && one !== undefined);
  return known.length === 0 ? null : Math.min(...known);
}
