/** What the doors of AWS policies have in common: shapes that AWS's own documents are made of. */
import { z } from 'zod';
import type { MissingData } from '../model/scaling-settings.ts';
import { expects } from '../model/schema-parts.ts';
import type { ApplicationCooldowns } from '../policies/aws/application-cooldowns.ts';
import type { AlarmComparison, AlarmState } from '../policies/aws/cloudwatch-alarm.ts';
import type { CapacityObservation } from '../policies/aws/step-scaling.ts';

/** Any text; AWS's names and ARNs. */
export const text: z.ZodType<string> = expects(z.string().min(1), 'a text');
/** Any finite number. */
export const number: z.ZodType<number> = expects(z.number(), 'a number such as 72.5');
export const texts: z.ZodType<string[]> = expects(z.array(text), 'a list of texts');
/** Instances, or capacity units. */
export const capacity: z.ZodType<number> = expects(z.int().min(0), 'a whole number from 0 on');
export const nowMs: z.ZodType<number> = expects(
  z.number().min(0),
  'a time in milliseconds such as 60000',
).describe('when this is seen, in ms; the only clock');

export const seconds: z.ZodType<number> = expects(z.int().min(0), 'whole seconds from 0 on');
export const alwaysNull: z.ZodType<null> = z.null();
export const datapoint: z.ZodType<number | null> = expects(
  z.union([z.number(), alwaysNull]),
  'a number, or null for a missing datapoint',
);
export const datapoints: z.ZodType<(number | null)[]> = expects(
  z.array(datapoint).min(1).max(10_000),
  'a list of numbers, oldest first, null for a missing one, such as [70, null, 91]',
);

export const dimensions: z.ZodType<{ Name: string; Value: string }[]> = expects(
  z.array(
    z.strictObject({
      Name: text.describe('of the dimension'),
      Value: text.describe('of the dimension'),
    }),
  ),
  'a list such as [{ "Name": "AutoScalingGroupName", "Value": "web" }]',
);

/** As `PutMetricAlarm` writes it. */
export type ComparisonOperator =
  | 'GreaterThanThreshold'
  | 'GreaterThanOrEqualToThreshold'
  | 'LessThanThreshold'
  | 'LessThanOrEqualToThreshold';

const OPERATORS: Readonly<Record<ComparisonOperator, AlarmComparison>> = {
  GreaterThanThreshold: 'above',
  GreaterThanOrEqualToThreshold: 'at-or-above',
  LessThanThreshold: 'below',
  LessThanOrEqualToThreshold: 'at-or-below',
};

export const comparisonOperator: z.ZodType<ComparisonOperator> = expects(
  z.enum([
    'GreaterThanThreshold',
    'GreaterThanOrEqualToThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
  ]),
  'GreaterThanThreshold, GreaterThanOrEqualToThreshold, LessThanThreshold or ' +
    'LessThanOrEqualToThreshold (anomaly bands are not modelled)',
);

/** AWS's operator in our words. */
export function comparisonOf(operator: ComparisonOperator): AlarmComparison {
  return OPERATORS[operator];
}

/** As `PutMetricAlarm` writes it. */
export type TreatMissingData = 'missing' | 'ignore' | 'breaching' | 'notBreaching';

export const treatMissingData: z.ZodType<TreatMissingData> = expects(
  z.enum(['missing', 'ignore', 'breaching', 'notBreaching']),
  'missing, ignore, breaching or notBreaching',
);

/** AWS's treatment in our words. */
export function treatmentOf(treatment: TreatMissingData): MissingData {
  return treatment === 'notBreaching' ? 'not-breaching' : treatment;
}

/** What an alarm remembers, as JSON. */
export const alarmState: z.ZodType<AlarmState> = z.strictObject({
  value: expects(
    z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
    'OK, ALARM or INSUFFICIENT_DATA',
  ).describe('value of the alarm so far'),
  datapoints: expects(z.array(datapoint).max(10_000), 'a list of numbers and nulls').describe(
    'datapoints of the evaluation range, oldest first',
  ),
  firedAtMs: expects(z.union([z.number(), alwaysNull]), 'a time in ms, or null').describe(
    'when the action was last invoked',
  ),
});

/** What cooldowns of Application Auto Scaling remember. */
export const cooldownState: z.ZodType<ApplicationCooldowns> = z.strictObject({
  outs: z
    .array(
      z.strictObject({
        atMs: z.number().describe('when it was'),
        added: capacity.describe('what it added'),
      }),
    )
    .describe('scale-outs whose cooldown may last'),
  scaledInAtMs: z.union([z.number(), z.null()]).describe('the last scale-in; null: none'),
});

/** A group's capacity, as observations write it. */
export const capacityKeys: {
  desiredCapacity: z.ZodType<number>;
  inService: z.ZodType<number | undefined>;
  warming: z.ZodType<number | undefined>;
  pending: z.ZodType<number | undefined>;
  terminating: z.ZodType<number | undefined>;
  inServiceSinceMs: z.ZodType<number[] | undefined>;
} = {
  desiredCapacity: capacity.describe('desired capacity in force'),
  inService: capacity
    .describe('instances in service and past their warm-up; the rest of the desired is on its way')
    .optional(),
  warming: capacity.describe('instances in service that still warm up').optional(),
  pending: capacity.describe('instances asked for and not in service yet').optional(),
  terminating: capacity.describe('instances that are being ended').optional(),
  inServiceSinceMs: expects(
    z.array(z.number().min(0)).max(10_000),
    'a list of times in ms such as [60000, 60000]',
  )
    .describe('when the youngest instances came into service; warm-up says which still warm up')
    .optional(),
};

export interface CapacitySeen {
  readonly nowMs: number;
  readonly desiredCapacity: number;
  readonly inService?: number | undefined;
  readonly warming?: number | undefined;
  readonly pending?: number | undefined;
  readonly terminating?: number | undefined;
  readonly inServiceSinceMs?: readonly number[] | undefined;
}

/**
 * Capacity as policies take it. What is neither counted nor dated is, where `inService` is given,
 * what it lacks of the desired capacity.
 */
export function capacityOf(seen: CapacitySeen, warmupMs: number): CapacityObservation {
  const { desiredCapacity: desired, terminating = 0 } = seen;
  const dated = (seen.inServiceSinceMs ?? []).filter((since) => seen.nowMs - since < warmupMs);
  const isCounted = [seen.warming, seen.pending, seen.inServiceSinceMs].some(
    (one) => one !== undefined,
  );
  if (!isCounted && seen.inService !== undefined) {
    const booting = Math.max(0, desired - seen.inService);
    return { desired, booting, warming: 0, terminating };
  }
  const warming = (seen.warming ?? 0) + dated.length;
  return { desired, booting: seen.pending ?? 0, warming, terminating };
}
