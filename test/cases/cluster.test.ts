/** Pods on nodes, second by second: they pend, nodes come, images are pulled, nodes go. */
import { describe, expect, test } from 'vitest';
import { unstageable } from '../../fixtures/staging/refusals.ts';
import { contradictionIn } from '../../reports/contradictions.ts';
import { explain } from '../../reports/explain.ts';
import { renderHtml } from '../../reports/html.ts';
import { parseResults } from '../../reports/read-results.ts';
import { renderExplained } from '../../reports/text-explain.ts';
import { billOf } from '../../reports/text-findings.ts';
import { renderPrediction } from '../../reports/text-prediction.ts';
import { modelDigest } from '../../simulator/model/digest.ts';
import {
  addPod,
  emptiestRoom,
  hasRoom,
  leastAllocatedScore,
  type Room,
  roomOf,
} from '../../simulator/model/kubernetes/least-allocated.ts';
import type { Model } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import type { Results, Run } from '../../simulator/results/results.ts';
import { simulate } from '../../simulator/simulate.ts';

const GIB = 1_073_741_824;

interface Parts {
  readonly duration?: string;
  readonly pool?: string;
  readonly autoscaler?: string;
  readonly on?: string;
  readonly scaling?: string;
  readonly rate?: string;
  readonly more?: string;
}

/** So many instances at first, then others from each second on. */
function scheduled(start: number, ...sizes: readonly (readonly [number, number])[]): string {
  const policies = sizes.map(([second, set]) => `{ scheduled: { at: ${second}s, set: ${set} } }`);
  return `scaling: { min: 1, max: 8, start: ${start}, policies: [${policies.join(', ')}] }`;
}

/** A group that is one pod at first, on one node that has room for one: two cores each. */
function modelOf(parts: Parts): Model {
  const {
    duration = '300s',
    pool = 'cpu: 2, memory: 8GiB, max: 5, start: 1, provision: 60s, price: $0.1/h',
    autoscaler = 'autoscaler: cluster-autoscaler',
    on = 'nodes: general, cpu: 2, memory: 1GiB',
    scaling = scheduled(1, [15, 2]),
    rate = '1/s',
    more = '',
  } = parts;
  const text = `name: pods
duration: ${duration}
traffic: { guests: { does: visit, rate: ${rate}, arrivals: even } }
journeys: { visit: [{ call: web.work }] }
nodes:
  general: { ${pool} }
${autoscaler}
services:
  web:
    on: { ${on} }
    serves: { threads: 8 }
    ${scaling}
    endpoints: { work: [{ wait: 10ms }] }
${more}`;
  const { model, problems } = parseModel([{ file: 'm.yaml', text }]);
  expect(problems).toBeUndefined();
  return model!;
}

/** The same with requests of so long, of which any number is inside. */
function slowed(model: Model, ms: number): Model {
  const steps = [{ type: 'wait', time: { type: 'constant', ms } } as const];
  const services = model.services.map((service) => ({
    ...service,
    endpoints: [{ name: 'work', steps }],
    serves: { type: 'delay' } as const,
  }));
  return { ...model, services };
}

function resultsOf(model: Model): Results {
  const options = { seed: 1, replications: 1, arrivals: 'independent' } as const;
  return simulate(model, { ...options, modelDigest: modelDigest(model) });
}

function runOf(parts: Parts): Run {
  return resultsOf(modelOf(parts)).runs[0]!;
}

/** Second at whose end a series first had so many; buckets of 2 s unless said. */
function firstAt(series: readonly number[], count: number, bucketS = 2): number {
  return bucketS * (series.findIndex((value) => value >= count) + 1);
}

function decided(run: Run, pool = 'general'): (readonly [number, number, number, string])[] {
  return run.decisions
    .filter(({ service }) => service === `nodes/${pool}`)
    .map(({ atMs, from, desired, reason }) => [atMs / 1000, from, desired, reason]);
}

describe('where a pod goes', () => {
  const node = { cpuMillis: 4000, memoryBytes: 8 * GIB, pods: 2 };
  const pod = { cpuMillis: 1000, memoryBytes: 4 * GIB };

  test('the score is what stays free, in whole per cent: (75 + 50) ÷ 2 → 62', () => {
    expect(leastAllocatedScore(roomOf(node), pod)).toBe(62);
  });

  test('the emptiest node takes it, of equals the first, and a full one never', () => {
    const [first, second] = [roomOf(node), roomOf(node)];
    expect(emptiestRoom([first, second], pod)).toBe(first);
    addPod(first, pod, 1);
    expect(emptiestRoom([first, second], pod)).toBe(second);
    addPod(second, pod, 1);
    addPod(second, pod, 1);
    // Two of 4 GiB fill it, and two pods are the most.
    expect(hasRoom(second, pod)).toBe(false);
    expect(emptiestRoom([second], pod)).toBeUndefined();
  });

  test('a taint that it would rather not have weighs three times what stays free', () => {
    const [fuller, tainted, worse] = [roomOf(node), roomOf(node), roomOf(node)];
    const unwantedOf = (room: Room) => [0, 1, 2][[fuller, tainted, worse].indexOf(room)]!;
    addPod(fuller, pod, 1);
    expect(emptiestRoom([tainted, fuller], pod, unwantedOf)).toBe(fuller);
    addPod(fuller, pod, 1);
    expect(emptiestRoom([worse, tainted, fuller], pod, unwantedOf)).toBe(tainted);
    expect(emptiestRoom([worse], pod, unwantedOf)).toBe(worse);
  });
});

describe('a pod without room', () => {
  const run = runOf({
    on: 'nodes: general, cpu: 2, memory: 1GiB, image: { pull: 20s }, start: 5s',
  });

  test('pends until a scan has asked for a node and the node is there', () => {
    // Asked for at 15 s; scan at 20 s; node at 80 s.
    expect(decided(run)[0]).toEqual([
      20,
      1,
      2,
      'general 1 → 2 for 1 of 1 unschedulable pods (random)',
    ]);
    const { pending, ready, provisioning } = run.nodes!['general']!;
    // A sample at the moment of a scan is taken before it.
    expect([firstAt(pending, 1), firstAt(provisioning, 1), firstAt(ready, 2)]).toEqual([
      16, 22, 80,
    ]);
    expect(pending[39]).toBe(0);
  });

  test('pulls its image there, and then starts: 80 s + 20 s + 5 s', () => {
    expect(firstAt(run.services['web']!.serving, 2)).toBe(106);
    expect(run.services['web']!.booting[51]).toBe(1);
  });
});

test('a pod that is younger than two seconds waits for the next scan', () => {
  expect(decided(runOf({ scaling: scheduled(1, [20, 2]) }))[0]![0]).toBe(30);
});

test('on a node with room a pod starts at once, and finds the image', () => {
  const on = 'nodes: general, cpu: 1, memory: 1GiB, image: { pull: 20s, cached: 1s }, start: 5s';
  const run = runOf({ on });
  expect(firstAt(run.services['web']!.serving, 2)).toBe(22);
  expect(decided(run)).toEqual([]);
});

test('an image is pulled once a node: the second pod waits for the pull of the first', () => {
  const on = 'nodes: general, cpu: 1, memory: 1GiB, image: { pull: 20s, cached: 3s }, start: 5s';
  const run = runOf({ on, scaling: scheduled(2, [15, 4]) });
  const { serving } = run.services['web']!;
  // One node of two: 80 s, pulled at 100 s; the second pod takes it from there in 3 s.
  expect(decided(run)[0]!.slice(0, 3)).toEqual([20, 1, 2]);
  expect([firstAt(serving, 3), firstAt(serving, 4)]).toEqual([106, 108]);
});

test('pods of one service and of another fill a node together: fewer node hours', () => {
  const one = { on: 'nodes: general, cpu: 1, memory: 1GiB', scaling: 'instances: 1' };
  const api = (pool: string) => `  api:
    on: { nodes: ${pool}, cpu: 1, memory: 1GiB }
    serves: { threads: 8 }
    instances: 1
    endpoints: { work: [{ wait: 10ms }] }
`;
  const pool = 'cpu: 2, memory: 8GiB, max: 5, start: 1, price: $0.1/h';
  const apart = `${pool} }\n  own: { ${pool}`;
  const shared = billOf(resultsOf(modelOf({ ...one, more: api('general') })));
  const split = billOf(resultsOf(modelOf({ ...one, pool: apart, more: api('own') })));
  // Five minutes of one node for $0.1 an hour, and of two.
  expect(shared.total.hours.value).toBeCloseTo(300 / 3600, 9);
  expect(split.total.hours.value).toBeCloseTo(600 / 3600, 9);
  expect(shared.total.dollars!.value).toBeCloseTo(0.1 * (300 / 3600), 9);
  // Packed, two pods of a core fill the two cores; apart, half of each is stranded.
  expect(shared.lines.map(({ service }) => service)).toEqual(['nodes/general']);
  expect(shared.lines[0]!.requested!.cpu.value).toBeCloseTo(1, 9);
  expect(split.lines.map(({ requested }) => requested!.cpu.value)).toEqual([0.5, 0.5]);
  expect(split.lines[0]!.requested!.memory.value).toBe(0.125);
});

describe('a node that nobody needs', () => {
  // Four cores: the fifth pod needs a second node; then each has one pod, a quarter.
  const parts = {
    duration: '1200s',
    pool: 'cpu: 4, memory: 8GiB, max: 5, start: 1, provision: 60s, price: $0.1/h',
    on: 'nodes: general, cpu: 1, memory: 1GiB, image: { pull: 20s }, start: 15s',
    scaling: scheduled(4, [15, 5], [205, 2]),
    rate: '1/h',
  };
  const run = runOf(parts);
  const { serving, draining, booting } = run.services['web']!;

  test('goes when it has been unneeded for more than ten minutes', () => {
    // Unneeded at the scan of 210 s; at that of 810 s it is ten minutes, which is not more.
    expect(decided(run).map((one) => one.slice(0, 3))).toEqual([
      [20, 1, 2],
      [820, 2, 1],
    ]);
    expect(decided(run)[1]![3]).toContain('removes general-1 (drained)');
  });

  test('is drained: its pod is made again on the other node, where the image is', () => {
    // Samples at 820 s (before the scan), 830 s and 840 s: it starts in 15 s, without a pull.
    expect([81, 82, 83].map((bucket) => serving[bucket])).toEqual([2, 1, 2]);
    expect(booting[82]).toBe(1);
    expect(Math.max(...draining)).toBe(0);
    expect(run.nodes!['general']!.ready.at(-1)).toBe(1);
  });

  test('is paid for until it goes', () => {
    // The first for 820 s, the second from 20 s to the end.
    expect(run.nodes!['general']!.nodeHours).toBeCloseTo((820 + 1180) / 3600, 9);
  });

  test('stays while a request that it serves drains, and goes with the last one', () => {
    const long = modelOf({ ...parts, rate: '2/s' });
    const { draining: going, ready } = resultsOf(slowed(long, 30_000)).runs[0]!.nodes!['general']!;
    const [from, to] = [going.indexOf(1), going.lastIndexOf(1)];
    // The three that leave at 205 s have drained at 235 s: it is unneeded at 240 s and goes at
    // 850 s; what came until then takes until 880 s. The first sample after 850 s is at 860 s.
    expect([from, to]).toEqual([85, 87]);
    expect([ready[from], ready[to + 1]]).toEqual([1, 1]);
  });

  test('gives its pods as long as max-graceful-termination-sec says', () => {
    const flags = '{ cluster-autoscaler: { max-graceful-termination-sec: 20 } }';
    const long = modelOf({ ...parts, rate: '2/s', autoscaler: `autoscaler: ${flags}` });
    const { nodes, journeys } = resultsOf(slowed(long, 300_000)).runs[0]!;
    // Those that leave at 205 s are cut after 300 s: unneeded at 510 s, drained from 1120 s on.
    expect(nodes!['general']!.draining.lastIndexOf(1)).toBe(1140 / 10 - 1);
    expect(journeys['visit']!.counters.failed).toBeGreaterThan(100);
  });
});

test('a node at the minimum of its pool stays', () => {
  const pool = 'cpu: 4, memory: 8GiB, min: 2, max: 5, price: $0.1/h';
  const run = runOf({ pool, duration: '1800s' });
  expect(decided(run)).toEqual([]);
  expect(run.nodes!['general']!.ready.every((count) => count === 2)).toBe(true);
});

test('a node that does not come is given up, and the pool is backed off for five minutes', () => {
  const pool = 'cpu: 2, memory: 8GiB, max: 5, start: 1, provision: 1h';
  const autoscaler = "autoscaler: { cluster-autoscaler: { max-node-provision-time: '1m' } }";
  const run = runOf({ pool, autoscaler, duration: '500s' });
  // Asked for at 20 s: more than a minute at 90 s, and again when the back-off ends at 390 s.
  expect(decided(run).map((one) => one.slice(0, 3))).toEqual([
    [20, 1, 2],
    [90, 2, 1],
    [390, 1, 2],
    [460, 2, 1],
  ]);
  expect(decided(run)[1]![3]).toMatch(/^general gives up 1 nodes: not there after 1 min/);
});

test('at the maximum of its pool a pod pends until another one leaves', () => {
  const pool = 'cpu: 2, memory: 8GiB, max: 1, start: 1';
  const on = 'nodes: general, cpu: 2, memory: 1GiB, start: 5s';
  const model = modelOf({ pool, on });
  const [web] = model.services;
  const faults = [{ type: 'kill', atMs: 101_000, instances: 1 } as const];
  const run = resultsOf({ ...model, services: [{ ...web!, faults }] }).runs[0]!;
  const { serving, booting } = run.services['web']!;
  expect(decided(run)).toEqual([]);
  // The first is killed at 101 s: the one that waits takes its room, and its successor waits.
  expect([serving[49], booting[49]]).toEqual([1, 1]);
  expect([serving[51], booting[51]]).toEqual([0, 2]);
  expect([serving[52], booting[52]]).toEqual([1, 1]);
  expect(run.nodes!['general']!.pending.at(-1)).toBe(1);
});

test('the room of a pod that leaves is taken by a pod of another service that waits', () => {
  const api = `  api:
    on: { nodes: general, cpu: 2, memory: 1GiB, start: 5s }
    serves: { threads: 8 }
    scaling: { min: 1, max: 2, policies: [{ scheduled: { at: 15s, set: 2 } }] }
    endpoints: { work: [{ wait: 10ms }] }
`;
  const { services } = runOf({
    pool: 'cpu: 6, memory: 8GiB, max: 1, start: 1',
    scaling: scheduled(2, [101, 1]),
    more: api,
  });
  // It waits from 15 s on, gets its place at 101 s and serves from 106 s on.
  const { serving, booting } = services['api']!;
  expect([booting[7], booting[51], serving[51]]).toEqual([1, 1, 1]);
  expect(firstAt(serving, 2)).toBe(106);
});

test('without an autoscaler the pool stays as it is', () => {
  const run = runOf({ pool: 'cpu: 2, memory: 8GiB, start: 1', autoscaler: '' });
  expect(decided(run)).toEqual([]);
  expect(run.nodes!['general']!.pending.at(-1)).toBe(1);
});

test('an HPA sees a pending pod that has not started', () => {
  const hpa = '{ metrics: [{ metric: requests-per-instance, target: 10/s }] }';
  const run = runOf({
    scaling: `scaling: { min: 1, max: 2, policies: [{ hpa: ${hpa} }] }`,
    rate: '40/s',
    pool: 'cpu: 2, memory: 8GiB, start: 1',
    autoscaler: '',
  });
  const seen = run.evaluations!.filter(({ service }) => service === 'web').at(-1)!.observation;
  expect(seen.instances).toHaveLength(2);
  const [pending, ready] = seen.instances!;
  expect(pending).toEqual({ metrics: {} });
  expect(ready).toMatchObject({ startedAtMs: 0 });
});

describe('Karpenter', () => {
  const run = runOf({
    duration: '600s',
    pool: `cpu: 4, memory: 16GiB, max: 5, provision: 60s, price: $0.2/h }
  small: { cpu: 2, memory: 8GiB, max: 2, start: 1, provision: 40s, price: $0.1/h`,
    autoscaler: 'autoscaler: { karpenter: { weight: { small: 10 } } }',
    on: 'nodes: [general, small], cpu: 1, memory: 1GiB, image: { pull: 20s }, start: 5s',
    scaling: scheduled(2, [15, 8], [205, 2]),
  });
  const { serving } = run.services['web']!;

  test('launches nodes for a batch, complete when no pod has come for a second', () => {
    // Six pods: two on the one small node that there may be still, four on a large one.
    const reason = 'launches small in small for 2 pods, general in general for 4 pods';
    expect(decided(run, 'small')[0]).toEqual([16, 1, 2, reason]);
    expect(decided(run)[0]).toEqual([16, 0, 1, reason]);
    // The small one is there at 56 s, the large one at 76 s; 25 s later their pods serve.
    expect([firstAt(serving, 4, 5), firstAt(serving, 8, 5)]).toEqual([85, 105]);
  });

  test('removes empty nodes, one at a time of ten per cent, at every look of ten seconds', () => {
    expect(decided(run, 'small').slice(1, 3)).toEqual([
      [210, 2, 1, 'Empty: small-1 removed, unchanged for 0 ms'],
      [220, 1, 0, 'Empty: small-2 removed, unchanged for 10 s'],
    ]);
  });

  test('replaces a node by a cheaper one, and drains it once that is ready', () => {
    const reason = 'Underutilized: general-1 replaced by small in small, unchanged for 20 s';
    expect(decided(run)[1]).toEqual([230, 1, 0, reason]);
    expect(decided(run, 'small')[3]).toEqual([230, 0, 1, reason]);
    const { ready } = run.nodes!['general']!;
    // The new one is there at 270 s; its pods pull the image and start by 295 s.
    expect([ready[52], ready[53]]).toEqual([1, 0]);
    expect([serving[52], serving[53], serving[57], serving[58]]).toEqual([2, 0, 0, 2]);
  });

  test('lets a node go at its age', () => {
    const old = runOf({
      pool: 'cpu: 2, memory: 8GiB, max: 2, start: 1, provision: 40s, price: $0.1/h',
      autoscaler: 'autoscaler: { karpenter: { expireAfter: 100s } }',
      scaling: 'instances: 1',
    });
    // Gone at 100 s; its pod pends, and the batch is complete at 101 s. Of age at 201 s again.
    expect(
      decided(old)
        .slice(0, 3)
        .map((one) => one.slice(0, 3)),
    ).toEqual([
      [100, 1, 0],
      [101, 0, 1],
      [210, 1, 0],
    ]);
  });
});

describe('what others make of nodes', () => {
  const model = modelOf({ on: 'nodes: general, cpu: 2, memory: 1GiB, image: { pull: 20s }' });
  const results = resultsOf(model);

  test('results with nodes come whole out of a file, and are checked', () => {
    const again = parseResults('r.json', JSON.stringify(results));
    expect(again.runs[0]!.nodes).toEqual(results.runs[0]!.nodes);
    const [first] = results.runs;
    const { general, ...none } = first!.nodes!;
    const short = { ...general!, ready: [1] };
    const changed = (nodes: Run['nodes']) =>
      contradictionIn({ ...results, runs: [{ ...first!, nodes: nodes! }] });
    expect(changed(none)).toBe("runs.0.nodes: expected the model's general, found none");
    expect(changed({ general: short })).toBe(
      'runs.0.nodes.general.ready: expected 150 buckets, found 1',
    );
  });

  test('plimsoll explain tells the pool, the rule and the decision', () => {
    const explained = explain(results, { run: 1, atMs: 25_000, service: 'nodes/general' });
    const text = renderExplained(explained, { color: false, width: 100, origin: '' });
    expect(text).toContain('nodes/general  desired 2; 1 serving, 1 booting at 0:24');
    expect(text).toContain('from 0 to 5 nodes: 2 cores, 8 GiB and 110 pods each, $0.100 an hour');
    expect(text).toContain('cluster-autoscaler: scans every 10 s');
    expect(text).toContain('general 1 → 2 for 1 of 1 unschedulable pods (random)');
    expect(text).toContain('the next evaluation is at 0:30');
  });

  test('the prediction shows nodes, stranded capacity and pending pods; pods cost nothing', () => {
    const text = renderPrediction(results, { color: false, width: 100 });
    expect(text).toMatch(/nodes\/general +nodes +\S+ +1 to 2\n/);
    expect(text).toMatch(/pods pending +\S+ +up to 1, at 14 s\n/);
    // A node for 300 s and one for 280 s; pods ask for all of both but 60 s of it.
    const bill =
      /nodes\/general +0\.161 h +\$0\.016 +89\.7 % of CPU and 11\.2 % of memory requested/;
    expect(text).toMatch(bill);
    expect(text).not.toMatch(/web +[\d.]+ h/);
  });

  test('the report has the pool, its marks, and its share of the cost', () => {
    const html = renderHtml({ predicted: results });
    expect(html).toContain('Nodes over time');
    expect(html).toContain('general 1 → 2 for 1 of 1 unschedulable pods (random)');
    expect(html).toContain('memory requested');
  });

  test('the staging twin has no nodes', () => {
    expect(unstageable(model)).toBe('web: pods on nodes can be simulated, but not staged yet');
  });

  test('the same seed gives the same bytes twice', () => {
    expect(JSON.stringify(resultsOf(model))).toBe(JSON.stringify(results));
  });
});
