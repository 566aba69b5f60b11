/**
 * Scaling on the backlog per instance. Source: EC2 Auto Scaling user guide, "Scaling policy based
 * on Amazon SQS": backlog per instance = visible messages ÷ instances in service; acceptable
 * backlog = acceptable latency ÷ time per message.
 */
import { type Complaint, mismatch } from '../model/problem.ts';
import { formatDuration, significant } from '../model/units.ts';
import {
  type Bounds,
  boundsComplaints,
  listen,
  NO_STREAKS,
  type Patience,
  patienceComplaints,
  type Streaks,
  within,
} from './hysteresis.ts';

export interface QueueScalingSettings extends Bounds, Patience {
  /** How long a message may wait and be worked on. */
  readonly acceptableLatencyMs: number;
  /** Mean time that an instance works on a message. */
  readonly messageMsMean: number;
  /** Messages that an instance works on at once. */
  readonly concurrency: number;
}

export interface QueueScalingObservation {
  /** Desired capacity in force. */
  readonly desired: number;
  /** Instances that take messages. */
  readonly inService: number;
  /** Visible messages; absent when the queue did not report. */
  readonly messages: number | undefined;
}

export interface QueueScalingDecision {
  readonly desired: number;
  readonly backlogPerInstance: number | undefined;
  readonly reason: string;
  readonly state: Streaks;
}

/**
 * Messages per instance that are worked off within the acceptable latency.
 * Example: 10 s at 0.1 s a message → 100.
 */
export function acceptableBacklog(settings: QueueScalingSettings): number {
  return (settings.acceptableLatencyMs * settings.concurrency) / settings.messageMsMean;
}

/**
 * Capacity for the backlog: ⌈messages ÷ acceptable backlog⌉ in both directions. Instances that
 * boot are in the capacity in force, not in the backlog per instance: they count as asked for, and
 * a scale-in waits for them. Without an instance any message is too much.
 * Example: 1500 messages on 10 instances, acceptable 100 each → 15.
 */
export function decideQueueScaling(
  settings: QueueScalingSettings,
  { desired, inService, messages }: QueueScalingObservation,
  before: Streaks,
): QueueScalingDecision {
  const acceptable = acceptableBacklog(settings);
  const each = backlogPerInstance(messages, inService);
  const { call, streaks } = listen(settings, acceptable, each, before);
  const hold = { desired: within(settings, desired).desired, backlogPerInstance: each };
  if (messages === undefined || each === undefined) {
    return { ...hold, reason: 'queue-scaling: the queue does not report', state: streaks };
  }
  const seen =
    `queue-scaling: ${messages} messages on ${inService} instances, acceptable ` +
    `${significant(acceptable)} each`;
  // The division may leave one ulp above a whole number: do not let it buy an instance.
  const wanted = Math.ceil(messages / acceptable - 1e-9);
  const isOut = call === 'out' && wanted > desired;
  const isIn = call === 'in' && wanted < desired;
  if (isIn && inService < desired) {
    const reason = `${seen}: scale-in waits for ${desired - inService} on the way`;
    return { ...hold, reason, state: streaks };
  }
  if (!isOut && !isIn) return { ...hold, reason: `${seen}: ${desired} stay`, state: streaks };
  const { desired: allowed, note } = within(settings, wanted);
  const reason = `${seen}: ${desired} → ${wanted}${note}`;
  return { desired: allowed, backlogPerInstance: each, reason, state: NO_STREAKS };
}

/** Undefined without a report; without an instance the whole backlog is nobody's: infinite. */
function backlogPerInstance(messages: number | undefined, inService: number): number | undefined {
  if (messages === undefined) return undefined;
  if (inService > 0) return messages / inService;
  return messages > 0 ? Number.POSITIVE_INFINITY : 0;
}

/** What the settings may not say; paths start in them. */
export function queueScalingComplaints(settings: QueueScalingSettings): Complaint[] {
  const { acceptableLatencyMs, messageMsMean } = settings;
  const complaints = [...boundsComplaints(settings), ...patienceComplaints(settings)];
  if (acceptableLatencyMs < messageMsMean) {
    const expected = `at least ${formatDuration(messageMsMean)}, for so long a message takes`;
    const found = formatDuration(acceptableLatencyMs);
    complaints.push(mismatch(['acceptableLatencyMs'], expected, found));
  }
  return complaints;
}
