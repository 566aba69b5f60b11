/** One instance as a health checker sees it, by the rules of the vendor that the model names. */
import type { HealthCheck } from '../model/health-settings.ts';
import { ALB_INITIAL, albHealthCheck } from '../policies/resilience/alb-health-check.ts';
import { ENVOY_UNCHECKED, envoyHealthCheck } from '../policies/resilience/envoy-health-check.ts';
import {
  haproxyHealthCheck,
  haproxyUnchecked,
} from '../policies/resilience/haproxy-health-check.ts';
import type { Below, HealthDecision } from '../policies/resilience/health-check.ts';
import { initialProbe, kubernetesProbe } from '../policies/resilience/kubernetes-probe.ts';
import type { Verdict } from '../policies/resilience/probe-answers.ts';

export interface Subject {
  healthy: boolean;
  /** As its last good answer said (Envoy). */
  isDegraded: boolean;
  /** When its next probe starts, or its present one is over. */
  dueMs: number;
  /** In a row, up to the latest probe. */
  failures: number;
  /** Whether a probe is under way, without an answer yet. */
  isProbed: boolean;
  readonly note: (verdict: Verdict) => HealthDecision<unknown>;
}

/** @param isKnown whether it was checked before: it is healthy then */
export function subjectOf(check: HealthCheck, below: Below, isKnown: boolean): Subject {
  switch (check.rules) {
    case 'envoy': {
      const { intervalMs, rise, fall } = check;
      const settings = { intervalMs, healthyThreshold: rise, unhealthyThreshold: fall };
      const well = { ...ENVOY_UNCHECKED, healthy: true, checked: true };
      return subject(isKnown, isKnown ? well : ENVOY_UNCHECKED, (verdict, state) =>
        envoyHealthCheck(settings, verdict, state, below),
      );
    }
    case 'haproxy': {
      const { intervalMs: interMs, rise, fall } = check;
      const settings = { interMs, rise, fall };
      const full = { health: rise + fall - 1 };
      return subject(true, isKnown ? full : haproxyUnchecked(settings), (verdict, state) =>
        haproxyHealthCheck(settings, verdict, state),
      );
    }
    case 'alb': {
      const { intervalMs, rise, fall } = check;
      const settings = {
        intervalMs,
        healthyThresholdCount: rise,
        unhealthyThresholdCount: fall,
      };
      const well = { target: 'healthy', run: 0 } as const;
      return subject(isKnown, isKnown ? well : ALB_INITIAL, (verdict, state) =>
        albHealthCheck(settings, verdict, state),
      );
    }
    case 'kubernetes':
      return readiness(check, isKnown);
    default:
      throw new Error(`unknown rules ${check.rules satisfies never}`);
  }
}

function readiness({ intervalMs, rise, fall }: HealthCheck, isKnown: boolean): Subject {
  const settings = { type: 'readiness', successThreshold: rise, failureThreshold: fall } as const;
  const initial = initialProbe('readiness');
  const well = { ...initial, result: 'success', last: 'success', run: 1 } as const;
  return subject(isKnown, isKnown ? well : initial, (verdict, before) => {
    const { result, reason, state } = kubernetesProbe(settings, verdict, before);
    const healthy = result === 'success';
    const changed = result !== before.result;
    return { healthy, changed, nextInMs: intervalMs, reason, state };
  });
}

function subject<State>(
  healthy: boolean,
  initial: State,
  decide: (verdict: Verdict, state: State) => HealthDecision<State>,
): Subject {
  let state = initial;
  const note = (verdict: Verdict) => {
    const decision = decide(verdict, state);
    state = decision.state;
    return decision;
  };
  return { healthy, isDegraded: false, dueMs: 0, failures: 0, isProbed: false, note };
}
