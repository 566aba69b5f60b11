/** Scheduled actions and predictive scaling: what is done because of the time. */
import { expect, test } from 'vitest';
import { type Cron, civil, parseCron, weekday } from '../../simulator/model/cron.ts';
import { forecastLoad } from '../../simulator/policies/aws/load-forecast.ts';
import {
  effectiveMax,
  type PredictiveRule,
  predictiveComplaints,
  predictiveScaling,
} from '../../simulator/policies/aws/predictive-scaling.ts';
import { scheduleComplaints } from '../../simulator/policies/aws/scheduled-rules.ts';
import {
  decideScheduled,
  nextRun,
  type ScheduledAction,
  type TimeZone,
  UTC,
} from '../../simulator/policies/aws/scheduled-scaling.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;

function cron(text: string): Cron {
  const parsed = parseCron(text);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

function action(more: Partial<ScheduledAction>): ScheduledAction {
  const sizes = { min: undefined, max: undefined, desired: undefined };
  const times = { recurrence: undefined, startMs: undefined, endMs: undefined, zone: UTC };
  return { name: 'action', ...sizes, ...times, ...more };
}

// 1 January 1970 was a Thursday.
test.each([
  ['0 9 * * 1-5', 'Friday 9:00 → Monday', DAY + 9 * HOUR, 4 * DAY + 9 * HOUR],
  ['0 9 * * MON-FRI', 'the same by name', DAY + 9 * HOUR, 4 * DAY + 9 * HOUR],
  ['30 0 1 1,6,12 *', '1 January 0:30 → 1 June', 30 * MINUTE, 151 * DAY + 30 * MINUTE],
  ['30 0 1 JAN,jun,12 *', 'the same by name', 30 * MINUTE, 151 * DAY + 30 * MINUTE],
  ['*/20 * * * *', 'every twenty minutes', 20 * MINUTE, 40 * MINUTE],
  ['5/20 * * * *', 'from the fifth minute on', 5 * MINUTE, 25 * MINUTE],
  ['30 6 * * 2', 'every Tuesday at 6:30', 0, 5 * DAY + 6.5 * HOUR],
  ['0 0 * * 7', '7 is Sunday', 0, 3 * DAY],
  ['0 0 13 * 5', 'the 13th or a Friday: Friday', DAY, 8 * DAY],
  ['0 0 13 * 5', 'the 13th or a Friday: the 13th', 8 * DAY, 12 * DAY],
  ['0 0 13 * *', 'the 13th', DAY, 12 * DAY],
  ['0 0 29 2 *', '29 February, none in 2100', 46_080 * DAY, 49_001 * DAY],
])('cron %s: %s', (text, _, afterMs, expected) => {
  expect(nextRun(action({ recurrence: cron(text) }), afterMs)).toBe(expected);
});

test.each([
  ['0 9 * *', 'five fields, found 4'],
  ['60 9 * * *', 'a minute from 0 to 59, found 60'],
  ['0 24 * * *', 'an hour from 0 to 23'],
  ['0 0 0 * *', 'a day of month from 1 to 31'],
  ['0 0 * 13 *', 'a month from 1 to 12'],
  ['0 0 * * 8', 'a day of week'],
  ['0 0 5-2 * *', 'a day of month'],
  ['*/0 * * * *', 'a minute'],
  ['1-2-3 * * * *', 'a minute'],
  ['a * * * *', 'a minute'],
  [', * * * *', 'a minute'],
])('cron %s is refused', (text, words) => {
  expect(parseCron(text)).toContain(words);
});

test.each([
  [0, 1970, 1, 1, 4],
  [19_782, 2024, 2, 29, 4],
  [20_030, 2024, 11, 3, 0],
  [46_080, 2096, 2, 29, 3],
])('day %i is %i-%i-%i', (day, year, month, dayOfMonth, dayOfWeek) => {
  expect(civil(day)).toEqual({ year, month, dayOfMonth });
  expect(weekday(day)).toBe(dayOfWeek);
});

test('a day that does not exist has no run', () => {
  expect(nextRun(action({ recurrence: cron('0 0 31 2 *') }), 0)).toBeUndefined();
});

/** New York in 2024: clocks go forward on 10 March at 2:00, back on 3 November at 2:00. */
const NEW_YORK: TimeZone = {
  name: 'America/New_York',
  offsets: [
    { fromMs: 0, offsetMs: -5 * HOUR },
    { fromMs: 19_792 * DAY + 7 * HOUR, offsetMs: -4 * HOUR },
    { fromMs: 20_030 * DAY + 6 * HOUR, offsetMs: -5 * HOUR },
  ],
};

test.each([
  ['9:00 in winter is 14:00 UTC', '0 9 * * *', 19_782 * DAY, 19_782 * DAY + 14 * HOUR],
  ['9:00 in summer is 13:00 UTC', '0 9 * * *', 19_800 * DAY, 19_800 * DAY + 13 * HOUR],
  ['2:30 is skipped once', '30 2 * * *', 19_791 * DAY + 7.5 * HOUR, 19_793 * DAY + 6.5 * HOUR],
  [
    '1:30 comes twice and runs once',
    '30 1 * * *',
    20_030 * DAY + 5.5 * HOUR,
    20_031 * DAY + 6.5 * HOUR,
  ],
  [
    '20:00 of the local day is the next day in UTC',
    '0 20 * * *',
    19_782 * DAY,
    19_782 * DAY + HOUR,
  ],
])('in New York %s', (_, text, afterMs, expected) => {
  expect(nextRun(action({ recurrence: cron(text), zone: NEW_YORK }), afterMs)).toBe(expected);
});

test('start and end bound a recurrence, both inclusive', () => {
  const daily = action({
    recurrence: cron('0 9 * * *'),
    startMs: 2 * DAY,
    endMs: 3 * DAY + 9 * HOUR,
  });
  expect(nextRun(daily, 0)).toBe(2 * DAY + 9 * HOUR);
  expect(nextRun(daily, 2 * DAY + 9 * HOUR)).toBe(3 * DAY + 9 * HOUR);
  expect(nextRun(daily, 3 * DAY + 9 * HOUR)).toBeUndefined();
  const from = action({ recurrence: cron('0 9 * * *'), startMs: 9 * HOUR });
  expect(nextRun(from, 0)).toBe(9 * HOUR);
});

test('all that became due runs in the order of time, and once', () => {
  const actions = [
    action({ name: 'evening', recurrence: cron('0 18 * * *'), min: 1, desired: 2 }),
    action({ name: 'morning', recurrence: cron('0 9 * * *'), min: 6 }),
    action({ name: 'sale', startMs: 12 * HOUR, max: 30, desired: 25 }),
  ];
  const group = { nowMs: 13 * HOUR, min: 1, max: 20, desired: 2 };
  const noon = decideScheduled(actions, group, { doneUntilMs: 0 });
  expect(noon).toMatchObject({ min: 6, max: 30, desired: 25, ran: ['morning', 'sale'] });
  const after = decideScheduled(actions, { ...noon, nowMs: 14 * HOUR }, noon.state);
  expect(after).toMatchObject({ min: 6, max: 30, desired: 25, ran: [] });
  const evening = decideScheduled(actions, { ...after, nowMs: 18 * HOUR }, after.state);
  expect(evening).toMatchObject({ min: 1, max: 30, desired: 2, ran: ['evening'] });
});

test("an action whose limits contradict the group's is left out, and said so", () => {
  const raise = action({ name: 'raise', startMs: HOUR, min: 30 });
  const decision = decideScheduled(
    [raise],
    { nowMs: HOUR, min: 1, max: 20, desired: 2 },
    { doneUntilMs: 0 },
  );
  expect(decision).toMatchObject({ min: 1, max: 20, desired: 2, ran: [] });
  expect(decision.reason).toContain('min 30, max 20 contradict');
});

test.each([
  ['no size', { startMs: 1 }, 'min, max or desired'],
  ['no time', { desired: 1 }, 'a start or a recurrence'],
  ['min above max', { startMs: 1, min: 5, max: 3 }, 'at most max, 3'],
  ['desired above max', { startMs: 1, max: 3, desired: 5 }, 'from 0 to 3'],
  ['an end before the start', { startMs: 5, endMs: 5, desired: 1 }, 'a time after 5'],
])('a scheduled action with %s is refused', (_, wrong, words) => {
  const messages = scheduleComplaints([action(wrong)]).map(({ message }) => message);
  expect(messages.join()).toContain(words);
});

test('two one-time actions at one time and more than 125 actions are refused', () => {
  const once = (startMs: number) => action({ startMs, desired: 1 });
  expect(scheduleComplaints([once(1), once(1)])[0]!.message).toContain('a time of its own');
  const many = Array.from({ length: 126 }, (_, i) => once(i));
  expect(
    scheduleComplaints(many)
      .map(({ message }) => message)
      .join(),
  ).toContain('at most 125');
  expect(scheduleComplaints(many.slice(1))).toEqual([]);
});

const dayAndNight = (days: number) =>
  Array.from({ length: days * 24 }, (_, hour) => (hour % 24 < 12 ? 100 : 400));

test('two equal days are forecast again, without error', () => {
  const forecast = forecastLoad({ firstHourMs: 0, values: dayAndNight(2) }, 2 * DAY)!;
  expect(forecast.values).toEqual(dayAndNight(2));
  expect(forecast).toMatchObject({ firstHourMs: 2 * DAY, season: 'hour-of-day', errorRatio: 0 });
});

test('the error is that of the last day, forecast without it', () => {
  const values = [...Array(24).fill(100), ...Array(24).fill(150)];
  const forecast = forecastLoad({ firstHourMs: 0, values }, 2 * DAY)!;
  expect(forecast.errorRatio).toBeCloseTo(1 / 3, 12);
  expect(forecast.values[0]).toBe(125);
});

test('under 24 hours there is no forecast, with a day there is no error figure', () => {
  expect(forecastLoad({ firstHourMs: 0, values: Array(23).fill(1) }, DAY)).toBeUndefined();
  const day = forecastLoad({ firstHourMs: 0, values: Array(24).fill(1) }, DAY)!;
  expect(day).toMatchObject({ errorRatio: null, season: 'hour-of-day' });
  expect(day.values).toEqual(Array(48).fill(1));
});

test('a quiet weekend makes the week the season', () => {
  // Days 2 and 3 since Thursday, 1 January 1970, are a weekend.
  const load = (day: number) => (day % 7 === 2 || day % 7 === 3 ? 20 : 100);
  const values = Array.from({ length: 14 * 24 }, (_, hour) => load(Math.floor(hour / 24)));
  const forecast = forecastLoad({ firstHourMs: 0, values }, 14 * DAY)!;
  expect(forecast).toMatchObject({ season: 'hour-of-week', errorRatio: 0 });
  expect(forecast.values).toEqual(Array(48).fill(100));
});

test('only the last fourteen days count, and gaps are no zeros', () => {
  const values = [...Array(24).fill(9000), ...Array(14 * 24).fill(10)];
  values[30] = null;
  const forecast = forecastLoad({ firstHourMs: 0, values }, 15 * DAY)!;
  expect(forecast.values).toEqual(Array(48).fill(10));
});

const PREDICTIVE: PredictiveRule = {
  mode: 'forecast-and-scale',
  targetLoad: 100,
  bufferMs: 300_000,
  maxBreach: 'honor-max-capacity',
  maxBufferPercent: undefined,
};
const HISTORY = { firstHourMs: 0, values: dayAndNight(2) };
const at = (nowMs: number) => ({ nowMs: 2 * DAY + nowMs, max: 20, history: HISTORY });

test.each([
  ['by night one instance', 6 * HOUR, 1],
  ["five minutes before noon the day's four", 11 * HOUR + 55 * MINUTE, 4],
  ['a moment earlier still one', 11 * HOUR + 55 * MINUTE - 1, 1],
  ['in the last minutes of the day still four', 24 * HOUR - MINUTE, 4],
])('predictive: %s', (_, nowMs, expected) => {
  expect(predictiveScaling(PREDICTIVE, at(nowMs), null).proposal.desired).toBe(expected);
});

test('ForecastOnly forecasts and asks for nothing', () => {
  const decision = predictiveScaling({ ...PREDICTIVE, mode: 'forecast-only' }, at(0), null);
  expect(decision.proposal.desired).toBeUndefined();
  expect(decision.proposal.reason).toContain('forecasts 1');
  expect(decision.capacities).toHaveLength(48);
});

test('the forecast is made anew after six hours, not before', () => {
  const first = predictiveScaling(PREDICTIVE, at(0), null);
  const later = { ...at(6 * HOUR - 1), history: { firstHourMs: 0, values: Array(48).fill(900) } };
  expect(predictiveScaling(PREDICTIVE, later, first.state).proposal.desired).toBe(1);
  const due = { ...later, nowMs: 2 * DAY + 6 * HOUR };
  expect(predictiveScaling(PREDICTIVE, due, first.state).proposal.desired).toBe(9);
});

test('without a day of history it says so', () => {
  const young = { ...at(0), history: { firstHourMs: 0, values: [1, 2] } };
  expect(predictiveScaling(PREDICTIVE, young, null).proposal).toMatchObject({
    desired: undefined,
    reason: 'predictive-scaling: needs 24 h of history',
  });
});

test.each([
  ["the guide's example: 40, predicted 50, 10 % → 55", 'increase-max-capacity', 10, 40, 50, 55],
  ['a buffer of 0 equals the forecast', 'increase-max-capacity', 0, 40, 50, 50],
  ['far below the maximum it stays', 'increase-max-capacity', 10, 40, 20, 40],
  ['honoured, it stays', 'honor-max-capacity', undefined, 40, 50, 40],
] as const)('maximum: %s', (_, maxBreach, maxBufferPercent, max, predicted, expected) => {
  expect(effectiveMax({ ...PREDICTIVE, maxBreach, maxBufferPercent }, max, predicted)).toBe(
    expected,
  );
});

test.each([
  [{ bufferMs: 3_600_001 }, 'SchedulingBufferTime'],
  [{ maxBufferPercent: 10 }, 'only with it'],
  [{ maxBreach: 'increase-max-capacity' }, 'MaxCapacityBuffer with IncreaseMaxCapacity'],
  [{ maxBreach: 'increase-max-capacity', maxBufferPercent: 101 }, 'from 0 to 100'],
] as [Partial<PredictiveRule>, string][])('predictive %j is refused', (wrong, words) => {
  const complaints = predictiveComplaints({ ...PREDICTIVE, ...wrong });
  expect(complaints.map(({ message }) => message).join()).toContain(words);
});
