/** Rate limits while a run goes on: one a service, or one an instance, which begins with it. */
import type { Fleet } from '../components/fleet.ts';
import { type RateLimiter, rateLimiter } from '../components/rate-limiter.ts';
import type { Model } from '../model/model.ts';
import { F, type Memory } from './memory.ts';

export interface Limits {
  readonly begin: (model: Model) => void;
  /** A new instance has seen nobody. */
  readonly opened: (row: number) => void;
  /** Whether a request passes; how long it has to wait then stands in `floats`, as the pause. */
  readonly admits: (service: number, row: number) => boolean;
}

/** Made once a thread, as the memory is. */
export function createLimits({ floats }: Memory, fleet: Fleet): Limits {
  /** By service. */
  let shared: (RateLimiter | undefined)[] = [];
  /** By row, made when somebody comes. */
  const own: (RateLimiter | undefined)[] = [];

  function begin({ services }: Model): void {
    own.length = 0;
    shared = services.map(({ rateLimit }) =>
      rateLimit?.per === 'service' ? rateLimiter(rateLimit.rule) : undefined,
    );
  }

  function opened(row: number): void {
    if (row < own.length) own[row] = undefined;
  }

  function admits(service: number, row: number): boolean {
    const limiter = shared[service] ?? limiterOf(service, row);
    const { allowed, delayMs } = limiter(floats[F.nowMs]!);
    floats[F.pauseMs] = delayMs;
    return allowed;
  }

  function limiterOf(service: number, row: number): RateLimiter {
    own[row] ??= rateLimiter(fleet.services[service]!.rateLimit!.rule);
    return own[row];
  }

  return { begin, opened, admits };
}
