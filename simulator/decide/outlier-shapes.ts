/** Shapes that Envoy writes and `plimsoll decide outlier-detection` reads. */
import { z } from 'zod';
import {
  type OutlierSettings,
  outlierProblems,
  outlierSettings,
} from '../model/outlier-settings.ts';
import type { Complaint } from '../model/problem.ts';
import { mismatch } from '../model/problem.ts';
import { expects } from '../model/schema-parts.ts';
import type { OutlierHost, OutlierResult } from '../policies/resilience/outlier-detection.ts';

type Times = 'interval' | 'base_ejection_time' | 'max_ejection_time' | 'max_ejection_time_jitter';
type Flags =
  | 'always_eject_one_host'
  | 'split_external_local_origin_errors'
  | 'successful_active_health_check_uneject_host';
type Numbers =
  | 'max_ejection_percent'
  | 'consecutive_5xx'
  | 'enforcing_consecutive_5xx'
  | 'consecutive_gateway_failure'
  | 'enforcing_consecutive_gateway_failure'
  | 'consecutive_local_origin_failure'
  | 'enforcing_consecutive_local_origin_failure'
  | 'enforcing_success_rate'
  | 'enforcing_local_origin_success_rate'
  | 'success_rate_minimum_hosts'
  | 'success_rate_request_volume'
  | 'success_rate_stdev_factor'
  | 'failure_percentage_threshold'
  | 'enforcing_failure_percentage'
  | 'enforcing_failure_percentage_local_origin'
  | 'failure_percentage_minimum_hosts'
  | 'failure_percentage_request_volume';

/** `config.cluster.v3.OutlierDetection` as JSON or YAML has it. */
export type OutlierDocument = Readonly<
  { [Key in Times]?: string | undefined } & { [Key in Flags]?: boolean | undefined } & {
    [Key in Numbers]?: number | undefined;
  }
>;

/** One answer, or several alike. */
export interface OutlierAnswer {
  readonly host: string;
  readonly code?: number | undefined;
  readonly result?: OutlierResult | undefined;
  readonly times?: number | undefined;
}

export interface OutlierObservation {
  readonly nowMs: number;
  readonly hosts?: string[] | undefined;
  readonly results?: readonly OutlierAnswer[] | undefined;
  readonly health_checked?: string[] | undefined;
  readonly interval?: boolean | undefined;
  readonly uniform?: number | undefined;
}

export interface OutlierMemory {
  readonly hosts: Readonly<Record<string, OutlierHost>>;
}

/** A duration as protobuf's JSON has it, in ms. */
const duration: z.ZodType<string> = expects(
  z.string().regex(/^(?:0|[1-9]\d{0,8})(?:\.\d{1,9})?s$/),
  'a duration in seconds such as "30s" or "0.5s"',
);
const count: z.ZodType<number> = expects(
  z.int().min(0).max(4_294_967_295),
  'a whole number from 0 to 4294967295',
);
const percent: z.ZodType<number> = expects(z.int().min(0).max(100), 'a percentage from 0 to 100');
const flag: z.ZodType<boolean> = expects(z.boolean(), 'true or false');

/** `outlier_detection:` of a cluster; all is optional. */
export const outlierDocument: z.ZodType<OutlierDocument> = z
  .strictObject({
    interval: duration.describe('time between two sweeps; default 10s'),
    base_ejection_time: duration.describe('time of a first ejection; default 30s'),
    max_ejection_time: duration.describe('longest ejection; default 300s, or the base if longer'),
    max_ejection_time_jitter: duration.describe('random time added to each; default 0s'),
    max_ejection_percent: percent.describe('of all hosts, ejected at once; default 10'),
    always_eject_one_host: flag.describe(
      'one may be ejected whatever the percentage; default false',
    ),
    consecutive_5xx: count.describe('5xx in a row; default 5'),
    enforcing_consecutive_5xx: percent.describe('chance that it ejects; default 100'),
    consecutive_gateway_failure: count.describe('502, 503 or 504 in a row; default 5'),
    enforcing_consecutive_gateway_failure: percent.describe('chance that it ejects; default 0'),
    split_external_local_origin_errors: flag.describe(
      'failures to connect are counted apart; default false',
    ),
    consecutive_local_origin_failure: count.describe('failures to connect in a row; default 5'),
    enforcing_consecutive_local_origin_failure: percent.describe(
      'chance that it ejects; default 100',
    ),
    enforcing_success_rate: percent.describe('chance that it ejects; default 100'),
    enforcing_local_origin_success_rate: percent.describe('chance that it ejects; default 100'),
    success_rate_minimum_hosts: count.describe('hosts with enough requests; default 5'),
    success_rate_request_volume: count.describe('requests of a host in an interval; default 100'),
    success_rate_stdev_factor: count.describe(
      'standard deviations below the mean, in thousandths; default 1900',
    ),
    failure_percentage_threshold: percent.describe('failures that are too many; default 85'),
    enforcing_failure_percentage: percent.describe('chance that it ejects; default 0'),
    enforcing_failure_percentage_local_origin: percent.describe('chance that it ejects; default 0'),
    failure_percentage_minimum_hosts: count.describe('hosts with enough requests; default 5'),
    failure_percentage_request_volume: count.describe(
      'requests of a host in an interval; default 50',
    ),
    successful_active_health_check_uneject_host: flag.describe(
      'a good active health check brings a host back; default true',
    ),
  })
  .partial();

const name: z.ZodType<string> = expects(z.string().min(1), 'the name of a host such as "a"');
const nowMs = expects(z.number().min(0), 'a time in ms from 0 on');
const code = expects(z.int().min(100).max(599), 'an HTTP status from 100 to 599');
const times = expects(z.int().min(1).max(1_000_000), 'a whole number from 1 to 1000000');
const resultNames: readonly OutlierResult[] = [
  'EXT_ORIGIN_REQUEST_SUCCESS',
  'EXT_ORIGIN_REQUEST_FAILED',
  'LOCAL_ORIGIN_TIMEOUT',
  'LOCAL_ORIGIN_CONNECT_FAILED',
  'LOCAL_ORIGIN_CONNECT_SUCCESS',
  'LOCAL_ORIGIN_CONNECT_SUCCESS_FINAL',
];
const result = expects(z.enum(resultNames), resultNames.join(', '));
const names = expects(z.array(name), 'a list of host names such as ["a", "b"]');
const uniform = expects(z.number().min(0).lt(1), 'a number from 0 up to and without 1');

const answer = expects(
  z
    .strictObject({
      host: name.describe('who answered'),
      code: code.describe('HTTP status').optional(),
      result: result.describe('what Envoy reports where there is no status').optional(),
      times: times.describe('so many of these in a row; default 1').optional(),
    })
    .refine((one) => one.code !== undefined || one.result !== undefined),
  'an answer such as { "host": "a", "code": 503 }',
);

export const outlierObservation: z.ZodType<OutlierObservation> = z.strictObject({
  nowMs: nowMs.describe('the time in ms; never before the last one'),
  hosts: names.describe('all hosts of the cluster from now on; default: as before').optional(),
  results: expects(z.array(answer), 'a list of answers')
    .describe('answers in order of time, all at this moment')
    .optional(),
  health_checked: names.describe('hosts whose active health check has succeeded').optional(),
  interval: flag.describe('an interval ends now, after all this; default false').optional(),
  uniform: uniform.describe('what chance says, for enforcing_… and jitter; default 0.5').optional(),
});

const number = expects(z.number(), 'a number');
const moment = expects(z.number().nullable(), 'a time in ms or null');
const tally = z.strictObject({
  total: number.describe('answers in this interval'),
  succeeded: number.describe('good ones of them'),
});

export const outlierState: z.ZodType<OutlierMemory> = z.strictObject({
  hosts: expects(
    z.record(
      z.string(),
      z.strictObject({
        consecutive5xx: number.describe('5xx in a row'),
        consecutiveGatewayFailure: number.describe('gateway failures in a row'),
        consecutiveLocalOriginFailure: number.describe('failures to connect in a row'),
        external: tally.describe('answers'),
        local: tally.describe('connections'),
        ejectedAtMs: moment.describe('since when it is ejected'),
        unejectedAtMs: moment.describe('when it came back'),
        jitterMs: number.describe('what chance adds to the ejection'),
        multiplier: number.describe('base times that the next ejection lasts, less one'),
        ejections: number.describe('how often it was ejected'),
      }),
    ),
    'records by host name',
  ).describe('what is known of each host'),
});

/** Settings in ms and our spelling. */
export function readOutlierDocument(document: OutlierDocument): OutlierSettings {
  const given = Object.entries(document).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const isTime = typeof value === 'string';
    const read = isTime ? Number(value.slice(0, -1)) * 1000 : value;
    return [[isTime ? `${camel(key)}Ms` : camel(key), read]];
  });
  // The schema's keys are those of the settings, in Envoy's spelling: a test goes through them.
  return outlierSettings(Object.fromEntries(given) as Partial<OutlierSettings>);
}

function camel(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** What Envoy would refuse in settings of the right shape. */
export function outlierComplaints(document: OutlierDocument): Complaint[] {
  const settings = readOutlierDocument(document);
  const complaints = outlierProblems(settings).map(({ setting, expected, found }) =>
    mismatch([snake(setting)], expected, found),
  );
  if (settings.intervalMs > 0) return complaints;
  return [...complaints, mismatch(['interval'], 'a duration above 0 s (Envoy)', '0 s')];
}

function snake(key: string): string {
  return key.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
