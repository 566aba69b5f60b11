import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldTarget } from '../../replay/endpoint.ts';
import { combined } from '../../replay/formats/logs/combined.ts';
import { modelText } from '../../replay/workload/model-text.ts';
import { areaOf, expectedCounts, fitRateCurve } from '../../replay/workload/rate-curve.ts';
import { workloadOf } from '../../replay/workload/workload.ts';
import { fitZipf } from '../../replay/workload/zipf-fit.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { burstsOf } from '../../simulator/theory/mmpp.ts';
import { mangled } from '../helpers/mangled.ts';
import { SAMPLES } from '../helpers/sample-captures.ts';
import { inputOf } from '../helpers/text-captures.ts';

const SEED = { seed: 1730 };
const counts = fc.array(fc.nat(500), { minLength: 1, maxLength: 120 });

test('a curve brings as many arrivals as there were, and never a negative rate', () => {
  fc.assert(
    fc.property(counts, (bins) => {
      const endMs = bins.length * 1000;
      const { pieces, explained } = fitRateCurve(bins, 1000, endMs);
      const total = bins.reduce((sum, count) => sum + count, 0);
      const area = pieces.reduce((sum, piece) => sum + areaOf(piece), 0);
      expect(area).toBeCloseTo(total, 6);
      expect(pieces[0]!.startMs).toBe(0);
      expect(pieces.at(-1)!.endMs).toBe(endMs);
      pieces.forEach((piece, at) => {
        expect(piece.fromPerSecond).toBeGreaterThanOrEqual(0);
        expect(piece.toPerSecond).toBeGreaterThanOrEqual(0);
        if (at > 0) expect(piece.startMs).toBe(pieces[at - 1]!.endMs);
      });
      expect(explained).toBeGreaterThanOrEqual(0);
      expect(explained).toBeLessThanOrEqual(1);
      const windows = expectedCounts(pieces, 700, Math.ceil(endMs / 700));
      expect(windows.reduce((sum, count) => sum + count, 0)).toBeCloseTo(total, 6);
    }),
    { ...SEED, numRuns: 60 },
  );
});

test('folding is idempotent on paths, keeps their length, and forgets no id', () => {
  const part = fc.oneof(
    fc.constantFrom('users', 'items', 'v2', 'app.css', ''),
    fc.nat().map(String),
    fc.uuid(),
    fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/),
  );
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), (parts) => {
      const target = `/${parts.join('/')}`;
      const { path, key } = foldTarget(target);
      expect(path.split('/')).toHaveLength(target.split('/').length);
      const ids = key === '' ? [] : key.split('/');
      expect(path.replaceAll('{id}', () => ids.shift() ?? '?')).toBe(target);
      expect(foldTarget(path).path).toBe(path);
    }),
    SEED,
  );
});

test('whatever the counts of keys are, a fit is undefined or makes sense', () => {
  const ranked = fc
    .array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 200 })
    .map((list) => Float64Array.from(list).sort().reverse());
  fc.assert(
    fc.property(ranked, (of) => {
      const fit = fitZipf(of);
      if (fit === undefined) return;
      const { value, low, high } = fit.exponent;
      expect(low <= value && value <= high && low >= 0 && Number.isFinite(high)).toBe(true);
      expect(fit.keys).toBeGreaterThanOrEqual(of.length);
      expect(fit.distance >= 0 && fit.distance <= 1).toBe(true);
    }),
    { ...SEED, numRuns: 40 },
  );
});

test('whatever a log is, its workload is none or a model that is one', async () => {
  await fc.assert(
    fc.asyncProperty(
      mangled([SAMPLES['combined']!, SAMPLES['combined']!.repeat(30)]),
      async (log) => {
        const found = await workloadOf(combined.read(inputOf(log), { everyMethod: true }));
        if (found === undefined) return;
        const text = modelText(found, { capture: 'a.log', isWhole: true });
        expect({ text, problems: parseModel([{ file: 'a.yaml', text }]).problems }).toEqual({
          text,
          problems: undefined,
        });
      },
    ),
    { ...SEED, numRuns: 150 },
  );
});

test('whatever bursts are fitted, the model that is printed is one, and has them', async () => {
  const swing = fc.record({
    variationSquared: fc.double({ min: 0.0025, max: 1e4, noNaN: true }),
    thirdMoment: fc.double({ min: -1e3, max: 1e6, noNaN: true }),
    memoryMs: fc.double({ min: 0.1, max: 1e6, noNaN: true }),
  });
  const log = SAMPLES['combined']!.repeat(30);
  const found = (await workloadOf(combined.read(inputOf(log), { everyMethod: true })))!;
  const fitted = { count: 99, indices: [], distance: 0, quality: 'good' } as const;
  fc.assert(
    fc.property(swing, (of) => {
      const bursts = burstsOf(of);
      fc.pre(bursts.forMs <= 0.99 * bursts.everyMs && bursts.times <= 1e5);
      const kind = { arrivals: 'bursty', bursts: { bursts, ...fitted } } as const;
      const text = modelText({ ...found, ...kind }, { capture: 'a.log', isWhole: true });
      const { model, problems } = parseModel([{ file: 'a.yaml', text }]);
      expect({ text, problems }).toEqual({ text, problems: undefined });
      const { arrivals } = model!.traffic[0]!;
      if (typeof arrivals !== 'object' || arrivals.type !== 'bursts') throw new Error(text);
      expect(arrivals.everyMs / bursts.everyMs).toBeCloseTo(1, 2);
      expect(arrivals.times / bursts.times).toBeCloseTo(1, 2);
    }),
    SEED,
  );
});
