/**
 * Envoy's outlier detection: hosts whose answers are bad are taken off the balancer's list.
 * Source: Envoy `outlier_detection_impl.cc` and the page "Outlier detection".
 *
 *     answer ──► counters ──threshold──► eject ──min(base × times, max) + jitter──► uneject
 *     interval ──► who has served his time; success rates and failure percentages of its answers
 *
 * Records are mutable, because engine and balancer keep one a host and note every answer.
 */

import type { OutlierSettings } from '../../model/outlier-settings.ts';
import type { Below } from './health-check.ts';
import { type RateHost, rateOutliers } from './outlier-rates.ts';

/** Answers of one kind within the interval. */
export interface Tally {
  total: number;
  succeeded: number;
}

export interface OutlierHost {
  consecutive5xx: number;
  consecutiveGatewayFailure: number;
  consecutiveLocalOriginFailure: number;
  readonly external: Tally;
  readonly local: Tally;
  /** Null while it is not ejected. */
  ejectedAtMs: number | null;
  unejectedAtMs: number | null;
  jitterMs: number;
  /** How many base times an ejection lasts: up by one with each, down while it is healthy. */
  multiplier: number;
  ejections: number;
}

export type OutlierType =
  | 'CONSECUTIVE_5XX'
  | 'CONSECUTIVE_GATEWAY_FAILURE'
  | 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE'
  | 'SUCCESS_RATE'
  | 'SUCCESS_RATE_LOCAL_ORIGIN'
  | 'FAILURE_PERCENTAGE'
  | 'FAILURE_PERCENTAGE_LOCAL_ORIGIN';

/** As Envoy's components report them; a status goes before its result. */
export type OutlierResult =
  | 'EXT_ORIGIN_REQUEST_SUCCESS'
  | 'EXT_ORIGIN_REQUEST_FAILED'
  | 'LOCAL_ORIGIN_TIMEOUT'
  | 'LOCAL_ORIGIN_CONNECT_FAILED'
  | 'LOCAL_ORIGIN_CONNECT_SUCCESS'
  | 'LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL';

/**
 * `detected`: not enforced (`enforcing_…`); `overflow`: as many as may be are ejected already.
 */
export type OutlierAction = 'eject' | 'uneject' | 'detected' | 'overflow';

export interface OutlierEvent {
  /** Index into the hosts. */
  readonly host: number;
  readonly action: OutlierAction;
  /** Of an unejection: none. */
  readonly type: OutlierType | undefined;
  readonly reason: string;
}

/** All that the detector looks at. */
export interface Cluster {
  readonly settings: OutlierSettings;
  readonly hosts: readonly OutlierHost[];
  readonly nowMs: number;
  readonly below: Below;
}

/** A host that nothing is known of. */
export function newOutlierHost(): OutlierHost {
  return {
    consecutive5xx: 0,
    consecutiveGatewayFailure: 0,
    consecutiveLocalOriginFailure: 0,
    external: { total: 0, succeeded: 0 },
    local: { total: 0, succeeded: 0 },
    ejectedAtMs: null,
    unejectedAtMs: null,
    jitterMs: 0,
    multiplier: 0,
    ejections: 0,
  };
}

// ---- answers ------------------------------------------------------------------------------------

/**
 * Notes an answer with an HTTP status; gives what comes of it, as a rule nothing.
 * Example: five times 500 from one of ten hosts → it is ejected for 30 s.
 */
export function noteStatus(cluster: Cluster, index: number, status: number): OutlierEvent[] {
  const { settings } = cluster;
  const host = cluster.hosts[index]!;
  host.external.total++;
  if (status < 500 || status > 599) {
    host.external.succeeded++;
    host.consecutive5xx = 0;
    host.consecutiveGatewayFailure = 0;
    return [];
  }
  const events: OutlierEvent[] = [];
  if (status < 502 || status > 504) host.consecutiveGatewayFailure = 0;
  else if (++host.consecutiveGatewayFailure === settings.consecutiveGatewayFailure) {
    const count = `${settings.consecutiveGatewayFailure} gateway failures in a row`;
    events.push(...onConsecutive(cluster, index, 'CONSECUTIVE_GATEWAY_FAILURE', count));
  }
  if (++host.consecutive5xx === settings.consecutive5xx) {
    const count = `${settings.consecutive5xx} times 5xx in a row`;
    events.push(...onConsecutive(cluster, index, 'CONSECUTIVE_5XX', count));
  }
  return events;
}

/**
 * Notes a result; without `split_external_local_origin_errors` it is an HTTP status like another.
 *
 * @param status of an answer over HTTP, which then counts instead; not where origins are split
 */
export function noteResult(
  cluster: Cluster,
  index: number,
  result: OutlierResult,
  status?: number,
): OutlierEvent[] {
  if (cluster.settings.splitExternalLocalOriginErrors) return noteSplit(cluster, index, result);
  const code = status ?? STATUS_OF[result];
  return code === undefined ? [] : noteStatus(cluster, index, code);
}

/** A mere connection says nothing: what comes over it does. */
const STATUS_OF: Readonly<Record<OutlierResult, number | undefined>> = {
  EXT_ORIGIN_REQUEST_SUCCESS: 200,
  LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL: 200,
  LOCAL_ORIGIN_TIMEOUT: 504,
  LOCAL_ORIGIN_CONNECT_FAILED: 503,
  EXT_ORIGIN_REQUEST_FAILED: 500,
  LOCAL_ORIGIN_CONNECT_SUCCESS: undefined,
};

function noteSplit(cluster: Cluster, index: number, result: OutlierResult): OutlierEvent[] {
  switch (result) {
    case 'LOCAL_ORIGIN_CONNECT_SUCCESS':
    case 'LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL':
      connected(cluster.hosts[index]!);
      return [];
    case 'LOCAL_ORIGIN_TIMEOUT':
    case 'LOCAL_ORIGIN_CONNECT_FAILED':
      return noteLocalFailure(cluster, index);
    case 'EXT_ORIGIN_REQUEST_FAILED':
      return noteStatus(cluster, index, 503);
    case 'EXT_ORIGIN_REQUEST_SUCCESS':
      connected(cluster.hosts[index]!);
      return noteStatus(cluster, index, 200);
    default:
      throw new Error(`unknown result ${result satisfies never}`);
  }
}

function connected(host: OutlierHost): void {
  host.local.total++;
  host.local.succeeded++;
  host.consecutiveLocalOriginFailure = 0;
}

function noteLocalFailure(cluster: Cluster, index: number): OutlierEvent[] {
  const host = cluster.hosts[index]!;
  const { consecutiveLocalOriginFailure } = cluster.settings;
  host.local.total++;
  if (++host.consecutiveLocalOriginFailure !== consecutiveLocalOriginFailure) return [];
  const count = `${consecutiveLocalOriginFailure} failures to connect in a row`;
  return onConsecutive(cluster, index, 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE', count);
}

/** An ejected host keeps its count, which has gone past the threshold, until it is back. */
function onConsecutive(
  cluster: Cluster,
  index: number,
  type: OutlierType,
  count: string,
): OutlierEvent[] {
  const host = cluster.hosts[index]!;
  if (host.ejectedAtMs !== null) return [];
  const event = eject(cluster, index, type, count);
  if (type === 'CONSECUTIVE_5XX') host.consecutive5xx = 0;
  else if (type === 'CONSECUTIVE_GATEWAY_FAILURE') host.consecutiveGatewayFailure = 0;
  else host.consecutiveLocalOriginFailure = 0;
  return [event];
}

// ---- ejections ----------------------------------------------------------------------------------

function eject(cluster: Cluster, index: number, type: OutlierType, why: string): OutlierEvent {
  const { settings, hosts, nowMs, below } = cluster;
  const host = hosts[index]!;
  const ejected = hosts.filter(({ ejectedAtMs }) => ejectedAtMs !== null).length;
  const percent = Math.min(100, settings.maxEjectionPercent);
  const fits = 100 * (ejected + 1) <= percent * hosts.length;
  if (!fits && !(settings.alwaysEjectOneHost && ejected === 0)) {
    const reason = `${why}; ${ejected} of ${hosts.length} ejected, at most ${percent} %`;
    return { host: index, action: 'overflow', type, reason };
  }
  if (!isEnforced(enforcing(settings, type), below)) {
    return { host: index, action: 'detected', type, reason: `${why}; not enforced` };
  }
  host.ejectedAtMs = nowMs;
  host.ejections++;
  host.jitterMs =
    settings.maxEjectionTimeJitterMs > 0 ? below(settings.maxEjectionTimeJitterMs + 1) : 0;
  const baseMs = settings.baseEjectionTimeMs;
  if (host.multiplier * baseMs < settings.maxEjectionTimeMs + baseMs) host.multiplier++;
  const reason = `${why}: ejected for ${ejectionMs(settings, host) / 1000} s`;
  return { host: index, action: 'eject', type, reason };
}

/** How long an ejection of this host lasts, at least: it ends at the end of an interval. */
function ejectionMs(settings: OutlierSettings, { multiplier, jitterMs }: OutlierHost): number {
  const { baseEjectionTimeMs, maxEjectionTimeMs } = settings;
  return Math.min(baseEjectionTimeMs * multiplier, maxEjectionTimeMs) + jitterMs;
}

/** Chance is asked only where the answer is open. */
function isEnforced(percent: number, below: Below): boolean {
  return percent >= 100 || (percent > 0 && below(100) < percent);
}

function enforcing(settings: OutlierSettings, type: OutlierType): number {
  switch (type) {
    case 'CONSECUTIVE_5XX':
      return settings.enforcingConsecutive5xx;
    case 'CONSECUTIVE_GATEWAY_FAILURE':
      return settings.enforcingConsecutiveGatewayFailure;
    case 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE':
      return settings.enforcingConsecutiveLocalOriginFailure;
    case 'SUCCESS_RATE':
      return settings.enforcingSuccessRate;
    case 'SUCCESS_RATE_LOCAL_ORIGIN':
      return settings.enforcingLocalOriginSuccessRate;
    case 'FAILURE_PERCENTAGE':
      return settings.enforcingFailurePercentage;
    case 'FAILURE_PERCENTAGE_LOCAL_ORIGIN':
      return settings.enforcingFailurePercentageLocalOrigin;
    default:
      throw new Error(`unknown type ${type satisfies never}`);
  }
}

function uneject({ nowMs, hosts }: Cluster, index: number, reason: string): OutlierEvent {
  const host = hosts[index]!;
  host.ejectedAtMs = null;
  host.unejectedAtMs = nowMs;
  host.consecutive5xx = 0;
  host.consecutiveGatewayFailure = 0;
  host.consecutiveLocalOriginFailure = 0;
  return { host: index, action: 'uneject', type: undefined, reason };
}

/** An active health check of a host succeeded: it comes back at once, if the settings say so. */
export function noteHealthCheck(cluster: Cluster, index: number): OutlierEvent[] {
  const isOut = cluster.hosts[index]!.ejectedAtMs !== null;
  if (!isOut || !cluster.settings.successfulActiveHealthCheckUnejectHost) return [];
  return [uneject(cluster, index, 'its active health check succeeded')];
}

// ---- intervals ----------------------------------------------------------------------------------

/** The end of an interval, in Envoy's order: who comes back, who is an outlier, who is forgiven. */
export function endInterval(cluster: Cluster): OutlierEvent[] {
  const { settings, hosts, nowMs } = cluster;
  const events = hosts.flatMap((host, index) => {
    if (host.ejectedAtMs === null) return [];
    const sinceMs = nowMs - host.ejectedAtMs;
    if (ejectionMs(settings, host) > sinceMs) return [];
    return [uneject(cluster, index, `${sinceMs / 1000} s since it was ejected`)];
  });
  const external = { success: 'SUCCESS_RATE', failure: 'FAILURE_PERCENTAGE' } as const;
  const local = {
    success: 'SUCCESS_RATE_LOCAL_ORIGIN',
    failure: 'FAILURE_PERCENTAGE_LOCAL_ORIGIN',
  } as const;
  events.push(...judgeRates(cluster, (host) => host.external, external));
  events.push(...judgeRates(cluster, (host) => host.local, local));
  for (const host of hosts) forgive(settings, host, nowMs);
  return events;
}

interface RateTypes {
  readonly success: OutlierType;
  readonly failure: OutlierType;
}

function judgeRates(
  cluster: Cluster,
  tallyOf: (host: OutlierHost) => Tally,
  types: RateTypes,
): OutlierEvent[] {
  const { settings, hosts } = cluster;
  const seen: RateHost[] = hosts.flatMap((host, index) => {
    const { total, succeeded } = tallyOf(host);
    if (host.ejectedAtMs !== null || total === 0) return [];
    return [{ host: index, total, successPercent: (succeeded * 100) / total }];
  });
  const { bySuccessRate, byFailurePercentage } = rateOutliers(settings, hosts.length, seen);
  for (const host of hosts) Object.assign(tallyOf(host), { total: 0, succeeded: 0 });
  return [
    ...bySuccessRate.map(({ host, why }) => ejectOnce(cluster, host, types.success, why)),
    ...byFailurePercentage.map(({ host, why }) => ejectOnce(cluster, host, types.failure, why)),
  ].flat();
}

/** A host may be an outlier by both rules; it is ejected once. */
function ejectOnce(
  cluster: Cluster,
  index: number,
  type: OutlierType,
  why: string,
): OutlierEvent[] {
  return cluster.hosts[index]!.ejectedAtMs === null ? [eject(cluster, index, type, why)] : [];
}

/** An interval without an ejection: the next one is shorter again. */
function forgive({ intervalMs }: OutlierSettings, host: OutlierHost, nowMs: number): void {
  if (host.ejectedAtMs !== null || host.unejectedAtMs === null) return;
  if (nowMs - host.unejectedAtMs >= intervalMs && host.multiplier > 0) host.multiplier--;
}
