/**
 * Where each type of trigger writes its target and its activation threshold, and what holds when it
 * does not. Source: KEDA documentation, "Scalers", one page a type.
 */
import type { TriggerManifest } from './manifest.ts';

interface TriggerType {
  /** Key of the target in the trigger's metadata. */
  readonly target: string;
  /** Target where the key is absent; undefined where KEDA wants the key. */
  readonly targetDefault?: number;
  /** Key of the activation threshold, 0 where it is absent. */
  readonly activation: string;
}

export const TRIGGER_TYPES: Readonly<Record<string, TriggerType>> = {
  'apache-kafka': {
    target: 'lagThreshold',
    targetDefault: 10,
    activation: 'activationLagThreshold',
  },
  'aws-cloudwatch': { target: 'targetMetricValue', activation: 'activationTargetMetricValue' },
  'aws-kinesis-stream': {
    target: 'shardCount',
    targetDefault: 2,
    activation: 'activationShardCount',
  },
  'aws-sqs-queue': {
    target: 'queueLength',
    targetDefault: 5,
    activation: 'activationQueueLength',
  },
  'azure-queue': { target: 'queueLength', targetDefault: 5, activation: 'activationQueueLength' },
  'azure-servicebus': {
    target: 'messageCount',
    targetDefault: 5,
    activation: 'activationMessageCount',
  },
  external: { target: 'targetValue', activation: 'activationTargetValue' },
  'gcp-pubsub': { target: 'value', targetDefault: 10, activation: 'activationValue' },
  kafka: { target: 'lagThreshold', targetDefault: 10, activation: 'activationLagThreshold' },
  'metrics-api': { target: 'targetValue', activation: 'activationTargetValue' },
  mysql: { target: 'queryValue', activation: 'activationQueryValue' },
  'nats-jetstream': {
    target: 'lagThreshold',
    targetDefault: 10,
    activation: 'activationLagThreshold',
  },
  postgresql: { target: 'targetQueryValue', activation: 'activationTargetQueryValue' },
  prometheus: { target: 'threshold', activation: 'activationThreshold' },
  rabbitmq: { target: 'value', activation: 'activationValue' },
  redis: { target: 'listLength', targetDefault: 5, activation: 'activationListLength' },
  // Read by the HPA itself, from the pods.
  cpu: { target: 'value', activation: 'activationValue' },
  memory: { target: 'value', activation: 'activationValue' },
};

/** A trigger as the scaling loop sees it. */
export interface Trigger {
  readonly name: string;
  readonly metricType: 'AverageValue' | 'Value' | 'Utilization';
  readonly target: number;
  /** Active is what is above it, not what is at it. */
  readonly activationThreshold: number;
  /** CPU and memory: the HPA reads them itself, KEDA never does. */
  readonly isResource: boolean;
  /** Of an SQS queue: what besides visible messages counts. */
  readonly scaleOnInFlight: boolean;
  readonly scaleOnDelayed: boolean;
}

/** Whether the HPA reads this trigger itself. */
export function isResource({ type }: TriggerManifest): boolean {
  return type === 'cpu' || type === 'memory';
}

/**
 * The trigger with its numbers. What is no number is NaN: `triggerComplaints` says so.
 * Example: aws-sqs-queue without metadata → target 5, activation threshold 0.
 */
export function readTrigger(manifest: TriggerManifest, index: number): Trigger {
  const type = TRIGGER_TYPES[manifest.type];
  const { metadata } = manifest;
  const target = type === undefined ? undefined : metadata[type.target];
  const activation = type === undefined ? undefined : metadata[type.activation];
  return {
    name: manifest.name ?? `s${index}-${manifest.type}`,
    metricType: manifest.metricType ?? (isResource(manifest) ? 'Utilization' : 'AverageValue'),
    target: target === undefined ? (type?.targetDefault ?? Number.NaN) : parseDecimal(target),
    activationThreshold: activation === undefined ? 0 : parseDecimal(activation),
    isResource: isResource(manifest),
    scaleOnInFlight: metadata['scaleOnInFlight'] !== 'false',
    scaleOnDelayed: metadata['scaleOnDelayed'] === 'true',
  };
}

/** A decimal number; NaN for anything else, such as an empty text or `0x10`. */
export function parseDecimal(text: string): number {
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : Number.NaN;
}
