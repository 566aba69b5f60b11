/** Scaling on backlog per instance and on latency, a sentence a row. */
import { expect, test } from 'vitest';
import { listen, NO_STREAKS } from '../../simulator/policies/hysteresis.ts';
import {
  decideLatencyScaling,
  type LatencyScalingSettings,
  latencyScalingComplaints,
} from '../../simulator/policies/latency-scaling.ts';
import {
  acceptableBacklog,
  decideQueueScaling,
  type QueueScalingSettings,
  queueScalingComplaints,
} from '../../simulator/policies/queue-scaling.ts';

/** The worked example of the EC2 Auto Scaling user guide: 10 s at 0.1 s a message. */
const QUEUE: QueueScalingSettings = {
  min: 1,
  max: 40,
  acceptableLatencyMs: 10_000,
  messageMsMean: 100,
  concurrency: 1,
  outPeriods: 1,
  inPeriods: 1,
  lowRatio: 0.5,
};

test('the acceptable backlog is the acceptable latency ÷ the time per message', () => {
  expect(acceptableBacklog(QUEUE)).toBe(100);
  expect(acceptableBacklog({ ...QUEUE, concurrency: 4 })).toBe(400);
});

test.each<[string, number | undefined, number, number, number, string]>([
  // messages, in service, desired → desired
  ['1500 on 10 at 100 each need 15', 1500, 10, 10, 15, '10 → 15'],
  ['a fraction buys an instance', 1501, 10, 10, 16, '10 → 16'],
  ['exactly the acceptable backlog buys nothing', 1000, 10, 10, 10, '10 stay'],
  ['between the thresholds nothing happens', 700, 10, 10, 10, '10 stay'],
  ['below half of it the group shrinks', 400, 10, 10, 4, '10 → 4'],
  ['an exact half does not', 500, 10, 10, 10, '10 stay'],
  ['what is on the way counts as asked for', 1500, 10, 15, 15, '15 stay'],
  ['more than that is still asked for', 2000, 10, 15, 20, '15 → 20'],
  ['a scale-in waits for what is on the way', 100, 8, 10, 10, 'waits for 2 on the way'],
  ['the maximum holds', 9000, 10, 10, 40, 'limited to max 40'],
  ['the minimum holds', 0, 10, 10, 1, 'kept at min 1'],
  ['without an instance any message asks for one', 1, 0, 0, 1, '0 → 1'],
  ['no report, no change', undefined, 10, 10, 10, 'does not report'],
])('queue-scaling: %s', (_, messages, inService, desired, expected, words) => {
  const decision = decideQueueScaling(QUEUE, { desired, inService, messages }, NO_STREAKS);
  expect(decision.desired).toBe(expected);
  expect(decision.reason).toContain(words);
});

test('queue-scaling: without an instance and a message a group may be empty', () => {
  const empty = { desired: 0, inService: 0, messages: 0 };
  expect(decideQueueScaling({ ...QUEUE, min: 0 }, empty, NO_STREAKS).desired).toBe(0);
});

test('queue-scaling: a reason says the numbers with their units', () => {
  const { reason } = decideQueueScaling(
    QUEUE,
    { desired: 10, inService: 10, messages: 1500 },
    NO_STREAKS,
  );
  expect(reason).toBe('queue-scaling: 1500 messages on 10 instances, acceptable 100 each: 10 → 15');
});

test.each<[string, readonly (number | undefined)[], readonly string[]]>([
  ['two in a row above', [101, 101], ['hold', 'out']],
  ['one between ends the row', [101, 80, 101, 101], ['hold', 'hold', 'hold', 'out']],
  ['a missing one ends the row', [101, undefined, 101], ['hold', 'hold', 'hold']],
  ['three in a row below', [49, 49, 49], ['hold', 'hold', 'in']],
  [
    'at a threshold is not beyond it',
    [100, 100, 50, 50, 50],
    ['hold', 'hold', 'hold', 'hold', 'hold'],
  ],
  ['above ends the row below', [49, 49, 101, 49], ['hold', 'hold', 'hold', 'hold']],
])('patience of 2 out and 3 in, 100 and 50: %s', (_, values, calls) => {
  const patience = { outPeriods: 2, inPeriods: 3, lowRatio: 0.5 };
  let streaks = NO_STREAKS;
  const heard = values.map((value) => {
    const { call, streaks: after } = listen(patience, 100, value, streaks);
    streaks = after;
    return call;
  });
  expect(heard).toEqual(calls);
});

const LATENCY: LatencyScalingSettings = {
  min: 2,
  max: 20,
  quantile: 0.99,
  targetMs: 400,
  lowRatio: 0.5,
  outPeriods: 1,
  inPeriods: 1,
  maxOutRatio: 1,
  inStep: 1,
};

test.each<[string, number | undefined, number, number, number, string]>([
  // latency, in service, desired → desired
  ['half as slow again, half as many again', 600, 4, 4, 6, '4 → 6'],
  ['a fraction buys an instance', 500, 5, 5, 7, '5 → 7'],
  ['a little too slow adds one at least', 401, 4, 4, 5, '4 → 5'],
  ['ten times too slow doubles only', 4000, 4, 4, 8, '4 → 8'],
  ['at the target nothing happens', 400, 4, 4, 4, '4 stay'],
  ['below it neither', 250, 4, 4, 4, '4 stay'],
  ['below half of it one goes', 199, 4, 4, 3, '4 → 3'],
  ['what boots is added already', 600, 4, 6, 6, 'some already on the way'],
  ['a scale-in waits for what boots', 100, 4, 6, 6, 'waits for 2 on the way'],
  ['the minimum holds', 100, 2, 2, 2, 'kept at min 2'],
  ['the maximum holds', 4000, 15, 15, 20, 'limited to max 20'],
  ['without a request nothing is known', undefined, 4, 4, 4, 'no request'],
])('latency-scaling: %s', (_, latencyMs, inService, desired, expected, words) => {
  const decision = decideLatencyScaling(LATENCY, { desired, inService, latencyMs }, NO_STREAKS);
  expect(decision.desired).toBe(expected);
  expect(decision.reason).toContain(words);
});

test('latency-scaling: after a step its effect is waited for', () => {
  const patient = { ...LATENCY, outPeriods: 2 };
  const slow = { desired: 4, inService: 4, latencyMs: 600 };
  const once = decideLatencyScaling(patient, slow, NO_STREAKS);
  const twice = decideLatencyScaling(patient, slow, once.state);
  const again = decideLatencyScaling(patient, { ...slow, desired: 6, inService: 6 }, twice.state);
  expect([once.desired, twice.desired, again.desired]).toEqual([4, 6, 6]);
});

test('latency-scaling: the quantile is named', () => {
  const slow = { desired: 4, inService: 4, latencyMs: 1200 };
  const { reason } = decideLatencyScaling({ ...LATENCY, quantile: 0.999 }, slow, NO_STREAKS);
  expect(reason).toBe('latency-scaling: p99.9 1.2 s, target 400 ms: 4 → 8');
});

test.each<[string, Partial<QueueScalingSettings>, string]>([
  ['a minimum above the maximum', { min: 50 }, 'min'],
  ['thresholds that meet', { lowRatio: 1 }, 'lowRatio'],
  ['no patience at all', { outPeriods: 0 }, 'outPeriods'],
  ['less latency than a message takes', { acceptableLatencyMs: 99 }, 'acceptableLatencyMs'],
])('queue-scaling may not have %s', (_, settings, path) => {
  const complaints = queueScalingComplaints({ ...QUEUE, ...settings });
  expect(complaints.map((one) => one.path.join('.'))).toEqual([path]);
});

test.each<[string, Partial<LatencyScalingSettings>, string]>([
  ['a quantile of 1', { quantile: 1 }, 'quantile'],
  ['a target of 0', { targetMs: 0 }, 'targetMs'],
  ['no step out', { maxOutRatio: 0 }, 'maxOutRatio'],
  ['half a step in', { inStep: 0.5 }, 'inStep'],
  ['half a period', { inPeriods: 1.5 }, 'inPeriods'],
])('latency-scaling may not have %s', (_, settings, path) => {
  const complaints = latencyScalingComplaints({ ...LATENCY, ...settings });
  expect(complaints.map((one) => one.path.join('.'))).toEqual([path]);
});
