/** Autoscalers of pods in words with their numbers: HorizontalPodAutoscaler and KEDA. */
import type { Scaling } from '../simulator/model/model.ts';
import type { HpaPolicySettings, KedaPolicySettings } from '../simulator/model/scaling-settings.ts';
import { formatClock, formatDuration, formatPercent } from '../simulator/model/units.ts';
import { kedaGroupOf } from '../simulator/policies/keda/group.ts';
import { podGroupOf } from '../simulator/policies/kubernetes/group.ts';
import type {
  BehaviorSettings,
  HpaSettings,
  ScalingRules,
} from '../simulator/policies/kubernetes/hpa-settings.ts';
import { shownThreshold } from './metric-words.ts';
import { counted } from './text-clean.ts';

/** Example: `hpa every 15 s: the largest size that a metric asks for`, then a line a metric. */
export function hpaLines(scaling: Scaling, policy: HpaPolicySettings): string[] {
  const { settings } = podGroupOf(scaling, policy);
  const metrics = policy.metrics.map(({ metric, target }) => {
    const wanted = `${metric} at ${shownThreshold(metric, target)}`;
    if (metric === 'latency') return wanted;
    if (metric !== 'utilization') return `${wanted} a pod`;
    return `${wanted} of requests, a pod requests ${formatPercent(policy.requestRatio)} of itself`;
  });
  const every = formatDuration(settings.syncMs);
  return [
    `hpa every ${every}: the largest size that a metric asks for, pods × value ÷ target, rounded up`,
    ...metrics,
    toleranceWords(settings),
    ...directions(settings),
  ];
}

function toleranceWords({ tolerance: { upRatio, downRatio } }: HpaSettings): string {
  const [above, below] = [formatPercent(upRatio), formatPercent(downRatio)];
  const margin = above === below ? above : `${above} above or ${below} below`;
  return `no change within ${margin} of a target`;
}

function directions({ behavior, downscaleStabilizationMs }: BehaviorSettings): string[] {
  if (behavior === undefined) {
    const windowMs = downscaleStabilizationMs;
    return ['up: at most to twice as many, or 4', `down: ${held('largest', windowMs)}`];
  }
  const { scaleUp, scaleDown } = behavior;
  return [
    `up: ${directionWords(scaleUp, 'smallest')}`,
    `down: ${directionWords(scaleDown, 'largest')}`,
  ];
}

function directionWords(rules: ScalingRules, which: 'largest' | 'smallest'): string {
  const { selectPolicy, stabilizationMs } = rules;
  if (selectPolicy === 'Disabled') return 'never';
  return [rateWords(rules), ...(stabilizationMs > 0 ? [held(which, stabilizationMs)] : [])].join(
    '; ',
  );
}

function held(which: 'largest' | 'smallest', windowMs: number): string {
  if (windowMs === 0) return 'at once';
  return `the ${which} size asked for in the last ${formatDuration(windowMs)} counts`;
}

/** `at most 4 pods in 15 s or 100 % in 15 s, whichever is more` */
function rateWords({ selectPolicy, policies }: ScalingRules): string {
  const limits = policies.map(({ type, value, periodMs }) => {
    const amount = type === 'Pods' ? counted(value, 'pod') : `${value} %`;
    return `${amount} in ${formatDuration(periodMs)}`;
  });
  const which = selectPolicy === 'Max' ? 'more' : 'less';
  const several = limits.length > 1 ? `, whichever is ${which}` : '';
  return `at most ${limits.join(' or ')}${several}`;
}

/** Example: `keda polls every 30 s`, a line a trigger, what happens at zero, and its HPA. */
export function kedaLines(scaling: Scaling, policy: KedaPolicySettings): string[] {
  const { hpa } = kedaGroupOf(scaling, policy);
  return [
    `keda polls every ${formatDuration(policy.pollingMs)}`,
    ...triggerWords(policy),
    ...idleWords(scaling, policy),
    ...fallbackWords(policy),
    `its hpa every ${formatDuration(hpa.syncMs)}: ${toleranceWords(hpa)}`,
    ...directions(hpa),
  ];
}

function triggerWords({ triggers, modifiers }: KedaPolicySettings): string[] {
  if (modifiers !== undefined) {
    const { formula, target, activationTarget, metricType } = modifiers;
    const goal = metricType === 'Value' ? `${target} in all` : `a pod for each ${target}`;
    return [`${formula}: ${goal}; active above ${activationTarget}`];
  }
  return triggers.map(({ metric, target, activation }) => {
    const [each, active] = [target, activation].map((value) => shownThreshold(metric, value));
    return `${metric}: a pod for each ${each} of all together; active above ${active}`;
  });
}

function idleWords({ min }: Scaling, policy: KedaPolicySettings): string[] {
  const { idle, cooldownMs, initialCooldownMs } = policy;
  if (idle === undefined && min > 0) return [];
  const first = initialCooldownMs > 0 ? `, first at ${formatClock(initialCooldownMs)}` : '';
  const size = idle ?? 0;
  return [`to ${size} when no trigger was active for ${formatDuration(cooldownMs)}${first}`];
}

function fallbackWords({ fallback }: KedaPolicySettings): string[] {
  if (fallback === undefined) return [];
  const { failureThreshold, replicas } = fallback;
  return [`${replicas} when a trigger failed more than ${counted(failureThreshold, 'time')}`];
}
