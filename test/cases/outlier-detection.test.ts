/** Envoy's outlier detection; the facts are those of its documentation and its own tests. */
import { describe, expect, test } from 'vitest';
import { outlierDetection } from '../../simulator/decide/outlier-detection.ts';
import { outlierDocument, readOutlierDocument } from '../../simulator/decide/outlier-shapes.ts';
import { type OutlierSettings, outlierSettings } from '../../simulator/model/outlier-settings.ts';
import { keysOf } from '../../simulator/model/schema-walk.ts';
import {
  type Cluster,
  endInterval,
  newOutlierHost,
  noteHealthCheck,
  noteResult,
  noteStatus,
} from '../../simulator/policies/resilience/outlier-detection.ts';
import { successRateThreshold } from '../../simulator/policies/resilience/outlier-rates.ts';

function cluster(count: number, given: Partial<OutlierSettings> = {}): Cluster {
  const hosts = Array.from({ length: count }, newOutlierHost);
  const settings = outlierSettings({ maxEjectionPercent: 100, ...given });
  return { settings, hosts, nowMs: 0, below: () => 0 };
}

function statuses(world: Cluster, host: number, status: number, times: number) {
  return Array.from({ length: times }, () => noteStatus(world, host, status)).flat();
}

const at = (world: Cluster, nowMs: number): Cluster => ({ ...world, nowMs });
const out = ({ hosts }: Cluster) =>
  hosts.flatMap((host, i) => (host.ejectedAtMs === null ? [] : i));

describe('consecutive errors', () => {
  test.each([
    ['the fifth 5xx in a row ejects', [500, 500, 500, 500, 500], ['CONSECUTIVE_5XX']],
    ['a success in between starts anew', [500, 500, 500, 500, 200, 500], []],
    ['a status of 404 is a success', [500, 500, 500, 500, 404, 500], []],
    ['503s are gateway failures, which alone do not eject', [503, 503, 503, 503], []],
  ])('%s', (_, codes, expected) => {
    const world = cluster(10);
    const events = codes.flatMap((code) => noteStatus(world, 0, code));
    expect(events.filter(({ action }) => action === 'eject').map(({ type }) => type)).toEqual(
      expected,
    );
  });

  test('five gateway failures are detected, not enforced, before five 5xx eject', () => {
    const events = statuses(cluster(10), 3, 503, 5);
    expect(events).toMatchObject([
      { host: 3, action: 'detected', type: 'CONSECUTIVE_GATEWAY_FAILURE' },
      { host: 3, action: 'eject', type: 'CONSECUTIVE_5XX' },
    ]);
  });

  test('500 is no gateway failure and ends a run of them', () => {
    const world = cluster(10, { enforcingConsecutiveGatewayFailure: 100, consecutive5xx: 100 });
    const codes = [503, 502, 504, 503, 500, 503];
    expect(codes.flatMap((code) => noteStatus(world, 0, code))).toEqual([]);
    expect(statuses(world, 0, 502, 4)).toMatchObject([{ type: 'CONSECUTIVE_GATEWAY_FAILURE' }]);
  });

  test('an ejected host is not ejected again, however much it fails', () => {
    const world = cluster(10);
    expect(statuses(world, 0, 500, 20)).toHaveLength(1);
  });

  test('what is only detected is detected again after five more', () => {
    const world = cluster(10, { enforcingConsecutive5xx: 0 });
    expect(statuses(world, 0, 500, 10).map(({ action }) => action)).toEqual([
      'detected',
      'detected',
    ]);
  });
});

describe('where origins are not split', () => {
  test.each([
    ['EXT_ORIGIN_REQUEST_FAILED', 1, 0],
    ['LOCAL_ORIGIN_TIMEOUT', 1, 1],
    ['LOCAL_ORIGIN_CONNECT_FAILED', 1, 1],
    ['LOCAL_ORIGIN_CONNECT_SUCCESS', 0, 0],
    ['EXT_ORIGIN_REQUEST_SUCCESS', 0, 0],
  ] as const)('%s adds %d to the 5xx and %d to the gateway failures', (result, fives, gateway) => {
    const world = cluster(2);
    noteResult(world, 0, result);
    const { consecutive5xx, consecutiveGatewayFailure } = world.hosts[0]!;
    expect([consecutive5xx, consecutiveGatewayFailure]).toEqual([fives, gateway]);
  });

  test('a status goes before the result', () => {
    const world = cluster(2);
    noteResult(world, 0, 'LOCAL_ORIGIN_TIMEOUT', 200);
    expect(world.hosts[0]!.external).toEqual({ total: 1, succeeded: 1 });
  });
});

describe('where origins are split', () => {
  const split = { splitExternalLocalOriginErrors: true };

  test('five failures to connect eject', () => {
    const world = cluster(10, split);
    const events = Array.from({ length: 5 }, () => noteResult(world, 1, 'LOCAL_ORIGIN_TIMEOUT'));
    expect(events.flat()).toMatchObject([
      { host: 1, action: 'eject', type: 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE' },
    ]);
    expect(world.hosts[1]!.consecutive5xx).toBe(0);
  });

  test('a connection ends the run, and no answer does', () => {
    const world = cluster(10, split);
    for (let i = 0; i < 4; i++) noteResult(world, 1, 'LOCAL_ORIGIN_CONNECT_FAILED');
    noteResult(world, 1, 'EXT_ORIGIN_REQUEST_FAILED');
    expect(world.hosts[1]!.consecutiveLocalOriginFailure).toBe(4);
    noteResult(world, 1, 'LOCAL_ORIGIN_CONNECT_SUCCESS');
    expect(world.hosts[1]!.consecutiveLocalOriginFailure).toBe(0);
  });
});

describe('how long', () => {
  test('the first ejection ends at the first interval 30 s or more later', () => {
    const world = cluster(10);
    statuses(at(world, 1000), 0, 500, 5);
    expect(endInterval(at(world, 30_000))).toEqual([]);
    expect(endInterval(at(world, 31_000))).toMatchObject([{ host: 0, action: 'uneject' }]);
  });

  test('the second one takes 60 s, the third 90 s, and no one more than 300 s', () => {
    const world = cluster(10);
    let nowMs = 0;
    const lengths = Array.from({ length: 12 }, () => {
      statuses(at(world, nowMs), 0, 500, 5);
      const fromMs = nowMs;
      while (out(world).length > 0) {
        nowMs += 10_000;
        endInterval(at(world, nowMs));
      }
      return (nowMs - fromMs) / 1000;
    });
    expect(lengths).toEqual([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300]);
  });

  test('an interval of health takes one base time off', () => {
    const world = cluster(10);
    statuses(world, 0, 500, 5);
    endInterval(at(world, 30_000));
    expect(world.hosts[0]!.multiplier).toBe(1);
    endInterval(at(world, 40_000));
    expect(world.hosts[0]!.multiplier).toBe(0);
    statuses(at(world, 41_000), 0, 500, 5);
    expect(endInterval(at(world, 71_000))).toMatchObject([{ action: 'uneject' }]);
  });

  test('chance adds up to the jitter', () => {
    const world = {
      ...cluster(10, { maxEjectionTimeJitterMs: 5000 }),
      below: (n: number) => n - 1,
    };
    statuses(world, 0, 500, 5);
    expect(endInterval(at(world, 34_999))).toEqual([]);
    expect(endInterval(at(world, 35_000))).toHaveLength(1);
  });

  test('a good active health check brings it back at once, unless it is told not to', () => {
    const world = cluster(10);
    statuses(world, 0, 500, 5);
    expect(noteHealthCheck(at(world, 5), 0)).toMatchObject([{ host: 0, action: 'uneject' }]);
    expect(noteHealthCheck(at(world, 6), 0)).toEqual([]);
    const strict = cluster(10, { successfulActiveHealthCheckUnejectHost: false });
    statuses(strict, 0, 500, 5);
    expect(noteHealthCheck(strict, 0)).toEqual([]);
  });

  test('a longest time is at least the base, where it is not given', () => {
    expect(outlierSettings({ baseEjectionTimeMs: 400_000 }).maxEjectionTimeMs).toBe(400_000);
    expect(outlierSettings({}).maxEjectionTimeMs).toBe(300_000);
  });
});

describe('how many', () => {
  test.each([
    ['10 % of 10 hosts is one', 10, 10, false, 1],
    ['10 % of 9 hosts is none', 9, 10, false, 0],
    ['but for always_eject_one_host', 9, 10, true, 1],
    ['50 % of 5 hosts is two', 5, 50, false, 2],
    ['0 % is none', 5, 0, false, 0],
    ['100 % is all', 3, 100, false, 3],
  ])('%s', (_, count, maxEjectionPercent, alwaysEjectOneHost, expected) => {
    const world = cluster(count, { maxEjectionPercent, alwaysEjectOneHost });
    const events = world.hosts.flatMap((_host, index) => statuses(world, index, 500, 5));
    expect(out(world)).toHaveLength(expected);
    expect(events.filter(({ action }) => action === 'overflow')).toHaveLength(count - expected);
  });
});

describe('success rates', () => {
  test('50, 100, 100, 100, 100 has a threshold of 52 at 1.9 standard deviations', () => {
    expect(successRateThreshold([50, 100, 100, 100, 100], 1.9)).toBeCloseTo(52, 9);
  });

  function failing(hosts: number, requests: number, given: Partial<OutlierSettings> = {}) {
    const world = cluster(hosts, { consecutive5xx: 10_000, ...given });
    for (let host = 0; host < hosts; host++) {
      statuses(world, host, 200, host === 0 ? requests / 2 : requests);
    }
    statuses(world, 0, 500, requests / 2);
    return world;
  }

  test.each([
    ['a host with half as good answers as four others', failing(5, 100), ['SUCCESS_RATE']],
    ['not among four hosts', failing(4, 100), []],
    ['not with 98 requests', failing(5, 98), []],
    ['not where nobody enforces it', failing(5, 100, { enforcingSuccessRate: 0 }), []],
  ])('%s', (_, world, expected) => {
    const ejected = endInterval(at(world, 10_000)).filter(({ action }) => action === 'eject');
    expect(ejected.map(({ type }) => type)).toEqual(expected);
  });

  test('each interval is judged by its own answers', () => {
    const world = failing(5, 80);
    expect(endInterval(at(world, 10_000))).toEqual([]);
    statuses(world, 0, 500, 40);
    expect(endInterval(at(world, 20_000))).toEqual([]);
  });
});

test.each([
  [84, []],
  [85, ['FAILURE_PERCENTAGE']],
])('of 100 answers %d failures are %j', (failures, expected) => {
  const world = cluster(5, {
    consecutive5xx: 10_000,
    enforcingFailurePercentage: 100,
    enforcingSuccessRate: 0,
  });
  for (let host = 0; host < 5; host++)
    statuses(world, host, 200, 100 - (host === 0 ? failures : 0));
  statuses(world, 0, 500, failures);
  const ejected = endInterval(world).filter(({ action }) => action === 'eject');
  expect(ejected.map(({ type }) => type)).toEqual(expected);
});

describe('the door', () => {
  const line = (observation: object, settings?: object) =>
    JSON.parse(
      JSON.stringify(settings === undefined ? { observation } : { settings, observation }),
    );

  test('reads every setting of Envoy by its name', () => {
    const settings = outlierSettings({});
    const names = Object.keys(settings).map((key) => key.replace(/Ms$/, ''));
    const read = keysOf(outlierDocument).map((key) =>
      key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    );
    expect(read.sort()).toEqual(names.sort());
    expect(readOutlierDocument({ interval: '0.5s', consecutive_5xx: 3 })).toEqual({
      ...settings,
      intervalMs: 500,
      consecutive5xx: 3,
    });
  });

  test.each([
    [{ max_ejection_time: '10s' }, 'at least base_ejection_time, 30 s'],
    [{ interval: '0s' }, 'a duration above 0 s'],
    [{ max_ejection_percent: 101 }, 'a percentage from 0 to 100'],
    [{ interval: 10 }, 'a duration in seconds'],
    [{ consecutive_5xxs: 3 }, 'consecutive_5xx'],
  ])('refuses %j', (settings, words) => {
    const { complaints } = outlierDetection.converse()(line({ nowMs: 0 }, settings));
    expect(complaints!.map(({ message }) => message).join()).toContain(words);
  });

  test('says who is out, and forgets a host that has left', () => {
    const converse = outlierDetection.converse();
    const results = [{ host: 'a', code: 500, times: 5 }];
    const first = converse(
      line({ nowMs: 0, hosts: ['a', 'b'], results }, { max_ejection_percent: 50 }),
    );
    expect(first.answer).toMatchObject({
      ejected: ['a'],
      reason: 'a: 5 times 5xx in a row: ejected for 30 s',
    });
    expect(converse(line({ nowMs: 1, hosts: ['b'] })).answer).toMatchObject({ ejected: [] });
  });
});
