/**
 * A model is simulated, its arrivals are written as a capture, and the workload that is read out
 * of it must be the model's: mix, keys, scatter; the model that is printed brings the same rates.
 */
import { expect, test } from 'vitest';
import type { RecordedRequest } from '../../replay/formats/capture.ts';
import { jsonLines } from '../../replay/formats/logs/json-lines.ts';
import { modelText } from '../../replay/workload/model-text.ts';
import { type Workload, workloadOf } from '../../replay/workload/workload.ts';
import { fillZipf } from '../../simulator/distributions/zipf.ts';
import { type RandomStream, stream } from '../../simulator/engine/random.ts';
import { drawExponential, fillExponentials } from '../../simulator/engine/ziggurat.ts';
import type { Model } from '../../simulator/model/model.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { simulate } from '../../simulator/simulate.ts';
import { type Bursts, indexOfDispersion } from '../../simulator/theory/mmpp.ts';
import { allArrivals, arrivalStreams } from '../../simulator/traffic/arrivals.ts';
import { curveArea } from '../../simulator/traffic/curve.ts';
import { inputOf, writtenBy } from '../helpers/text-captures.ts';

const START_NS = 1_700_000_000_000_000_000n;
const SEED = 7;
const MIX = 0.7;
const [KEYS, EXPONENT] = [2000, 0.9];

function origin(arrivals: string): Model {
  return parsed(`name: origin
duration: 300s
traffic:
  guests:
    does: visit
    arrivals: ${arrivals}
    rate:
      - { at: 40/s, for: 60s }
      - { to: 160/s, for: 120s }
      - { at: 80/s, for: 120s }
journeys: { visit: [{ call: web.page }] }
services: { web: { serves: delay, instances: 1, endpoints: { page: [{ wait: 5ms }] } } }
`);
}

function parsed(text: string): Model {
  const result = parseModel([{ file: 'model.yaml', text }]);
  if (result.problems !== undefined) throw new Error(JSON.stringify(result.problems));
  return result.model;
}

/** The very arrivals of a simulation's first replication. */
function arrivalsOf(model: Model): Float64Array {
  const [traffic] = model.traffic;
  return allArrivals(traffic!, arrivalStreams(SEED, 0, traffic!.name));
}

function simulated(model: Model, seed = SEED): readonly number[] {
  const results = simulate(model, {
    seed,
    replications: 1,
    arrivals: 'independent',
    modelDigest: 'none',
  });
  return results.runs[0]!.journeys['visit']!.arrived;
}

/** What was asked for: an item by Zipf's law, or the only page. */
function captureOf(times: Float64Array): RecordedRequest[] {
  const random = stream(SEED, 0, 'capture', 'mix');
  const keys = new Float64Array(times.length);
  fillZipf(KEYS, EXPONENT, stream(SEED, 0, 'capture', 'keys'), keys);
  return Array.from(times, (ms, at) => ({
    atNs: START_NS + BigInt(Math.round(ms * 1e6)),
    id: String(at),
    connection: undefined,
    method: 'GET',
    target: random.uniform() < MIX ? `/items/${keys[at]! + 1}` : '/home',
    headers: ['Host', 'a.example'],
    body: undefined,
    answer: { status: 200, headers: [], body: undefined, latencyNs: 5_000_000n },
  }));
}

async function workload(times: Float64Array): Promise<Workload> {
  const written = writtenBy(jsonLines, captureOf(times));
  const found = await workloadOf(jsonLines.read(inputOf(written), {}));
  return found!;
}

function expectInside(value: number, { low, high }: { low: number; high: number }): void {
  expect(value).toBeGreaterThanOrEqual(low);
  expect(value).toBeLessThanOrEqual(high);
}

/** Two runs of one rate curve: the scaled squared differences of their counts are 1 in the mean. */
function expectSameRates(a: readonly number[], b: readonly number[]): void {
  const wide = (counts: readonly number[]) =>
    Array.from({ length: 30 }, (_, part) => {
      const size = counts.length / 30;
      return counts.slice(part * size, (part + 1) * size).reduce((sum, count) => sum + count, 0);
    });
  const [first, second] = [wide(a), wide(b)];
  const squares = first.map((n, at) => (n - second[at]!) ** 2 / (n + second[at]!));
  // χ² with 30 degrees of freedom is beyond 59.7 with a chance of 0.1 %.
  expect(squares.reduce((sum, square) => sum + square, 0)).toBeLessThan(59.7);
}

test('the arrivals of the capture are those of the simulation', () => {
  const model = origin('poisson');
  const total = simulated(model).reduce((sum, count) => sum + count, 0);
  expect(arrivalsOf(model)).toHaveLength(total);
});

test('simulate → capture → workload: mix, keys and scatter are in their intervals', async () => {
  const { endpoints, gapCv2, arrivals, curve } = await workload(arrivalsOf(origin('poisson')));
  const [items, home] = endpoints;
  expect([items!.path, home!.path]).toEqual(['/items/{id}', '/home']);
  expectInside(MIX, items!.share);
  expectInside(1 - MIX, home!.share);
  expectInside(EXPONENT, items!.keys!.zipf!.exponent);
  expect(items!.keys!.zipf!.quality).toBe('good');
  expectInside(1, gapCv2!);
  expect(arrivals).toBe('poisson');
  expect(curve.explained).toBeGreaterThan(0.8);
});

test.each(['poisson', 'even'] as const)(
  'the model that is printed runs as it is, and brings the same rates: %s',
  async (kind) => {
    const model = origin(kind);
    const found = await workload(arrivalsOf(model));
    const printed = parsed(modelText(found, { capture: 'a.jsonl', isWhole: true }));
    expect(printed.traffic[0]!.arrivals).toBe(kind);
    expectSameRates(simulated(printed, 1234), simulated(model));
  },
);

const BURSTS: Bursts = { everyMs: 1500, forMs: 250, times: 3.5 };

function expectNear(value: number, truth: number, share: number, words: string): void {
  expect(Math.abs(Math.log(value / truth)), `${words}: ${value}, ${truth}`).toBeLessThan(share);
}

test('bursts: model → arrivals → capture → workload → model, and once more', async () => {
  const bursty = origin('{ bursts: { every: 1500ms, for: 250ms, times: 3.5 } }');
  const texts: string[] = [];
  let model = bursty;
  for (const round of ['once', 'twice']) {
    const found = await workload(arrivalsOf(model));
    expect(found.arrivals).toBe('bursty');
    expect(found.bursts!.quality, round).toBe('good');
    texts.push(modelText(found, { capture: 'a.jsonl', isWhole: true }));
    model = parsed(texts.at(-1)!);
    const { arrivals } = model.traffic[0]!;
    if (typeof arrivals !== 'object' || arrivals.type !== 'bursts') throw new Error('no bursts');
    // 200 bursts: each of the three is known to some 15 % each time.
    for (const key of ['everyMs', 'forMs', 'times'] as const) {
      expectNear(arrivals[key], BURSTS[key], 0.35, `${round}, ${key}`);
    }
    for (const windowMs of [10, 100, 1000, 10_000]) {
      const [own, truth] = [arrivals, BURSTS].map((one) => indexOfDispersion(one, 95, windowMs));
      expectNear(own!, truth!, 0.3, `${round}, index in ${windowMs} ms`);
    }
  }
  expect(texts[0]).toMatch(/# Arrivals come in bursts, some \d+ of them\. Index of dispersion/);
  expect(texts[0]).toMatch(
    /off beyond chance: good\.\n# {3}in 1 ms 1\.\d+, and 1\.\d+\n# {3}in 10 ms/,
  );
  const area = (one: Model) => curveArea(one.traffic[0]!.rate);
  expectNear(area(model), area(bursty), 0.15, 'arrivals');
});

/** A spike, whose ramp no grid of bins meets. */
const SPIKE = [
  { startMs: 0, endMs: 60_000, fromPerSecond: 150, toPerSecond: 150, phase: undefined },
  { startMs: 60_000, endMs: 100_000, fromPerSecond: 150, toPerSecond: 900, phase: undefined },
  { startMs: 100_000, endMs: 300_000, fromPerSecond: 900, toPerSecond: 900, phase: undefined },
];

test.each([
  ['a ramp and a step', origin('poisson').traffic[0]!.rate],
  ['a spike', SPIKE],
])('Poisson arrivals along %s stay Poisson, whatever the seed', async (_, rate) => {
  const traffic = { ...origin('poisson').traffic[0]!, rate };
  for (let seed = 0; seed < 8; seed++) {
    const found = await workload(allArrivals(traffic, arrivalStreams(seed, 0, 'guests')));
    expect(found.arrivals).toBe('poisson');
    expect(found.bursts).toBeUndefined();
    expect(modelText(found, { capture: 'a.jsonl' })).toContain('    arrivals: poisson\n');
  }
});

test('what neither Poisson nor bursts are is said in words, beside what remains', async () => {
  const random = stream(SEED, 0, 'by the clock', 'gaps');
  const times: number[] = [];
  for (let start = 0; start < 300_000; start += 5000) {
    for (let ms = start; ms < start + 500; ms += 2 * drawExponential(random)) times.push(ms);
  }
  const found = await workload(Float64Array.from(times));
  expect(found.bursts!.quality).toBe('none');
  const text = modelText(found, { capture: 'a.jsonl', isWhole: true });
  expect(text).toContain(
    "# Neither Poisson nor such bursts fit: drive the model with the capture's own arrivals",
  );
  expect(parsed(text).traffic[0]!.arrivals).toBe('poisson');
});

test('evenly spaced arrivals have gaps that hardly vary, however the rate moves', async () => {
  expect((await workload(arrivalsOf(origin('even')))).gapCv2!.high).toBeLessThan(0.05);
});

test.each([0, 1, 2, 3])('bursts: CV² 4 is within its interval, seed %i', async (seed) => {
  const times = hyperexponential(4, 20, 20_000, stream(seed, 0, 'bursts', 'gaps'));
  const { gapCv2, arrivals } = await workload(times);
  expectInside(4, { low: gapCv2!.low - 0.3, high: gapCv2!.high + 0.3 });
  expect(gapCv2!.low).toBeGreaterThan(2);
  expect(arrivals).toBe('bursty');
});

/** Two exponential phases with balanced means. */
function hyperexponential(
  scv: number,
  meanMs: number,
  count: number,
  random: RandomStream,
): Float64Array {
  const share = 0.5 * (1 + Math.sqrt((scv - 1) / (scv + 1)));
  const units = new Float64Array(count);
  fillExponentials(random, 1, units, 0, count);
  let at = 0;
  return units.map((unit) => {
    const isFast = random.uniform() < share;
    at += (unit * meanMs) / (2 * (isFast ? share : 1 - share));
    return at;
  });
}
