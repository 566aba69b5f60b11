/** Startup and liveness probes: who is restarted, when it serves again, and what that does. */
import { describe, expect, test } from 'vitest';
import { unstageable } from '../../fixtures/staging/refusals.ts';
import { givesUpAt } from '../../simulator/components/launch.ts';
import type { Fault } from '../../simulator/model/health-settings.ts';
import type { Distribution, InstanceKind, Service } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import type { LivenessProbe } from '../../simulator/model/probe-settings.ts';
import { type CrashLoop, nextRestart } from '../../simulator/policies/kubernetes/crash-loop.ts';
import { simulateRun } from '../../simulator/simulate.ts';
import { findsAllRight } from '../helpers/laws/audit.ts';
import { changed, complaints } from '../helpers/model-text.ts';
import { fixedSize, model, service } from '../helpers/models.ts';

const ms = (value: number) => ({ type: 'constant', ms: value }) as const;
const PROBE: LivenessProbe = {
  probe: 'http',
  delayMs: 0,
  periodMs: 10_000,
  timeoutMs: 1000,
  failures: 3,
};

/** A pod that is up 5 s after its start. */
function pod(own: Partial<InstanceKind>): InstanceKind {
  const bare = { type: undefined, dollarsPerHour: undefined, boot: ms(0), warmUpMs: 0 };
  return { ...bare, start: ms(5000), ...own };
}

function run(perSecond: number, seconds: number, own: Partial<Service>) {
  const feed = service('feed', { time: ms(10), scaling: fixedSize(1), ...own });
  const what = model(perSecond, seconds * 1000, [feed], { timeoutMs: 2000 });
  const traffic = what.traffic.map((one) => ({ ...one, arrivals: 'even' }) as const);
  const options = { seed: 1, arrivals: 'independent' } as const;
  const { incidents = [], services, journeys } = simulateRun({ ...what, traffic }, options, 0);
  const restarts = incidents.filter(({ reason }) => reason.includes('is restarted'));
  return { incidents, restarts, feed: services['feed']!, visit: journeys['visit']! };
}

test('a container starts again at once, then after 10 s, 20 s and so on up to 300 s', () => {
  let state: CrashLoop | undefined;
  let endedMs = 0;
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    const next = nextRestart(endedMs, state);
    state = next.state;
    waits.push(next.waitMs / 1000);
    // It runs for five seconds each time.
    endedMs = state.restartedMs + 5000;
  }
  expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  // Exactly ten minutes are not yet more than ten minutes.
  expect(nextRestart(state!.restartedMs + 600_000, state).waitMs).toBe(300_000);
  expect(nextRestart(state!.restartedMs + 600_001, state).waitMs).toBe(0);
});

test.each([
  ['no probe: nobody gives up', {}, 1e9, undefined],
  ['up at the last probe: that one succeeds', { startup: [0, 10, 3] }, 20_000, undefined],
  ['up a moment later: given up', { startup: [0, 10, 3] }, 20_001, 20_000],
  ['a delay comes on top', { startup: [15, 10, 3] }, 40_000, 35_000],
  ['liveness does not know that it is starting', { liveness: [0, 10, 3] }, 31_000, 20_000],
  ['unless a startup probe is before it', { startup: [0, 10, 30], liveness: [0, 10, 3] }, 1e5],
] as const)('a start: %s', (_, on, upMs, expected?: number) => {
  const asked = ([delay, period, failures]: readonly [number, number, number]) => {
    return { delayMs: delay * 1000, periodMs: period * 1000, failures };
  };
  const { startup, liveness } = on as Record<string, readonly [number, number, number]>;
  const kinds = {
    ...(startup && { startup: asked(startup) }),
    ...(liveness && { liveness: { ...PROBE, ...asked(liveness) } }),
  };
  expect(givesUpAt(kinds, 0, upMs)).toBe(expected);
});

describe('an instance that hangs', () => {
  const hang: Fault = { type: 'hang', atMs: 60_000.5, forMs: 1e9, instances: 1 };
  const hung = (on: Partial<InstanceKind>) =>
    run(20, 300, { on: pod(on), scaling: fixedSize(2), faults: [hang] });

  test('stays so without a liveness probe, and with one over TCP', () => {
    expect(hung({}).visit.errors.at(-1)).toBeGreaterThan(0);
    const tcp = hung({ liveness: { ...PROBE, probe: 'tcp' } });
    expect(tcp.restarts).toEqual([]);
    expect(tcp.visit.errors.at(-1)).toBeGreaterThan(0);
  });

  test('is restarted after three probes in a row, and well again five seconds later', () => {
    const { restarts, feed, visit } = hung({ liveness: PROBE });
    expect(restarts.map(({ reason }) => reason)).toEqual([
      'instance 1: liveness failure: timeout, 3 in a row of 3: the container is restarted',
    ]);
    // The first probe comes within a period, two more after it, each with its time-out.
    const atMs = restarts[0]!.atMs - 60_000;
    expect(atMs).toBeGreaterThan(20_000);
    expect(atMs).toBeLessThanOrEqual(31_000);
    expect(Math.min(...feed.serving.slice(15))).toBe(1);
    expect(feed.serving.at(-1)).toBe(2);
    expect(visit.errors.at(-1)).toBe(0);
  });

  test('what ends with it fails at once, and it is paid for all the time', () => {
    const { feed } = hung({ liveness: PROBE });
    expect(feed.instanceHours).toBeCloseTo((2 * 300) / 3600, 9);
  });

  test('told to end it hangs on, and is killed when its grace is over', () => {
    const [at, later] = [undefined, 30_000].map((graceMs) => {
      const liveness = graceMs === undefined ? PROBE : { ...PROBE, graceMs };
      return hung({ liveness });
    });
    expect(later!.restarts).toHaveLength(1);
    expect(later!.restarts[0]!.atMs).toBe(at!.restarts[0]!.atMs + 30_000);
    expect(later!.restarts[0]!.reason).toContain('restarted, killed 30 s later');
    // It keeps its place on the list, and requests time out for half a minute more.
    const errors = [at!, later!].map(({ visit }) => visit.errors.reduce((sum, n) => sum + n, 0));
    expect(errors[1]! - errors[0]!).toBeGreaterThan(0.8 * 30 * 10);
  });

  test('it is killed although it would answer again by then', () => {
    const short: Fault = { ...hang, forMs: 40_000 };
    const { restarts } = run(20, 300, {
      on: pod({ liveness: { ...PROBE, graceMs: 60_000 } }),
      scaling: fixedSize(2),
      faults: [short],
    });
    expect(restarts.map(({ atMs }) => atMs > 100_000)).toEqual([true]);
  });

  test('a grace beyond the end of the run leaves it there', () => {
    const { restarts } = run(20, 300, {
      on: pod({ liveness: { ...PROBE, graceMs: 1e6 } }),
      scaling: fixedSize(2),
      faults: [hang],
    });
    expect(restarts).toEqual([]);
  });

  test('a side port sees it as well', () => {
    expect(hung({ liveness: { ...PROBE, probe: 'side-port' } }).restarts).toHaveLength(1);
  });
});

describe('the death spiral', () => {
  /** 250/s of 10 ms at three instances of one thread: 83 % each; two are offered 125 %. */
  const slow: Fault = { type: 'slow', atMs: 30_000, forMs: 60_000, instances: 3, factor: 8 };
  const start = { type: 'lognormal', medianMs: 60_000, p99Ms: 240_000 } as const;
  const startup = { delayMs: 0, periodMs: 10_000, failures: 100 };
  const spiral = (probe: LivenessProbe['probe']) =>
    run(250, 900, {
      on: pod({ start, startup, liveness: { ...PROBE, probe } }),
      scaling: fixedSize(3),
      faults: [slow],
    });

  test('overload kills instances one after the other, long after its cause is over', () => {
    const { restarts, feed } = spiral('http');
    expect(restarts.length).toBeGreaterThan(6);
    expect(restarts.at(-1)!.atMs).toBeGreaterThan(300_000);
    expect(Math.min(...feed.serving)).toBe(0);
    const used = feed.utilizationRatio.map((ratio) => ratio ?? 0);
    expect(Math.min(...used)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...used)).toBeLessThanOrEqual(1 + 1e-9);
    expect(restarts.some(({ reason }) => reason.includes('CrashLoopBackOff'))).toBe(true);
  });

  test('a probe that does not wait behind the requests lets them recover', () => {
    const { restarts, visit } = spiral('side-port');
    expect(restarts).toEqual([]);
    expect(visit.errors.at(-1)).toBe(0);
  });
});

describe('a probe waits for its turn', () => {
  /** Each request takes 700 ms at the one thread; so many come at once at 5 s. */
  const burst = (burstSize: number, own: Partial<Service> & { time?: Distribution } = {}) => {
    const liveness = { ...PROBE, failures: 1, delayMs: 5000 };
    const feed = service('feed', { time: ms(700), on: pod({ liveness }), ...own });
    const step = { type: 'call', service: 'feed', endpoint: 'work', timeoutMs: undefined } as const;
    const call = { call: step, copies: burstSize };
    const steps = [{ type: 'fan-out', calls: [call], needs: burstSize }] as const;
    // One user in 60 s, at 30 s.
    const what = model(1 / 60, 60_000, [feed], { journeys: [{ name: 'visit', steps }] });
    const traffic = what.traffic.map((one) => ({ ...one, arrivals: 'even' }) as const);
    const options = { seed: 1, arrivals: 'independent' } as const;
    const { incidents = [] } = simulateRun({ ...what, traffic }, options, 0);
    return incidents.map(({ reason }) => reason.split(',')[0]);
  };

  // The beat of seed 1 is such that a probe comes while the burst is served.
  test.each([
    ['one request: it is over before the time-out', 1, []],
    ['forty requests: it is not', 40, ['instance 1: liveness failure: timeout']],
  ])('behind %s', (_, size, expected) => {
    expect(burst(size)).toEqual(expected);
  });

  test('a full queue refuses it, the last come is served first, cores are shared', () => {
    const threads = { type: 'threads', count: 1 } as const;
    const queue = { limit: 30, order: 'fifo', expired: 'serve' } as const;
    const none = { ...threads, queue: { ...queue, limit: 0 } };
    expect(burst(1, { serves: none, time: ms(20_000) })).toEqual([
      'instance 1: liveness failure: bad-answer',
    ]);
    const lifo = { ...threads, queue: { ...queue, order: 'lifo' } } as const;
    expect(burst(20, { serves: lifo })).toEqual([]);
    // 1 ms of a core, of which each of forty gets a fortieth.
    expect(burst(40, { serves: { type: 'cpu-shared', cores: 1 } })).toEqual([]);
  });
});

test('a startup probe that is too short never lets it come up', () => {
  const startup = { delayMs: 0, periodMs: 10_000, failures: 3 };
  const kill: Fault = { type: 'kill', atMs: 60_000, instances: 1 };
  const { restarts, feed } = run(1, 400, {
    on: pod({ start: ms(45_000), startup }),
    faults: [kill],
  });
  // Given up 20 s after each start.
  expect(restarts.map(({ atMs }) => atMs / 1000)).toEqual([80, 100, 130, 170, 230, 330]);
  expect(restarts[2]!.reason).toBe(
    'instance 1: startup failure: network, 3 in a row of 3 before it was up: the container is ' +
      'restarted after 20 s (CrashLoopBackOff)',
  );
  expect(feed.serving.at(-1)).toBe(0);
  const patient = { ...startup, failures: 30 };
  const up = run(1, 400, { on: pod({ start: ms(45_000), startup: patient }), faults: [kill] });
  expect(up.restarts).toEqual([]);
  expect(up.feed.serving.at(-1)).toBe(1);
});

test('back before its balancer has heard of it, an instance stays on the list', () => {
  const hang: Fault = { type: 'hang', atMs: 60_000.5, forMs: 1e9, instances: 1 };
  const discovery = { delay: ms(30_000) };
  const on = pod({ liveness: PROBE });
  const { restarts, feed, visit } = run(20, 300, { on, discovery, faults: [hang] });
  expect(restarts).toHaveLength(1);
  expect(feed.serving.at(-1)).toBe(1);
  expect(visit.errors.at(-1)).toBe(0);
});

describe('a model file', () => {
  const withPods = (on: string) =>
    changed('serves: event-loop', `on: ${on}\n    serves: event-loop`);
  const first = 'model.yaml:13:';

  test('says it, with the defaults of Kubernetes', () => {
    const text =
      '{ start: 5s, startup: { failures: 30 }, readiness: {}, ' +
      'liveness: { timeout: 2s, grace: 30s } }';
    const { on } = parseModel([withPods(text)]).model!.services.find(({ name }) => name === 'web')!;
    expect(on.startup).toEqual({ delayMs: 0, periodMs: 10_000, failures: 30 });
    expect(on.readiness).toEqual({ delayMs: 0, periodMs: 10_000, successes: 1 });
    expect(on.liveness).toEqual({ ...PROBE, timeoutMs: 2000, graceMs: 30_000 });
  });

  test.each([
    [
      '{ liveness: { successes: 2 } }',
      'services.web.on.liveness.successes: expected 1 (Kubernetes: successThreshold of a ' +
        'liveness probe), found 2',
    ],
    [
      '{ startup: { successes: 3 } }',
      'services.web.on.startup.successes: expected 1 (Kubernetes: successThreshold of a ' +
        'startup probe), found 3',
    ],
    [
      '{ liveness: { period: 500ms } }',
      'services.web.on.liveness.period: expected at least 1s (Kubernetes: periodSeconds), ' +
        'found 500ms',
    ],
    [
      '{ liveness: { timeout: 10ms } }',
      'services.web.on.liveness.timeout: expected at least 1s (Kubernetes: timeoutSeconds), ' +
        'found 10ms',
    ],
    [
      '{ liveness: { grace: 0s } }',
      'services.web.on.liveness.grace: expected at least 1s (Kubernetes: ' +
        'terminationGracePeriodSeconds), found 0s',
    ],
    [
      '{ liveness: { probe: exec } }',
      'services.web.on.liveness.probe: expected http, side-port or tcp, found "exec"',
    ],
  ])('%s is refused', (on, expected) => {
    const found = complaints(withPods(on));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
    expect(found[0]!.startsWith(first)).toBe(true);
  });

  test('the twin refuses them in words', () => {
    const { model: parsed } = parseModel([withPods('{ liveness: {} }')]);
    expect(unstageable(parsed!)).toBe('web: a liveness probe can be simulated, but not staged yet');
  });
});

test('a large instance has all of its threads when it starts again', () => {
  const text = `name: large
duration: 5s
traffic: { guests: { does: visit, rate: 50/s } }
journeys: { visit: [{ call: web.page }] }
services:
  web:
    on:
      types: [{ type: wide, weight: 2 }]
      liveness: { probe: side-port, period: 1s, timeout: 1s, failures: 1 }
    serves: { cpu-shared: 2, threads: 4 }
    scaling: { min: 2, max: 4, policies: [{ target-tracking: { metric: in-flight, target: 9 } }] }
    endpoints: { page: [{ cpu: 10ms }] }
faults: [{ at: 100ms, for: 2s, hang: web }]
`;
  const { model: parsed, problems } = parseModel([{ file: 'large.yaml', text }]);
  expect(problems).toBeUndefined();
  const { incidents = [] } = simulateRun(parsed!, { seed: 1, arrivals: 'independent' }, 0);
  expect(incidents.filter(({ reason }) => reason.includes('is restarted'))).toHaveLength(1);
  findsAllRight(parsed!);
});
