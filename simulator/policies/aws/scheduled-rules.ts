/** What `PutScheduledUpdateGroupAction` refuses. Source: API reference and user guide. */
import { type Complaint, mismatch, type Path } from '../../model/problem.ts';
import type { ScheduledAction } from './scheduled-scaling.ts';

const MOST_ACTIONS = 125;

/**
 * Complaints about the scheduled actions of one group; paths are an action's index and its key.
 * Example: no size at all → "expected min, max or desired (EC2 Auto Scaling), found none".
 */
export function scheduleComplaints(
  actions: readonly ScheduledAction[],
  base: Path = [],
): Complaint[] {
  const each = actions.flatMap((action, index) => actionComplaints(action, [...base, index]));
  const starts = actions.map(({ startMs, recurrence }) =>
    recurrence === undefined ? startMs : undefined,
  );
  const clashes = starts.flatMap((startMs, index) => {
    if (startMs === undefined || starts.indexOf(startMs) === index) return [];
    const expected = 'a time of its own (EC2 Auto Scaling)';
    return [
      mismatch(
        [...base, index, 'startMs'],
        expected,
        `that of ${actions[starts.indexOf(startMs)]!.name}`,
      ),
    ];
  });
  if (actions.length <= MOST_ACTIONS) return [...each, ...clashes];
  const expected = `at most ${MOST_ACTIONS} scheduled actions (EC2 Auto Scaling)`;
  return [...each, ...clashes, mismatch(base, expected, String(actions.length))];
}

function actionComplaints(action: ScheduledAction, path: Path): Complaint[] {
  const { min, max, desired, startMs, endMs, recurrence } = action;
  const complaints: Complaint[] = [];
  if (min === undefined && max === undefined && desired === undefined) {
    complaints.push(mismatch(path, 'min, max or desired (EC2 Auto Scaling)', 'none'));
  }
  if (recurrence === undefined && startMs === undefined) {
    complaints.push(mismatch(path, 'a start or a recurrence', 'neither'));
  }
  if (min !== undefined && max !== undefined && min > max) {
    complaints.push(mismatch([...path, 'min'], `at most max, ${max}`, String(min)));
  }
  if (desired !== undefined && (desired < (min ?? 0) || desired > (max ?? desired))) {
    const expected = `a desired capacity from ${min ?? 0} to ${max ?? 'the group’s max'}`;
    complaints.push(mismatch([...path, 'desired'], expected, String(desired)));
  }
  if (startMs !== undefined && endMs !== undefined && startMs >= endMs) {
    complaints.push(mismatch([...path, 'endMs'], `a time after ${startMs}`, String(endMs)));
  }
  return complaints;
}
