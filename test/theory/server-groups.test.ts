/**
 * Several servers, through the model file: constant and wild service, where no two-moment formula
 * holds, and hundreds of servers staffed by the square-root rule. Waits are seen by probes, which
 * take no time themselves; service takes 1 s in the mean. How close a mean must come is in the
 * table, three times its standard error or more: large groups forget slowly.
 */
import { test } from 'vitest';
import { MEAN } from '../../simulator/analysis/statistics.ts';
import { erlangC } from '../../simulator/theory/erlang.ts';
import { squareRootStaffing } from '../../simulator/theory/halfin-whitt.ts';
import { mdcWaitMsMean } from '../../simulator/theory/mdc.ts';
import { mh2cWaiting } from '../../simulator/theory/mh2c.ts';
import { mmcWaitMsMean } from '../../simulator/theory/mmc.ts';
import type { Station } from '../../simulator/theory/station.ts';
import { expectTruth, measured, run, stationText, WAITING } from './stations.ts';

const SERVICE_MS = 1000;

function group(servers: number, erlang: number): Station {
  return { servers, arrivalsPerSecond: erlang, serviceMsMean: SERVICE_MS };
}

function text({ servers, arrivalsPerSecond }: Station, steps: string, requests: number) {
  return { serves: `{ threads: ${servers} }`, steps, arrivalsPerSecond, requests };
}

test.each([
  [2, 0.8, 100_000, 0.03],
  [10, 0.9, 150_000, 0.04],
  [50, 0.9, 200_000, 0.05],
])('M/D/%i at ρ %f: the wait is Crommelin’s', (servers, rho, requests, share) => {
  const station = group(servers, rho * servers);
  const sojourns = measured(run(stationText(text(station, '[{ cpu: 1s }]', requests))), MEAN);
  const waits = sojourns.map((ms) => ms - SERVICE_MS);
  expectTruth(waits, mdcWaitMsMean(station), share);
});

test.each([
  [5, 0.8, 150_000, 0.05],
  [10, 0.8, 200_000, 0.05],
  [50, 0.9, 200_000, 0.07],
])('M/H2/%i, scv 4, at ρ %f: who waits and how long', (servers, rho, requests, share) => {
  const station = group(servers, rho * servers);
  const steps = '[{ cpu: { mean: 1s, scv: 4 } }]';
  const probesPerSecond = station.arrivalsPerSecond / 10;
  const results = run(stationText({ ...text(station, steps, requests), probesPerSecond }));
  const { waitingRatio, waitMsMean } = mh2cWaiting(station, 4);
  expectTruth(measured(results, MEAN), waitMsMean + SERVICE_MS, share);
  expectTruth(measured(results, WAITING, 'probe'), waitingRatio, share);
});

test.each([
  [100, 0.5, 200_000, 0.06],
  [100, 1, 200_000, 0.08],
  [1000, 0.5, 250_000, 0.15],
])('%i Erlang on ⌈a + %f√a⌉ servers: Erlang C', (erlang, spare, requests, share) => {
  const station = group(squareRootStaffing(erlang, spare), erlang);
  const steps = '[{ cpu: { exponential: 1s } }]';
  const probed = { ...text(station, steps, requests), probesPerSecond: erlang / 10 };
  const results = run(stationText(probed));
  expectTruth(measured(results, WAITING, 'probe'), erlangC(station.servers, erlang), share);
  expectTruth(measured(results, MEAN), mmcWaitMsMean(station) + SERVICE_MS, 0.01);
});
