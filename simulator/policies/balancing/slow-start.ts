/** A new host gets less at first: what share of its weight, by the time since it came. */
import { exp, log } from '../../engine/maths.ts';
import type { SlowStartRamp } from '../../model/model.ts';

/**
 * Share of its weight that a host has, 0–1; 1 once the window is over.
 *
 * @param ageMs since it became healthy; below 1 ms it counts as 1 ms
 * Source: Envoy `load_balancer_impl.cc`, `EdfLoadBalancerBase::applySlowStartFactor`:
 * max(min weight, (max(t, 1 ms) ÷ window)^(1 ÷ aggression)).
 * Example: window 60 s, aggression 2, after 15 s: 0.5; after 0.1 s the least share, 0.1.
 */
export function slowStartRatio(settings: SlowStartRamp, ageMs: number): number {
  const { windowMs, aggression, minWeightRatio } = settings;
  if (ageMs >= windowMs) return 1;
  const time = Math.max(ageMs, 1) / windowMs;
  const ratio = aggression === 1 || time >= 1 ? time : exp(log(time) / aggression);
  return Math.max(minWeightRatio, ratio);
}

/**
 * The same of an AWS Application Load Balancer: linear, for targets behind a round robin.
 *
 * @param windowMs 30–900 s at AWS
 * Source: ELB user guide, "Edit target group attributes", slow start mode. With which share it
 * begins is not published; a thousandth stands for "hardly any".
 */
export function slowStartRatioOfAlb(windowMs: number, ageMs: number): number {
  return ageMs >= windowMs ? 1 : Math.max(0.001, ageMs / windowMs);
}

/**
 * The same of HAProxy's `slowstart`: in sixteenths, from the first one on, by whole seconds.
 *
 * Source: HAProxy `src/server.c`, `server_recalc_eweight`: ⌊(16·t + window) ÷ window⌋ sixteenths.
 * Example: a window of 32 s: 1/16 up to 2 s, 2/16 up to 4 s, 1 from 30 s on.
 */
export function slowStartRatioOfHaproxy(windowMs: number, ageMs: number): number {
  if (ageMs >= windowMs) return 1;
  const [window, age] = [windowMs / 1000, Math.floor(ageMs / 1000)];
  return Math.min(16, Math.floor((16 * age + window) / window)) / 16;
}
