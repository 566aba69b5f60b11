import type { Batch, KarpenterSettings } from './karpenter-settings.ts';

/**
 * Karpenter's batch window: it opens with the first pending pod and closes when none has come for
 * the idle time, or after the longest time at all. Source: Karpenter documentation, "Settings",
 * `pkg/controllers/provisioning/batcher.go`.
 * Example (1 s, 10 s): pods at 0, 0.5 and 1.2 s → closes at 2.2 s; one each 0.5 s → at 10 s.
 */
export function nextBatch(
  { batchIdleMs, batchMaxMs }: KarpenterSettings,
  nowMs: number,
  pods: readonly string[],
  before: Batch | null,
): { readonly batch: Batch | null; readonly isClosed: boolean } {
  if (pods.length === 0) return { batch: null, isClosed: false };
  const known = new Set(before?.pods);
  const hasNew = pods.some((name) => !known.has(name));
  const firstAtMs = before?.firstAtMs ?? nowMs;
  const lastAtMs = before === null || hasNew ? nowMs : before.lastAtMs;
  const isClosed = nowMs - lastAtMs >= batchIdleMs || nowMs - firstAtMs >= batchMaxMs;
  return { batch: isClosed ? null : { firstAtMs, lastAtMs, pods }, isClosed };
}
