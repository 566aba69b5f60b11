/** What surrounds a visit: patience and attempts. */
import type { RetryBudget } from '../model/limit-settings.ts';
import type { CallStep, Retry, Step } from '../model/model.ts';
import type { Jitter } from '../policies/retries/backoff.ts';
import { indexIn, type Place, UNKNOWN } from './code.ts';
import { OP, type RetriedCall, type TimedCall } from './program.ts';
import { Timing } from './timing.ts';

export abstract class CallCode extends Timing {
  protected readonly timeoutsMs: number[] = [];
  protected readonly timedCalls: TimedCall[] = [];
  protected readonly retried: RetriedCall[] = [];
  protected readonly budgets: RetryBudget[] = [];
  private readonly clients: string[] = [];
  protected timerLevels = 0;
  protected tryLevels = 0;

  /** The way to an instance, its work, and the way back; says whether it may fail. */
  protected abstract visit(step: CallStep, place: Place): boolean;

  /** The same by several copies, one after the other. */
  protected abstract hedge(step: CallStep, place: Place): boolean;

  protected abstract steps(steps: readonly Step[], place: Place): boolean;

  protected call(step: CallStep, place: Place): boolean {
    const fails = step.retry === undefined ? this.attempt(step, place) : this.retry(step, place);
    if (fails && step.fallback !== undefined) return this.fallback(step, step.fallback, place);
    if (fails || place.isExposed) this.check(step.service, place);
    return fails;
  }

  /** What only a failure needs is drawn then. */
  private fallback(step: CallStep, steps: readonly Step[], place: Place): boolean {
    const { depth, name } = place;
    const fallbackPc = this.emit(OP.fallback, UNKNOWN, depth, this.serviceOf(step.service));
    const region = this.open();
    this.emit(OP.draw, this.regions.length - 1);
    const fails = this.steps(steps, { ...place, region, name: `${name}/fallback` });
    this.setA(fallbackPc, this.pc);
    return fails;
  }

  protected check(service: string, { depth, checks }: Place): void {
    checks.push(this.emit(OP.check, UNKNOWN, depth, this.serviceOf(service)));
  }

  /** Attempts run the same code; what the first one draws at the arrival the others draw anew. */
  private retry(step: CallStep, place: Place): boolean {
    const { attempts, factor = 1, mostMs = Number.POSITIVE_INFINITY } = step.retry!;
    const index = this.retried.length;
    const level = place.retries;
    const budget = this.budgetOf(step, place);
    const pause = this.pauseOf(step.retry!, place);
    const settings = { level, depth: place.depth, attempts, factor, mostMs, budget, ...pause };
    this.tryLevels = Math.max(this.tryLevels, level + 1);
    const firstPc = this.emit(OP.first, level);
    this.retried.push({ ...settings, firstPc, settlePc: UNKNOWN, endPc: UNKNOWN });
    const againPc = this.pc;
    if (budget >= 0) this.emit(OP.attempt, index, place.depth);
    const drawn = place.region.columns.length;
    this.attempt(step, { ...place, retries: level + 1 });
    const again = this.open();
    const regionIndex = this.regions.length - 1;
    place.region.columns.slice(drawn).forEach((column, offset) => {
      const { source, name } = this.draws[place.region.draws[drawn + offset]!]!;
      if (source.type === 'key' && source.isKept) return;
      again.columns.push(column);
      again.draws.push(this.drawOf(source, `${name}/again`));
    });
    const settle = budget >= 0 ? OP.settle : OP.retry;
    const service = this.serviceOf(step.service);
    let settlePc = UNKNOWN;
    const budgetPc = this.counted(service, level, place, () => {
      settlePc = this.emit(settle, index, place.depth, service);
    });
    this.emit(OP.backoff, index);
    this.emit(OP.draw, regionIndex);
    const jumpPc = this.emit(OP.jump, againPc);
    if (budgetPc !== undefined) {
      this.setA(budgetPc, this.pc);
      this.countedRetries.push({ againPc, jumpPc, depth: place.depth, level, service });
    }
    // CHECK follows: of a success it is true, too.
    this.retried[index] = { ...this.retried[index]!, settlePc, endPc: this.pc };
    return true;
  }

  private pauseOf({ backoff, jitter: asked }: Retry, { name }: Place) {
    const jitter: Jitter = asked ?? 'none';
    const pause = this.drawOf(backoff, `${name}/backoff`);
    const chance = jitter === 'none' ? UNKNOWN : this.drawOf({ type: 'uniform' }, `${name}/jitter`);
    return { backoff: pause, jitter, chance };
  }

  /** Calls of one service, or journey, to another have one client, and so one budget. */
  private budgetOf({ service, retry }: CallStep, place: Place): number {
    const { budget } = retry!;
    if (budget === undefined) return UNKNOWN;
    const caller = place.service?.name ?? place.name.split('/', 2).join('/');
    const client = JSON.stringify([caller, service, budget]);
    const known = this.clients.indexOf(client);
    if (known >= 0) return known;
    this.budgets.push(budget);
    return this.clients.push(client) - 1;
  }

  private attempt(step: CallStep, place: Place): boolean {
    if (step.breaker === undefined) return this.unguarded(step, place);
    const permit = this.permit(step, place);
    this.unguarded(step, place);
    this.outcome(permit, place);
    return true;
  }

  private unguarded(step: CallStep, place: Place): boolean {
    const { timeoutMs, patience, cancels = false } = step;
    const expires = step.deadline === 'propagate';
    if (timeoutMs === undefined && patience === undefined) return this.ask(step, place);
    const index = this.timedCalls.length;
    const level = place.timers;
    const timeout = timeoutMs === undefined ? UNKNOWN : indexIn(this.timeoutsMs, timeoutMs);
    const column = patience === undefined ? UNKNOWN : this.column(patience, place);
    const armPc = this.emit(OP.arm, index);
    const ends = { timeout, column, cancels, expires };
    const call = { armPc, returnPc: UNKNOWN, level, depth: place.depth, ...ends };
    this.timedCalls.push(call);
    this.timerLevels = Math.max(this.timerLevels, level + 1);
    this.ask(step, { ...place, timers: level + 1, isExposed: true });
    this.timedCalls[index] = { ...call, returnPc: this.emit(OP.disarm, index) };
    return true;
  }

  private ask(step: CallStep, place: Place): boolean {
    return step.hedge === undefined ? this.visit(step, place) : this.hedge(step, place);
  }
}
