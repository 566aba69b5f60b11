/** Rate limits, budgets and hedging of a model document. */

import type { KongUnit } from './limit-settings.ts';

type Optional<T> = T | undefined;

export type BudgetDocument =
  | string
  | { active: string; min?: Optional<number> }
  | { 'per-request': string; ttl?: Optional<string>; min?: Optional<string> }
  | { 'grpc-throttle': { tokens: number; ratio: number } }
  | {
      'aws-quota': {
        tokens?: Optional<number>;
        cost?: Optional<number>;
        'throttling-cost'?: Optional<number>;
      };
    };

export interface HedgeDocument {
  after: string;
  copies?: Optional<number>;
  cancels?: Optional<boolean>;
}

export interface WindowDocument {
  limit: number;
  window: string;
  'counts-refused'?: Optional<boolean>;
}

export type KongDocument = { [unit in KongUnit]?: Optional<number> };

export type RateLimitDocument = { per?: Optional<'service' | 'instance'> } & (
  | { 'token-bucket': { rate: string; burst: number } }
  | { gcra: { rate: string; burst?: Optional<number> } }
  | {
      nginx: {
        rate: string;
        burst?: Optional<number>;
        delay?: Optional<number>;
        nodelay?: Optional<boolean>;
      };
    }
  | { 'fixed-window': WindowDocument }
  | { 'sliding-window': WindowDocument }
  | { kong: KongDocument }
);
