/** What a queue says of itself; approximate, as SQS says. */
export interface QueueAttributes {
  /** ApproximateNumberOfMessages */
  readonly visible: number;
  /** ApproximateNumberOfMessagesNotVisible: received, and neither deleted nor visible again. */
  readonly inFlight: number;
  /** ApproximateNumberOfMessagesDelayed */
  readonly delayed: number;
}

export interface QueueLengthSettings {
  /** Default true. */
  readonly scaleOnInFlight: boolean;
  /** Default false. */
  readonly scaleOnDelayed: boolean;
}

/**
 * The queue length that KEDA's SQS trigger reports: visible messages, those in flight unless
 * `scaleOnInFlight` is off, delayed ones only with `scaleOnDelayed`. Source: KEDA
 * `pkg/scalers/aws_sqs_queue_scaler.go`.
 * Example: 10 visible, 3 in flight, 2 delayed with the defaults → 13.
 */
export function queueLength(settings: QueueLengthSettings, queue: QueueAttributes): number {
  const inFlight = settings.scaleOnInFlight ? queue.inFlight : 0;
  const delayed = settings.scaleOnDelayed ? queue.delayed : 0;
  return queue.visible + inFlight + delayed;
}
