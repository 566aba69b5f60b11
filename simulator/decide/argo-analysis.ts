import { z } from 'zod';
import { expects } from '../model/schema-parts.ts';
import {
  type AnalysisState,
  decideAnalysis,
  INITIAL_ANALYSIS_STATE,
  type Measurement,
} from '../policies/delivery/argo-analysis.ts';
import type { Measured } from '../policies/delivery/argo-evaluate.ts';
import {
  analysisDocument,
  analysisRules,
  metricSettings,
  placedSpec,
} from './argo-analysis-schema.ts';
import { type Door, door } from './door.ts';

const ms = expects(z.number().min(0), 'milliseconds from 0 on');
const PHASES = ['Pending', 'Running', 'Successful', 'Failed', 'Error', 'Inconclusive'] as const;
const phase = expects(z.enum(PHASES), `one of ${PHASES.join(', ')}`);

const MEASUREMENT =
  'a measurement such as { value: [0.97] } or { phase: Failed }, or a number or a phase alone';

const measurement = expects(
  z.union([
    z.number(),
    phase,
    z.strictObject({
      value: expects(z.json(), 'any value, such as 0.97 or [0.97]').describe(
        'as the provider gives it, for the conditions to judge; "NaN" and "+Inf" are numbers',
      ),
      finishedAtMs: ms.describe('default: nowMs').optional(),
    }),
    z.strictObject({
      phase: phase.describe('of a measurement that somebody else has judged'),
      message: expects(z.string(), 'a text').describe('of an error').optional(),
      finishedAtMs: ms.describe('default: nowMs').optional(),
    }),
  ]),
  MEASUREMENT,
);

const observation = z.strictObject({
  nowMs: ms.describe('now; the first observation starts the run'),
  measurements: z
    .record(
      z.string(),
      expects(z.union([measurement, z.array(measurement)]), `${MEASUREMENT}, or a list of them`),
    )
    .describe('by metric: what was measured since the observation before')
    .optional(),
  terminate: expects(z.boolean(), 'true or false').describe('the run is to end').optional(),
});

const count = z.int().min(0);
const state: z.ZodType<AnalysisState> = z.strictObject({
  startedAtMs: z.number().nullable().describe('when the run began'),
  phase: z.enum(PHASES).describe('of the run'),
  isTerminated: z.boolean().describe('somebody ended it'),
  metrics: z
    .record(
      z.string(),
      z.strictObject({
        phase: z.enum(PHASES).describe('of the metric'),
        count: count.describe('measurements, without errors'),
        successful: count.describe('of them'),
        failed: count.describe('of them'),
        inconclusive: count.describe('of them'),
        error: count.describe('errors'),
        consecutiveError: count.describe('errors in a row'),
        consecutiveSuccess: count.describe('successes in a row'),
        last: z
          .strictObject({
            phase: z.enum(PHASES).describe('of the measurement'),
            finishedAtMs: z.number().describe('when it ended'),
          })
          .nullable()
          .describe('measurement'),
        message: z.string().describe('of the last measurement'),
      }),
    )
    .describe('by name'),
});

/** `plimsoll decide argo-analysis` */
export const argoAnalysis: Door = door({
  name: 'argo-analysis',
  summary: 'phase of an Argo Rollouts analysis and of each of its metrics',
  source: 'argo-rollouts analysis/analysis.go, utils/analysis/helpers.go, utils/evaluate',
  settings: analysisDocument,
  observation,
  state,
  rules: analysisRules,
  initial: () => INITIAL_ANALYSIS_STATE,
  decide: (document, seen, before) => ({
    ...decideAnalysis(
      metricSettings(document),
      {
        nowMs: seen.nowMs,
        measurements: measurementsOf(seen),
        isTerminated: seen.terminate ?? placedSpec(document).spec.terminate ?? false,
      },
      before,
    ),
  }),
  example: {
    settings: {
      metrics: [
        {
          name: 'success-rate',
          interval: '60s',
          count: 5,
          successCondition: 'result[0] >= 0.95',
          failureLimit: 1,
        },
      ],
    },
    observations: [
      { nowMs: 0, measurements: { 'success-rate': { value: [0.99] } } },
      { nowMs: 60_000, measurements: { 'success-rate': { value: [0.9] } } },
      { nowMs: 120_000, measurements: { 'success-rate': { value: [0.8] } } },
    ],
  },
});

function measurementsOf(seen: z.infer<typeof observation>): Measurement[] {
  return Object.entries(seen.measurements ?? {}).flatMap(([metric, given]) => {
    const list = Array.isArray(given) ? given : [given];
    return list.map((one) => ({ ...measured(one, seen.nowMs), metric }));
  });
}

function measured(one: z.infer<typeof measurement>, nowMs: number): Omit<Measurement, 'metric'> {
  const unjudged = { phase: undefined, message: '', finishedAtMs: nowMs };
  if (typeof one === 'number') return { ...unjudged, value: one };
  if (typeof one === 'string') return { ...unjudged, phase: one, value: undefined };
  const finishedAtMs = one.finishedAtMs ?? nowMs;
  if ('value' in one) return { ...unjudged, value: spelt(one.value), finishedAtMs };
  return { phase: one.phase, value: undefined, message: one.message ?? '', finishedAtMs };
}

const SPELT: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
]);

/** Numbers that JSON does not have, as Prometheus spells them: alone, or in a list. */
function spelt(value: Measured): Measured {
  if (Array.isArray(value)) return value.map((item) => SPELT.get(item) ?? item);
  return SPELT.get(value) ?? value;
}
