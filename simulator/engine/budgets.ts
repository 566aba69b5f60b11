/**
 * Retry budgets while a run goes on: whose they are, and what attempts do to them. An instance of a
 * caller has a client for each service that it calls, with a budget of its own, which ends with it;
 * the users of a journey share one.
 *
 *     FIRST ─► ATTEMPT ─► visit ─► SETTLE ──► done
 *                 ▲                  │ failed, and the budget allows it
 *                 └──── BACKOFF ◄────┘
 */
import type { Fleet } from '../components/fleet.ts';
import type { RetryBudget } from '../model/limit-settings.ts';
import { AWS_REVISED, settleQuota } from '../policies/retries/aws-quota.ts';
import { envoyBudgetAllows } from '../policies/retries/envoy-budget.ts';
import {
  afterFailure,
  afterSuccess,
  fullGrpcThrottle,
  type GrpcThrottleState,
  mayRetry,
} from '../policies/retries/grpc-throttle.ts';
import { deposit, type TokenRatioState, withdraw } from '../policies/retries/token-ratio-budget.ts';
import { DEAD, F, type Memory, STATUS, STATUS_BITS } from './memory.ts';
import type { Program, RetriedCall } from './program.ts';

/** What a client remembers. */
export interface Client {
  readonly budget: RetryBudget;
  /** Attempts under way, and retries: those, and those that pause before they set out. */
  active: number;
  retries: number;
  throttle: GrpcThrottleState;
  available: number;
  paid: TokenRatioState;
}

export interface Budgets {
  readonly begin: (program: Program) => void;
  /** A new instance has budgets that nobody has touched. */
  readonly opened: (row: number) => void;
  /** An attempt sets out. */
  readonly attempt: (slot: number, index: number) => void;
  /** An attempt is back: whether it may be made again. */
  readonly settle: (slot: number, index: number) => boolean;
  /** A retry that it has allowed is refused by a limit; what it cost stays spent. */
  readonly refused: (slot: number, endPc: number) => void;
  /** Calls of a slot's frames at some depths end without an answer. */
  readonly abandon: (slot: number, isMeant: (depth: number) => boolean) => void;
  /** A slot goes on in another. */
  readonly move: (slot: number, to: number) => void;
  /** By `Memory.budgetAt`. */
  readonly clients: readonly Client[];
}

/** Made once a thread, as the memory is. */
export function createBudgets(memory: Memory, fleet: Fleet): Budgets {
  const { floats, pc, flags, deadDepth, rowAt, tries, parent, parentStamp, stamp } = memory;
  const { pausedMs, retryCost, budgetAt } = memory;
  const clients: Client[] = [];
  /** Client of a row for a budget; rows from `fleet.rowCount` on are of journeys. */
  const clientOf = new Map<number, number>();
  let program: Program;
  let hasBudgets = false;
  /** What a slot remembers of its attempts. */
  let columns: readonly (Uint8Array | Float64Array | Uint16Array | Int32Array)[] = [tries];

  function begin(runProgram: Program): void {
    program = runProgram;
    hasBudgets = program.budgets.length > 0;
    const isPlain = !hasBudgets && program.retries.every(({ jitter }) => jitter === 'none');
    columns = isPlain ? [tries] : [tries, pausedMs, retryCost, budgetAt];
    clients.length = 0;
    clientOf.clear();
  }

  function opened(row: number): void {
    if (!hasBudgets) return;
    for (const budget of program.budgets.keys()) clientOf.delete(keyOf(row, budget));
  }

  function keyOf(row: number, budget: number): number {
    return (row < 0 ? fleet.rowCount : row) * program.budgets.length + budget;
  }

  function attempt(slot: number, index: number): void {
    const { level, budget, depth } = program.retries[index]!;
    const at = slot * program.tryLevels + level;
    if (tries[at] === 1) {
      budgetAt[at] = find(callerRow(slot, depth), budget);
      retryCost[at] = 0;
    }
    const client = clients[budgetAt[at]!]!;
    client.active++;
    const own = client.budget;
    if (own.type !== 'per-request' || tries[at]! > 1) return;
    client.paid = deposit(ratioOf(own), floats[F.nowMs]!, client.paid);
  }

  /** Of calls at once, the instance is the one that the slot is at which waits for them. */
  function callerRow(slot: number, depth: number): number {
    for (let at = slot; depth >= 0; at = parent[at]!) {
      const row = rowAt[at * program.depths + depth]!;
      if (row >= 0 || program.fanOuts.length === 0) return row;
      // Nobody waits any more: the slot may be somebody else's by now.
      if (parent[at]! < 0 || parentStamp[at] !== stamp[parent[at]!]) return -1;
    }
    return -1;
  }

  function find(row: number, budget: number): number {
    const key = keyOf(row, budget);
    let found = clientOf.get(key);
    if (found === undefined) {
      found = clients.push(clientFor(program.budgets[budget]!)) - 1;
      clientOf.set(key, found);
    }
    return found;
  }

  function settle(slot: number, index: number): boolean {
    const { level, attempts } = program.retries[index]!;
    const at = slot * program.tryLevels + level;
    const client = clients[budgetAt[at]!]!;
    leave(client, tries[at]!, true);
    const status = flags[slot]! & STATUS_BITS;
    const isLast = tries[at]! >= attempts;
    const allowed = decide(client, status, isLast, at);
    if (allowed) client.retries++;
    return allowed;
  }

  function decide(client: Client, status: number, isLast: boolean, at: number): boolean {
    const { budget } = client;
    const isOk = status === STATUS.ok;
    switch (budget.type) {
      case 'active':
        return !isOk && !isLast && envoyBudgetAllows(budget, client.active, client.retries);
      case 'per-request': {
        if (isOk || isLast) return false;
        const { allowed, state } = withdraw(ratioOf(budget), floats[F.nowMs]!, client.paid);
        client.paid = state;
        return allowed;
      }
      case 'grpc-throttle':
        client.throttle = isOk
          ? afterSuccess(budget, client.throttle)
          : afterFailure(client.throttle);
        return !isOk && !isLast && mayRetry(client.throttle);
      case 'aws-quota': {
        const outcome = isOk ? 'success' : status === STATUS.shed ? 'throttling' : 'transient';
        const most = isLast ? tries[at]! : Number.POSITIVE_INFINITY;
        const settings = { ...AWS_REVISED, ...budget, maxAttempts: most };
        const { cost, available } = settleQuota(
          settings,
          outcome,
          tries[at]!,
          retryCost[at]!,
          client.available,
        );
        client.available = available;
        retryCost[at] = cost;
        return cost > 0;
      }
      default:
        throw new Error(`unknown budget ${budget satisfies never}`);
    }
  }

  /** @param made attempts, the one that ends among them */
  function leave(client: Client, made: number, isActive: boolean): void {
    if (isActive) client.active--;
    if (made > 1) client.retries--;
  }

  function refused(slot: number, endPc: number): void {
    const call = program.retries.find((one) => one.endPc === endPc);
    if (call === undefined || call.budget < 0) return;
    clients[budgetAt[slot * program.tryLevels + call.level]!]!.retries--;
  }

  function abandon(slot: number, isMeant: (depth: number) => boolean): void {
    if (!hasBudgets) return;
    for (const call of program.retries) {
      if (call.budget < 0 || !isMeant(call.depth) || !isIn(slot, call)) continue;
      const at = slot * program.tryLevels + call.level;
      leave(clients[budgetAt[at]!]!, tries[at]!, pc[slot]! <= call.settlePc);
    }
  }

  /** Whether a slot at rest is in a call for which its caller waits. */
  function isIn(slot: number, { level, depth, firstPc, endPc }: RetriedCall): boolean {
    if (budgetAt[slot * program.tryLevels + level]! < 0) return false;
    if ((flags[slot]! & DEAD) !== 0 && deadDepth[slot]! >= depth) return false;
    return firstPc < pc[slot]! && pc[slot]! < endPc;
  }

  function move(slot: number, to: number): void {
    const { tryLevels } = program;
    for (const column of columns) {
      column.copyWithin(to * tryLevels, slot * tryLevels, (slot + 1) * tryLevels);
    }
  }

  return { begin, opened, attempt, settle, refused, abandon, move, clients };
}

function clientFor(budget: RetryBudget): Client {
  return {
    budget,
    active: 0,
    retries: 0,
    throttle:
      budget.type === 'grpc-throttle'
        ? fullGrpcThrottle(budget)
        : { milliTokens: 0, maxMilliTokens: 0 },
    available: budget.type === 'aws-quota' ? budget.capacity : 0,
    paid: { slices: [] },
  };
}

function ratioOf(budget: Extract<RetryBudget, { type: 'per-request' }>) {
  const { ratio: retryRatio, ttlMs, minRetriesPerSecond } = budget;
  return { retryRatio, ttlMs, minRetriesPerSecond };
}
