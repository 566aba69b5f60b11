/** What `CreateAutoScalingGroup` refuses; keys are AWS's own, times in seconds. */
import { type Complaint, mismatch, type Path } from '../../model/problem.ts';

export interface GroupSize {
  readonly MinSize: number;
  readonly MaxSize: number;
  readonly DefaultInstanceWarmup?: number | undefined;
}

const LONGEST_WARMUP_S = 3600;

/**
 * Complaints about a group's size and warm-up. Source: API reference, CreateAutoScalingGroup; user
 * guide, "Set the default instance warmup" (0 to 3600 s).
 * Example: MinSize 5, MaxSize 3 → "expected at most MaxSize, 3 (EC2 Auto Scaling), found 5".
 */
export function groupComplaints(size: GroupSize, base: Path = []): Complaint[] {
  const { MinSize, MaxSize, DefaultInstanceWarmup = 0 } = size;
  const complaints: Complaint[] = [];
  if (MinSize > MaxSize) {
    const expected = `at most MaxSize, ${MaxSize} (EC2 Auto Scaling)`;
    const against = [[...base, 'MaxSize']];
    complaints.push(mismatch([...base, 'MinSize'], expected, String(MinSize), { against }));
  }
  if (DefaultInstanceWarmup > LONGEST_WARMUP_S) {
    const expected = `at most ${LONGEST_WARMUP_S} s (EC2 Auto Scaling: DefaultInstanceWarmup)`;
    const path = [...base, 'DefaultInstanceWarmup'];
    complaints.push(mismatch(path, expected, String(DefaultInstanceWarmup)));
  }
  return complaints;
}

/** Warm-up in seconds. Order of its sources: the policy, the group's default, its cooldown. */
export function warmupSeconds(
  policy: number | undefined,
  groupDefault: number | undefined,
  cooldown: number | undefined,
): number {
  return policy ?? groupDefault ?? cooldown ?? DEFAULT_COOLDOWN_S;
}

/** EC2 Auto Scaling's `DefaultCooldown`. */
export const DEFAULT_COOLDOWN_S = 300;
