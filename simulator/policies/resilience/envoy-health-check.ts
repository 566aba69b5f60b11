/**
 * Envoy's active health check of one host.
 * Source: Envoy `health_checker_base_impl.cc` (`handleSuccess`, `setUnhealthy`, `interval`) and
 * `config.core.v3.HealthCheck`.
 *
 *     unhealthy ──first probe of all succeeds, or `healthyThreshold` in a row──► healthy
 *     healthy   ──a bad answer, or `unhealthyThreshold` network failures in a row──► unhealthy
 */
import { type Below, type HealthDecision, outOf } from './health-check.ts';
import type { Verdict } from './probe-answers.ts';

export interface EnvoyHealthCheck {
  readonly intervalMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Uniform, whole ms in 0 … jitter − 1, added to each interval; default 0. */
  readonly intervalJitterMs?: number;
  /** The same as a percentage of the interval; default 0. */
  readonly intervalJitterPercent?: number;
  /** Default 0: the first probe is made at once. */
  readonly initialJitterMs?: number;
  /** After a failed probe of an unhealthy host; default: the interval. */
  readonly unhealthyIntervalMs?: number;
  /** After a failed probe of a host that is still healthy; default: the one above. */
  readonly unhealthyEdgeIntervalMs?: number;
  /** After a good probe of a host that is still unhealthy; default: the interval. */
  readonly healthyEdgeIntervalMs?: number;
  /** Instead of all of these while the cluster has never had traffic; default 60 s. */
  readonly noTrafficIntervalMs?: number;
  /** The same, of healthy hosts; default: the one above. */
  readonly noTrafficHealthyIntervalMs?: number;
}

export interface EnvoyHealth {
  readonly healthy: boolean;
  /** Whether any probe has come back. */
  readonly checked: boolean;
  readonly successes: number;
  readonly failures: number;
}

/** A host begins as unhealthy, so that none gets traffic before it has answered. */
export const ENVOY_UNCHECKED: EnvoyHealth = {
  healthy: false,
  checked: false,
  successes: 0,
  failures: 0,
};

const NO_TRAFFIC_MS = 60_000;

/**
 * Counts one verdict. `hasTraffic` says whether the cluster ever had any.
 * Example: of a healthy host with an `unhealthyThreshold` of 3 one `bad-answer` is enough, one
 * `timeout` is `1 of 3`.
 */
export function envoyHealthCheck(
  settings: EnvoyHealthCheck,
  verdict: Verdict,
  before: EnvoyHealth,
  below: Below,
  hasTraffic = true,
): HealthDecision<EnvoyHealth> {
  const { state, reason } =
    verdict === 'success' ? onSuccess(settings, before) : onFailure(settings, verdict, before);
  const changed = state.healthy !== before.healthy;
  const isPending = !changed && state.healthy !== (verdict === 'success');
  const baseMs = hasTraffic
    ? baseInterval(settings, verdict === 'success', isPending)
    : idleInterval(settings, verdict === 'success' && !isPending);
  const nextInMs = withJitter(settings, baseMs, below);
  return { healthy: state.healthy, changed, nextInMs, reason, state };
}

function onSuccess(settings: EnvoyHealthCheck, before: EnvoyHealth) {
  if (before.healthy) {
    const state = { ...before, checked: true, failures: 0 };
    return { state, reason: 'healthy: the probe succeeded' };
  }
  const successes = before.successes + 1;
  const isFirst = !before.checked;
  const healthy = isFirst || successes >= settings.healthyThreshold;
  const words = outOf(successes, settings.healthyThreshold);
  const why = isFirst ? 'its first probe succeeded' : `${words} probes in a row succeeded`;
  const state = { healthy, checked: true, successes: healthy ? 0 : successes, failures: 0 };
  return { state, reason: `${healthy ? 'healthy' : 'unhealthy'}: ${why}` };
}

function onFailure(settings: EnvoyHealthCheck, verdict: Verdict, before: EnvoyHealth) {
  if (!before.healthy) {
    const state = { ...before, checked: true, successes: 0 };
    return { state, reason: `unhealthy: ${verdict}` };
  }
  const failures = before.failures + 1;
  const isExplicit = verdict === 'bad-answer';
  const healthy = !isExplicit && failures < settings.unhealthyThreshold;
  const words = outOf(failures, settings.unhealthyThreshold);
  const why = isExplicit ? 'it answered that it is not well' : `${verdict}, ${words} in a row`;
  const state = { healthy, checked: true, successes: 0, failures: healthy ? failures : 0 };
  return { state, reason: `${healthy ? 'healthy' : 'unhealthy'}: ${why}` };
}

/** By the probe, not by the host: an edge is a probe that does not agree with the host's state. */
function baseInterval(settings: EnvoyHealthCheck, succeeded: boolean, isPending: boolean): number {
  const { intervalMs } = settings;
  const { unhealthyIntervalMs = intervalMs, healthyEdgeIntervalMs = intervalMs } = settings;
  const { unhealthyEdgeIntervalMs = unhealthyIntervalMs } = settings;
  if (succeeded) return isPending ? healthyEdgeIntervalMs : intervalMs;
  return isPending ? unhealthyEdgeIntervalMs : unhealthyIntervalMs;
}

function idleInterval(settings: EnvoyHealthCheck, isHealthy: boolean): number {
  const { noTrafficIntervalMs = NO_TRAFFIC_MS } = settings;
  const { noTrafficHealthyIntervalMs = noTrafficIntervalMs } = settings;
  return isHealthy ? noTrafficHealthyIntervalMs : noTrafficIntervalMs;
}

/** Never below 1 ms. */
function withJitter(settings: EnvoyHealthCheck, baseMs: number, below: Below): number {
  const { intervalJitterMs = 0, intervalJitterPercent = 0 } = settings;
  const shareMs = Math.floor((intervalJitterPercent * baseMs) / 100);
  let ms = baseMs;
  if (shareMs > 0) ms += below(shareMs);
  if (intervalJitterMs > 0) ms += below(intervalJitterMs);
  return Math.max(1, ms);
}

/** From the host's arrival to its first probe, in ms; 0 without `initialJitterMs`. */
export function envoyFirstProbeMs(settings: EnvoyHealthCheck, below: Below): number {
  const { initialJitterMs = 0 } = settings;
  return initialJitterMs === 0 ? 0 : Math.max(1, below(initialJitterMs));
}
