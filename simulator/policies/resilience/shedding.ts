/** Load shedding by what is in the queue, by how loaded a server is, and by priority. */

/** A request, as the rules see it; lower priorities are served first. */
export interface Offered {
  readonly priority: number;
  readonly queueLength: number;
  /** Of a resource such as CPU, 0 to 1. */
  readonly pressure: number;
}

export interface SheddingSettings {
  /** Requests that may wait; one more is shed. Default no limit. */
  readonly queueLimit?: number;
  /** Share of the queue that each priority may fill, from 0 on; the last one is for all others. */
  readonly queueShares?: readonly number[];
  /** Pressure from which each priority is shed, the same way; default never. */
  readonly pressureLimits?: readonly number[];
  /** Shed by chance, more of them the higher the pressure. */
  readonly scaled?: ScaledTrigger;
}

/** Envoy `config.overload.v3.ScaledTrigger`. */
export interface ScaledTrigger {
  readonly scalingThreshold: number;
  readonly saturationThreshold: number;
}

export interface SheddingDecision {
  readonly sheds: boolean;
  readonly reason: string;
}

/**
 * Share of requests to shed: 0 up to the first threshold, 1 from the second on, a line in between.
 * Source: Envoy overload manager, scaled triggers.
 * Example: thresholds 0.85 and 0.95 at a pressure of 0.9: one half.
 */
export function scaledShare(trigger: ScaledTrigger, pressure: number): number {
  const { scalingThreshold, saturationThreshold } = trigger;
  if (pressure <= scalingThreshold) return 0;
  if (pressure >= saturationThreshold) return 1;
  return (pressure - scalingThreshold) / (saturationThreshold - scalingThreshold);
}

/** @param uniform a number from 0 up to and without 1 */
export function shed(
  settings: SheddingSettings,
  offered: Offered,
  uniform: () => number,
): SheddingDecision {
  const { priority, queueLength, pressure } = offered;
  const { queueLimit, queueShares = [1], pressureLimits, scaled } = settings;
  if (queueLimit !== undefined) {
    const most = Math.floor(queueLimit * ofPriority(queueShares, priority));
    if (queueLength >= most) {
      return {
        sheds: true,
        reason: `${queueLength} wait, at most ${most} at priority ${priority}`,
      };
    }
  }
  const limit = pressureLimits === undefined ? undefined : ofPriority(pressureLimits, priority);
  if (limit !== undefined && pressure >= limit) {
    const words = `${percent(pressure)} is not below ${percent(limit)}`;
    return { sheds: true, reason: `pressure of ${words} at priority ${priority}` };
  }
  const share = scaled === undefined ? 0 : scaledShare(scaled, pressure);
  if (share >= 1 || (share > 0 && uniform() < share)) {
    return {
      sheds: true,
      reason: `${percent(share)} are shed at a pressure of ${percent(pressure)}`,
    };
  }
  return { sheds: false, reason: 'there is room' };
}

function ofPriority(values: readonly number[], priority: number): number {
  return values[Math.min(priority, values.length - 1)]!;
}

function percent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(1))} %`;
}

/** What the settings may not say together. */
export function sheddingProblems(settings: SheddingSettings): string[] {
  const { queueShares, pressureLimits, scaled } = settings;
  const problems: string[] = [];
  for (const [name, shares] of Object.entries({ queueShares, pressureLimits })) {
    const isRising = shares?.some((share, at) => at > 0 && share > shares[at - 1]!) ?? false;
    if (isRising) problems.push(`expected ${name} that fall with the priority, found ${shares}`);
    if (shares?.length === 0) problems.push(`expected one of ${name} or more, found none`);
  }
  if (scaled !== undefined && scaled.scalingThreshold >= scaled.saturationThreshold) {
    const { scalingThreshold, saturationThreshold } = scaled;
    problems.push(
      `expected a scaling_threshold below the saturation_threshold of ${saturationThreshold} ` +
        `(Envoy), found ${scalingThreshold}`,
    );
  }
  return problems;
}
