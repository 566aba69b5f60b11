/**
 * Our forecast of an hourly load, where AWS has a learned one that it does not publish. What it
 * assumes: the load repeats by hour of the day, or by hour of the week; days of the history weigh
 * the same; there is no trend and no holiday. Source of the frame: EC2 Auto Scaling user guide,
 * "Predictive scaling" (at least 24 h of history, the last 14 days are looked at, 48 h ahead, hour
 * by hour).
 *
 * Both seasons are tried on the last day of the history, from what came before it (hold-out); the
 * one with the smaller error is used, and its error is reported.
 */

export interface LoadHistory {
  /** Beginning of the first hour, in ms; a multiple of an hour. */
  readonly firstHourMs: number;
  /** Load of the whole group in each hour, null where nothing was measured. */
  readonly values: readonly (number | null)[];
}

export type Season = 'hour-of-day' | 'hour-of-week';

export interface LoadForecast {
  readonly madeAtMs: number;
  readonly firstHourMs: number;
  /** Load in each of the coming hours, the first being the one after the history. */
  readonly values: readonly number[];
  readonly season: Season;
  /**
   * Σ|forecast − measured| ÷ Σ measured over the last day, forecast without it; null when the
   * history is too short for that (under 48 h) or the day had no load.
   */
  readonly errorRatio: number | null;
}

export const HOUR_MS = 3_600_000;
const DAY_H = 24;
const WEEK_H = 168;
const MOST_HISTORY_H = 14 * DAY_H;
const AHEAD_H = 48;

/**
 * Forecast of 48 hours; undefined without 24 hours of history. An hour that the history does not
 * have in its season takes the mean of all hours.
 * Example: a week of 100 by night and 400 by day → the same again, errorRatio 0.
 */
export function forecastLoad(history: LoadHistory, nowMs: number): LoadForecast | undefined {
  const recent = lastHours(history, MOST_HISTORY_H);
  if (recent.values.filter((value) => value !== null).length < DAY_H) return undefined;
  const [season, errorRatio] = chooseSeason(recent);
  const firstHourMs = endOf(recent);
  const values = predict(recent, season, firstHourMs, AHEAD_H);
  return { madeAtMs: nowMs, firstHourMs, values, season, errorRatio };
}

function endOf({ firstHourMs, values }: LoadHistory): number {
  return firstHourMs + values.length * HOUR_MS;
}

function lastHours({ firstHourMs, values }: LoadHistory, count: number): LoadHistory {
  const skipped = Math.max(0, values.length - count);
  return { firstHourMs: firstHourMs + skipped * HOUR_MS, values: values.slice(skipped) };
}

function chooseSeason(history: LoadHistory): [Season, number | null] {
  const training = { ...history, values: history.values.slice(0, -DAY_H) };
  const known = training.values.filter((value) => value !== null).length;
  if (known < DAY_H) return ['hour-of-day', null];
  const daily = holdOutError(history, training, 'hour-of-day');
  if (training.values.length < WEEK_H) return ['hour-of-day', daily];
  const weekly = holdOutError(history, training, 'hour-of-week');
  const isWeekly = weekly !== null && daily !== null && weekly < daily;
  return isWeekly ? ['hour-of-week', weekly] : ['hour-of-day', daily];
}

function holdOutError(history: LoadHistory, training: LoadHistory, season: Season): number | null {
  const predicted = predict(training, season, endOf(training), DAY_H);
  let error = 0;
  let total = 0;
  history.values.slice(-DAY_H).forEach((value, hour) => {
    if (value === null) return;
    error += Math.abs(predicted[hour]! - value);
    total += value;
  });
  return total > 0 ? error / total : null;
}

/** Means of the same hour of the season. */
function predict(history: LoadHistory, season: Season, fromMs: number, hours: number): number[] {
  const length = season === 'hour-of-day' ? DAY_H : WEEK_H;
  const sums = new Array<number>(length).fill(0);
  const counts = new Array<number>(length).fill(0);
  history.values.forEach((value, index) => {
    if (value === null) return;
    const slot = (history.firstHourMs / HOUR_MS + index) % length;
    sums[slot]! += value;
    counts[slot]! += 1;
  });
  const total = sums.reduce((sum, value) => sum + value, 0);
  const mean = total / counts.reduce((sum, value) => sum + value, 0);
  return Array.from({ length: hours }, (_, hour) => {
    const slot = (fromMs / HOUR_MS + hour) % length;
    return counts[slot]! > 0 ? sums[slot]! / counts[slot]! : mean;
  });
}
