/**
 * What a health checker makes of a probe's answer, before any threshold counts it.
 *
 *     connected? ─no─► network        status ─► success · retriable · bad answer
 */

/** `network`: nobody answered, or not in time; `bad-answer`: somebody said that it is not well. */
export type Verdict = 'success' | 'network' | 'timeout' | 'retriable' | 'bad-answer';

/** What came back; absent parts were not asked for. */
export interface ProbeAnswer {
  /** Whether a connection was made. */
  readonly connected: boolean;
  /** From the start of the probe to its end, in ms. */
  readonly tookMs: number;
  readonly httpStatus?: number;
  readonly grpcStatus?: 'SERVING' | 'NOT_SERVING' | 'UNKNOWN' | 'SERVICE_UNKNOWN';
}

/** Statuses from `start` on, up to and without `end` (Envoy: `Int64Range`). */
export interface StatusRange {
  readonly start: number;
  readonly end: number;
}

export interface ProbeKind {
  readonly type: 'tcp' | 'http' | 'grpc';
  readonly timeoutMs: number;
  /** Statuses of a healthy host; default 200 alone (Envoy, ALB). */
  readonly expectedStatuses?: readonly StatusRange[];
  /** Statuses that count against the threshold instead of at once (Envoy). */
  readonly retriableStatuses?: readonly StatusRange[];
}

const OK_ALONE: readonly StatusRange[] = [{ start: 200, end: 201 }];
/** Kubernetes and Route 53 take redirections for health, too. */
export const BELOW_400: readonly StatusRange[] = [{ start: 200, end: 400 }];

/**
 * Judges one answer. An answer exactly at the time-out is too late: the timer was set first.
 * Source: Envoy `HttpHealthCheck.expected_statuses`, `retriable_statuses`; `grpc_health_check`
 * (only SERVING is healthy); `tcp_health_check` (a connection is enough).
 * Example: status 503 of `{ type: 'http', timeoutMs: 1000 }` after 5 ms is `bad-answer`.
 */
export function judge(kind: ProbeKind, answer: ProbeAnswer): Verdict {
  if (answer.tookMs >= kind.timeoutMs) return 'timeout';
  if (!answer.connected) return 'network';
  switch (kind.type) {
    case 'tcp':
      return 'success';
    case 'http':
      return judgeStatus(kind, answer.httpStatus);
    case 'grpc':
      if (answer.grpcStatus === undefined) return 'network';
      return answer.grpcStatus === 'SERVING' ? 'success' : 'bad-answer';
    default:
      throw new Error(`unknown probe ${kind.type satisfies never}`);
  }
}

function judgeStatus(kind: ProbeKind, status: number | undefined): Verdict {
  if (status === undefined) return 'network';
  const { expectedStatuses = OK_ALONE, retriableStatuses = [] } = kind;
  if (isIn(expectedStatuses, status)) return 'success';
  return isIn(retriableStatuses, status) ? 'retriable' : 'bad-answer';
}

function isIn(ranges: readonly StatusRange[], status: number): boolean {
  return ranges.some(({ start, end }) => start <= status && status < end);
}
