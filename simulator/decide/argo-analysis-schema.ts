/** An AnalysisTemplate as people paste it, and what the analysis is told of it. */
import { z } from 'zod';
import { type Complaint, mismatch, type Path, quoted } from '../model/problem.ts';
import { expects } from '../model/schema-parts.ts';
import { METRIC_DEFAULTS, type MetricSettings } from '../policies/delivery/argo-analysis.ts';
import { analysisComplaints, matchesMetric } from '../policies/delivery/argo-analysis-rules.ts';
import { parseGoDuration } from '../policies/delivery/go-duration.ts';

const INT32_MAX = 2_147_483_647;

/** Numbers may be texts in these manifests: arguments are put into them. */
function whole(least: number): z.ZodType<number | string> {
  const pattern = least < 0 ? /^-?\d{1,9}$/ : /^\d{1,9}$/;
  return expects(
    z.union([z.int().min(least).max(INT32_MAX), z.string().regex(pattern)]),
    `a whole number from ${least} on`,
  );
}

const name = expects(z.string().min(1), 'a name');
const duration = expects(z.string(), 'a duration such as 30s, 5m or 1h');
const condition = expects(z.string(), 'a condition such as result[0] >= 0.95');
const anything = z.looseObject({});

const metric = z.strictObject({
  name: name.describe('of the metric'),
  interval: duration.describe('between measurements; default: one measurement').optional(),
  initialDelay: duration.describe('before the first, default 0').optional(),
  count: whole(0)
    .describe('measurements; default 1, without end where there is an interval')
    .optional(),
  successCondition: condition.describe('what is successful').optional(),
  failureCondition: condition.describe('what failed').optional(),
  failureLimit: whole(-1)
    .describe('failed ones that are let pass, default 0; −1 is any')
    .optional(),
  inconclusiveLimit: whole(0).describe('inconclusive ones that are let pass, default 0').optional(),
  consecutiveErrorLimit: whole(0)
    .describe('errors in a row that are let pass, default 4')
    .optional(),
  consecutiveSuccessLimit: whole(0)
    .describe('successes in a row that are enough, default 0: not asked')
    .optional(),
  provider: anything.describe('not looked at: the measurements are in the observation').optional(),
});

const spec = z.strictObject({
  metrics: expects(z.array(metric).min(1), 'a list of one metric or more').describe('to measure'),
  dryRun: z
    .array(
      z.strictObject({
        metricName: expects(z.string().min(1), 'the name of a metric, or .* for all').describe(
          'metric without a say in the run',
        ),
      }),
    )
    .describe('metrics that are only watched')
    .optional(),
  terminate: expects(z.boolean(), 'true or false').describe('the run is to end').optional(),
  args: z.array(anything).describe('not looked at').optional(),
  measurementRetention: z.array(anything).describe('not looked at').optional(),
  templates: z.array(anything).describe('not looked at').optional(),
});

const KINDS = ['AnalysisTemplate', 'ClusterAnalysisTemplate', 'AnalysisRun'] as const;

const manifest = z.strictObject({
  apiVersion: expects(z.literal('argoproj.io/v1alpha1'), 'argoproj.io/v1alpha1').describe('as is'),
  kind: expects(z.enum(KINDS), `one of ${KINDS.join(', ')}`).describe('as is'),
  metadata: anything.describe('not looked at').optional(),
  spec: spec.describe('of the template'),
  status: anything.describe('not looked at: what is remembered is the state').optional(),
});

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };
type Whole = number | string;

type MetricDocument = { readonly name: string } & Optional<{
  interval: string;
  initialDelay: string;
  count: Whole;
  successCondition: string;
  failureCondition: string;
  failureLimit: Whole;
  inconclusiveLimit: Whole;
  consecutiveErrorLimit: Whole;
  consecutiveSuccessLimit: Whole;
}>;

type SpecDocument = { readonly metrics: readonly MetricDocument[] } & Optional<{
  dryRun: readonly { readonly metricName: string }[];
  terminate: boolean;
}>;

export type AnalysisDocument =
  | { readonly spec: SpecDocument }
  | SpecDocument
  | readonly MetricDocument[];

/** An AnalysisTemplate, its spec, or its list of metrics. */
export const analysisDocument: z.ZodType<AnalysisDocument> = expects(
  z.union([
    manifest,
    spec,
    expects(z.array(metric).min(1), 'a list of one metric or more').describe('metrics'),
  ]),
  'an AnalysisTemplate manifest, its spec, or its list of metrics',
);

/** The spec, and where it stands. */
export function placedSpec(document: AnalysisDocument): { spec: SpecDocument; path: Path } {
  if ('spec' in document) return { spec: document.spec, path: ['spec'] };
  return { spec: 'metrics' in document ? document : { metrics: document }, path: [] };
}

/** What the analysis is told, with the vendor's defaults. */
export function metricSettings(document: AnalysisDocument): readonly MetricSettings[] {
  const { metrics, dryRun } = placedSpec(document).spec;
  return metrics.map((one) => ({
    name: one.name,
    intervalMs: one.interval === undefined ? undefined : (parseGoDuration(one.interval) ?? 0),
    initialDelayMs: parseGoDuration(one.initialDelay ?? '0') ?? 0,
    count: Number(one.count ?? 0),
    successCondition: one.successCondition || undefined,
    failureCondition: one.failureCondition || undefined,
    failureLimit: Number(one.failureLimit ?? METRIC_DEFAULTS.failureLimit),
    inconclusiveLimit: Number(one.inconclusiveLimit ?? METRIC_DEFAULTS.inconclusiveLimit),
    consecutiveErrorLimit: Number(
      one.consecutiveErrorLimit ?? METRIC_DEFAULTS.consecutiveErrorLimit,
    ),
    consecutiveSuccessLimit: Number(one.consecutiveSuccessLimit ?? 0),
    isDryRun: (dryRun ?? []).some(({ metricName }) => matchesMetric(metricName, one.name)),
  }));
}

/** What the document may not say. */
export function analysisRules(document: AnalysisDocument): readonly Complaint[] {
  const { spec: written, path } = placedSpec(document);
  const base = Array.isArray(document) ? path : [...path, 'metrics'];
  return [
    ...written.metrics.flatMap((one, index) => durationComplaints(one, [...base, index])),
    ...analysisComplaints(metricSettings(document), base),
    ...dryRunComplaints(written, path),
  ];
}

function durationComplaints(one: MetricDocument, path: Path): Complaint[] {
  const { interval, initialDelay } = one;
  return Object.entries({ interval, initialDelay }).flatMap(([key, text]) =>
    text === undefined || parseGoDuration(text) !== undefined
      ? []
      : [mismatch([...path, key], 'a duration such as 30s, 5m or 1h', quoted(text))],
  );
}

function dryRunComplaints({ metrics, dryRun }: SpecDocument, path: Path): Complaint[] {
  return (dryRun ?? []).flatMap(({ metricName }, index) => {
    const at = [...path, 'dryRun', index, 'metricName'];
    const matches = metrics.map((one) => matchesMetric(metricName, one.name));
    if (matches.includes(undefined)) {
      return [mismatch(at, 'a name, with .* for any text', quoted(metricName))];
    }
    if (matches.includes(true)) return [];
    const expected = "a metric's name (Argo Rollouts: rule didn't match any metric)";
    return [mismatch(at, expected, quoted(metricName))];
  });
}
