/** Health checks by their vendors' rules. */
import { describe, expect, test } from 'vitest';
import {
  ALB_INITIAL,
  albHealthCheck,
  albTargets,
} from '../../simulator/policies/resilience/alb-health-check.ts';
import {
  ENVOY_UNCHECKED,
  type EnvoyHealthCheck,
  envoyFirstProbeMs,
  envoyHealthCheck,
} from '../../simulator/policies/resilience/envoy-health-check.ts';
import {
  haproxyHealthCheck,
  haproxyUnchecked,
} from '../../simulator/policies/resilience/haproxy-health-check.ts';
import type { HealthDecision } from '../../simulator/policies/resilience/health-check.ts';
import {
  initialProbe,
  isProbed,
  type KubernetesProbe,
  kubernetesProbe,
  probeProblems,
} from '../../simulator/policies/resilience/kubernetes-probe.ts';
import { judge, type Verdict } from '../../simulator/policies/resilience/probe-answers.ts';
import {
  CHECKER_INITIAL,
  checkerHealth,
  judgeRoute53,
  route53Health,
} from '../../simulator/policies/resilience/route53-health-check.ts';

const VERDICTS: Readonly<Record<string, Verdict>> = {
  s: 'success',
  n: 'network',
  t: 'timeout',
  r: 'retriable',
  b: 'bad-answer',
};

/** What a host is after each of the verdicts, `+` healthy; `states` is one letter a verdict. */
function run<State>(
  verdicts: string,
  initial: State,
  next: (verdict: Verdict, state: State) => HealthDecision<State>,
) {
  let state = initial;
  const decisions = [...verdicts].map((letter) => {
    const decision = next(VERDICTS[letter]!, state);
    state = decision.state;
    return decision;
  });
  return {
    signs: decisions.map(({ healthy }) => (healthy ? '+' : '-')).join(''),
    nextMs: decisions.map(({ nextInMs }) => nextInMs),
  };
}

test.each([
  ['a connection is enough', { type: 'tcp' }, { connected: true, tookMs: 1 }, 'success'],
  ['no connection', { type: 'tcp' }, { connected: false, tookMs: 1 }, 'network'],
  ['an answer at the time-out is late', { type: 'tcp' }, { connected: true, tookMs: 9 }, 'timeout'],
  ['status 200', { type: 'http' }, { connected: true, tookMs: 1, httpStatus: 200 }, 'success'],
  ['status 204', { type: 'http' }, { connected: true, tookMs: 1, httpStatus: 204 }, 'bad-answer'],
  ['no status', { type: 'http' }, { connected: true, tookMs: 1 }, 'network'],
  [
    'a range ends before its end',
    { type: 'http', expectedStatuses: [{ start: 200, end: 204 }] },
    { connected: true, tookMs: 1, httpStatus: 204 },
    'bad-answer',
  ],
  [
    'a retriable status',
    { type: 'http', retriableStatuses: [{ start: 500, end: 600 }] },
    { connected: true, tookMs: 1, httpStatus: 503 },
    'retriable',
  ],
  ['serving', { type: 'grpc' }, { connected: true, tookMs: 1, grpcStatus: 'SERVING' }, 'success'],
  [
    'not serving',
    { type: 'grpc' },
    { connected: true, tookMs: 1, grpcStatus: 'NOT_SERVING' },
    'bad-answer',
  ],
] as const)('%s', (_, kind, answer, verdict) => {
  expect(judge({ ...kind, timeoutMs: 9 }, answer)).toBe(verdict);
});

describe('Envoy', () => {
  const settings: EnvoyHealthCheck = {
    intervalMs: 5000,
    healthyThreshold: 3,
    unhealthyThreshold: 2,
    unhealthyIntervalMs: 4000,
    unhealthyEdgeIntervalMs: 3000,
    healthyEdgeIntervalMs: 2000,
  };
  const envoy = (verdicts: string, given: Partial<EnvoyHealthCheck> = {}) =>
    run(verdicts, ENVOY_UNCHECKED, (verdict, state) =>
      envoyHealthCheck({ ...settings, ...given }, verdict, state, (n) => n - 1),
    );

  test.each([
    ['the first success of all is enough', 's', '+'],
    ['after a failure three are needed', 'nsss', '---+'],
    ['two time-outs in a row', 'stt', '++-'],
    ['a success between them starts anew', 'stst', '++++'],
    ['a bad answer at once', 'sb', '+-'],
    ['a retriable one counts', 'srr', '++-'],
    ['a failure on the way back starts anew', 'sbssnsss', '+------+'],
  ])('%s', (_, verdicts, signs) => {
    expect(envoy(verdicts).signs).toBe(signs);
  });

  test('intervals: of health, of its edges, and of sickness', () => {
    expect(envoy('snnnssss').nextMs).toEqual([5000, 3000, 4000, 4000, 2000, 2000, 5000, 5000]);
  });

  test('jitter of both kinds is added, and each is below what is set', () => {
    const jitter = { intervalJitterMs: 100, intervalJitterPercent: 10 };
    expect(envoy('s', jitter).nextMs).toEqual([5000 + 499 + 99]);
    expect(envoyFirstProbeMs({ ...settings, initialJitterMs: 700 }, (n) => n - 1)).toBe(699);
    expect(envoyFirstProbeMs(settings, () => 7)).toBe(0);
  });

  test('without any traffic it looks once a minute', () => {
    const { nextInMs } = envoyHealthCheck(settings, 'success', ENVOY_UNCHECKED, () => 0, false);
    expect(nextInMs).toBe(60_000);
  });
});

describe('HAProxy', () => {
  const settings = { fastinterMs: 500, downinterMs: 20_000, interMs: 10_000 };
  const haproxy = (verdicts: string) =>
    run(verdicts, haproxyUnchecked(settings), (verdict, state) =>
      haproxyHealthCheck(settings, verdict, state),
    );

  test.each([
    ['a new server is up and its first failure takes it down', 'n', '-'],
    ['three failures', 'snnn', '+++-'],
    ['a bad answer is a failure like others', 'sb', '++'],
    ['two successes bring it back', 'nss', '--+'],
    ['a success restores all of its health', 'snnsnnn', '++++++-'],
    ['a failure on the way up starts anew', 'nsnss', '----+'],
  ])('%s', (_, verdicts, signs) => {
    expect(haproxy(verdicts).signs).toBe(signs);
  });

  test('is quicker on the way and slower when it is down', () => {
    expect(haproxy('snnnnss').nextMs).toEqual([10_000, 500, 500, 20_000, 20_000, 500, 10_000]);
  });

  test('looks every 2 s by default, whatever the state', () => {
    const { nextInMs } = haproxyHealthCheck({}, 'network', haproxyUnchecked({}));
    expect(nextInMs).toBe(2000);
  });
});

describe('AWS target groups', () => {
  const alb = (verdicts: string) =>
    run(verdicts, ALB_INITIAL, (verdict, state) => albHealthCheck({}, verdict, state));

  test.each([
    ['a new target needs one success', 's', '+'],
    ['two failures in a row', 'snn', '++-'],
    ['five successes bring it back', 'snnsssss', '++-----+'],
    ['a success between failures starts anew', 'snsn', '++++'],
  ])('%s', (_, verdicts, signs) => {
    expect(alb(verdicts).signs).toBe(signs);
  });

  test('looks every 30 s', () => {
    expect(alb('sn').nextMs).toEqual([30_000, 30_000]);
  });

  test.each([
    [
      [true, false, true],
      [0, 2],
    ],
    [
      [false, false],
      [0, 1],
    ],
    [[], []],
  ])('of %j requests go to %j', (healthy, targets) => {
    expect(albTargets(healthy)).toEqual(targets);
  });
});

describe('Kubernetes', () => {
  const results = (settings: KubernetesProbe, verdicts: string) => {
    let state = initialProbe(settings.type);
    return [...verdicts].map((letter) => {
      const decision = kubernetesProbe(settings, VERDICTS[letter]!, state);
      state = decision.state;
      return decision.restarts ? 'restart' : decision.result;
    });
  };

  test.each([
    ['readiness', {}, 's', ['success']],
    ['readiness', {}, 'snnn', ['success', 'success', 'success', 'failure']],
    ['readiness', { successThreshold: 2 }, 'ss', ['failure', 'success']],
    ['liveness', {}, 'nnn', ['success', 'success', 'restart']],
    ['liveness', {}, 'nnsn', ['success', 'success', 'success', 'success']],
    ['startup', {}, 'nns', ['unknown', 'unknown', 'success']],
    ['startup', { failureThreshold: 2 }, 'nn', ['unknown', 'restart']],
  ] as const)('%s %j: %s', (type, given, verdicts, expected) => {
    expect(results({ type, ...given }, verdicts)).toEqual(expected);
  });

  test.each([
    ['before its delay', 'readiness', 9999, true, false],
    ['after its delay', 'readiness', 10_000, true, true],
    ['before it has started', 'liveness', 10_000, false, false],
    ['a startup probe alone then', 'startup', 10_000, false, true],
    ['and never again', 'startup', 10_000, true, false],
  ] as const)('%s', (_, type, sinceMs, started, expected) => {
    const settings = { type, initialDelaySeconds: 10 };
    expect(isProbed(settings, initialProbe(type), sinceMs, started)).toBe(expected);
  });

  test('is not probed again until the container is a new one', () => {
    const settings = { type: 'liveness', failureThreshold: 1 } as const;
    const { state } = kubernetesProbe(settings, 'network', initialProbe('liveness'));
    expect(isProbed(settings, state, 1e9, true)).toBe(false);
  });

  test('refuses what Kubernetes refuses', () => {
    expect(probeProblems({ type: 'liveness', successThreshold: 2 })).toEqual([
      'expected a successThreshold of 1 (Kubernetes: liveness probe), found 2',
    ]);
    expect(probeProblems({ type: 'readiness', periodSeconds: 0, successThreshold: 2 })).toEqual([
      'expected periodSeconds of 1 or more (Kubernetes), found 0',
    ]);
  });
});

describe('Route 53', () => {
  test.each([
    [3, 16, true],
    [2, 16, false],
    [9, 50, false],
    [10, 50, true],
    [0, 0, false],
  ])('%d of %d checkers: %s', (healthy, count, expected) => {
    const checkers = Array.from({ length: count }, (_, index) => ({
      healthy: index < healthy,
      run: 0,
    }));
    expect(route53Health(checkers).healthy).toBe(expected);
  });

  test('a checker turns at the third answer in a row, in both directions', () => {
    let state = CHECKER_INITIAL;
    const seen = [...'nnsnnnssnsss'].map((letter) => {
      state = checkerHealth({}, VERDICTS[letter]!, state);
      return state.healthy ? '+' : '-';
    });
    expect(seen.join('')).toBe('+++++------+');
  });

  test.each([
    [3999, 5998, 301, 'success'],
    [4000, 4001, 200, 'timeout'],
    [1000, 3000, 200, 'timeout'],
    [10, 20, 404, 'bad-answer'],
  ] as const)(
    'connected after %d ms, answered after %d ms with %d: %s',
    (at, tookMs, httpStatus, verdict) => {
      expect(judgeRoute53({ connected: true, tookMs, httpStatus }, at)).toBe(verdict);
    },
  );
});
