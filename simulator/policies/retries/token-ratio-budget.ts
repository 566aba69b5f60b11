/**
 * Finagle's retry budget (linkerd's `retryBudget`): every request pays a token in, a retry takes
 * 1 ÷ ratio of them, and what was paid is gone after `ttl`; on top of that a reserve of so many
 * retries a second. Sources: finagle `service/RetryBudget.scala` (scale factor 1000), util
 * `TokenBucket.newLeakyBucket` (ten windows a ttl); linkerd `retryBudget` { ttl, retryRatio,
 * minRetriesPerSecond }.
 */

export interface TokenRatioSettings {
  /** 1 s … 60 s; 10 s unless given. */
  readonly ttlMs: number;
  /** Retries a request; 0.2 unless given. */
  readonly retryRatio: number;
  readonly minRetriesPerSecond: number;
}

/** What was paid in and taken out, by tenth of the ttl, the latest last. */
export interface TokenRatioState {
  readonly slices: readonly { readonly index: number; readonly tokens: number }[];
}

const SLICES = 10;
/** Tokens of a request. */
const DEPOSIT = 1000;

/** A request goes out: it pays in. */
export function deposit(
  settings: TokenRatioSettings,
  nowMs: number,
  state: TokenRatioState,
): TokenRatioState {
  return added(settings, nowMs, state, settings.retryRatio > 0 ? DEPOSIT : 0);
}

/**
 * A retry asks to go out.
 * Example: ratio 0.2, no reserve: after 9 requests one retry may go, after 10 two.
 */
export function withdraw(
  settings: TokenRatioSettings,
  nowMs: number,
  state: TokenRatioState,
): { readonly allowed: boolean; readonly state: TokenRatioState } {
  const cost = withdrawal(settings);
  if (balance(settings, nowMs, state) < cost) return { allowed: false, state };
  return { allowed: true, state: added(settings, nowMs, state, -cost) };
}

/** Tokens that are there, the reserve among them. */
export function balance(
  settings: TokenRatioSettings,
  nowMs: number,
  { slices }: TokenRatioState,
): number {
  const { ttlMs, minRetriesPerSecond } = settings;
  const reserve = minRetriesPerSecond * Math.floor(ttlMs / 1000) * withdrawal(settings);
  return kept(settings, nowMs, slices).reduce((sum, { tokens }) => sum + tokens, reserve);
}

function withdrawal({ retryRatio }: TokenRatioSettings): number {
  return retryRatio > 0 ? Math.floor(DEPOSIT / retryRatio) : 1;
}

function added(
  settings: TokenRatioSettings,
  nowMs: number,
  { slices }: TokenRatioState,
  tokens: number,
): TokenRatioState {
  const index = sliceOf(settings, nowMs);
  const before = kept(settings, nowMs, slices);
  const last = before.at(-1);
  if (last?.index !== index) return { slices: [...before, { index, tokens }] };
  return { slices: [...before.slice(0, -1), { index, tokens: last.tokens + tokens }] };
}

function kept(
  settings: TokenRatioSettings,
  nowMs: number,
  slices: TokenRatioState['slices'],
): TokenRatioState['slices'] {
  const oldest = sliceOf(settings, nowMs) - SLICES;
  return slices.filter(({ index }) => index > oldest);
}

function sliceOf({ ttlMs }: TokenRatioSettings, nowMs: number): number {
  return Math.floor((nowMs * SLICES) / ttlMs);
}
