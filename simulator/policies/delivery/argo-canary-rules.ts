/**
 * What the settings of an Argo Rollouts canary may not say.
 * Source: argo-rollouts `pkg/apis/rollouts/validation/validation.go`.
 */
import { type Complaint, mismatch, type Path } from '../../model/problem.ts';
import type { CanarySettings, CanaryStep } from './argo-canary-settings.ts';
import { mostWeight } from './argo-canary-state.ts';
import { fencepostComplaints } from './fenceposts.ts';

/** What was written, where that is more than the settings tell. */
export interface CanaryWritten {
  readonly minReadySeconds?: number | undefined;
  readonly progressDeadlineSeconds?: number | undefined;
  readonly scaleDownDelaySeconds?: number | undefined;
  readonly dynamicStableScale?: boolean | undefined;
}

/**
 * Every contradiction, with the vendor's limit.
 *
 * @param base path of the canary's keys
 * @param sizeBase path of the keys beside the strategy, such as `progressDeadlineSeconds`
 * Example: setCanaryScale without trafficRouting, a setWeight of 120.
 */
export function canaryComplaints(
  settings: CanarySettings,
  written: CanaryWritten,
  base: Path,
  sizeBase: Path,
): Complaint[] {
  const { maxSurge, maxUnavailable, steps } = settings;
  return [
    ...fencepostComplaints(maxSurge, maxUnavailable, base, 'Argo Rollouts'),
    ...routingComplaints(settings, written, base),
    ...deadlineComplaints(settings, written, sizeBase),
    ...steps.flatMap((step, index) => stepComplaints(settings, step, [...base, 'steps', index])),
  ];
}

function routingComplaints(
  { routing }: CanarySettings,
  { scaleDownDelaySeconds, dynamicStableScale }: CanaryWritten,
  base: Path,
): Complaint[] {
  const hasDelay = scaleDownDelaySeconds !== undefined;
  if (routing === undefined) {
    const wrong = [
      ...(hasDelay ? ['scaleDownDelaySeconds'] : []),
      ...(dynamicStableScale ? ['dynamicStableScale'] : []),
    ];
    return wrong.map((key) => {
      const message = `"${key}" goes with trafficRouting only (Argo Rollouts)`;
      return mismatch([...base, key], 'trafficRouting', 'none', { about: 'key', message });
    });
  }
  if (!hasDelay || !dynamicStableScale) return [];
  const message = '"dynamicStableScale" does not go with scaleDownDelaySeconds (Argo Rollouts)';
  const path = [...base, 'dynamicStableScale'];
  return [mismatch(path, 'no scaleDownDelaySeconds', 'both', { about: 'key', message })];
}

function deadlineComplaints(
  { progressDeadlineMs }: CanarySettings,
  written: CanaryWritten,
  base: Path,
): Complaint[] {
  const minReady = written.minReadySeconds ?? 0;
  if (progressDeadlineMs > minReady * 1000) return [];
  const expected = `more than minReadySeconds, ${minReady} s (Argo Rollouts)`;
  const path = [...base, 'progressDeadlineSeconds'];
  return [mismatch(path, expected, String(progressDeadlineMs / 1000))];
}

function stepComplaints(settings: CanarySettings, step: CanaryStep, path: Path): Complaint[] {
  const complaints: Complaint[] = [];
  const { setWeight, pause, setCanaryScale, runs, setsRoute } = step;
  const kinds = [setWeight, pause, runs].filter((kind) => kind !== undefined).length;
  const isEmpty = kinds === 0 && setCanaryScale === undefined && !setsRoute;
  if (kinds > 1 || isEmpty) {
    const expected = 'one of setWeight, pause, setCanaryScale, analysis, experiment';
    const found = isEmpty ? 'none' : 'several';
    complaints.push(mismatch(path, `${expected} (Argo Rollouts)`, found));
  }
  const most = mostWeight(settings);
  if (setWeight !== undefined && setWeight > most) {
    const expected = `at most ${most} (Argo Rollouts: setWeight)`;
    complaints.push(mismatch([...path, 'setWeight'], expected, String(setWeight)));
  }
  if (setCanaryScale !== undefined && settings.routing === undefined) {
    const message = '"setCanaryScale" needs trafficRouting (Argo Rollouts)';
    const at = [...path, 'setCanaryScale'];
    complaints.push(mismatch(at, 'trafficRouting', 'none', { about: 'key', message }));
  }
  return complaints;
}
