/** What happened to instances stands in every report, and survives its file. */
import { expect, test } from 'vitest';
import { renderHtml } from '../../reports/html.ts';
import { parseResults } from '../../reports/read-results.ts';
import { renderPrediction } from '../../reports/text-prediction.ts';
import { modelDigest } from '../../simulator/model/digest.ts';
import { parseModel } from '../../simulator/model/parse.ts';
import { simulate } from '../../simulator/simulate.ts';

const TEXT = `name: sick
duration: 60s
traffic: { guests: { does: visit, rate: 20/s } }
journeys: { visit: [{ call: web.work, timeout: 1s, fallback: [] }] }
faults: [{ at: 10s, for: 20s, hang: web }]
services:
  web:
    serves: { threads: 8 }
    instances: 2
    health-check: { rules: envoy, interval: 2s, timeout: 1s, rise: 2, fall: 2 }
    endpoints: { work: [{ cpu: 10ms }] }
`;

function predicted() {
  const { model } = parseModel([{ file: 'm.yaml', text: TEXT }]);
  const options = { seed: 1, replications: 3, arrivals: 'independent' } as const;
  return simulate(model!, { ...options, modelDigest: modelDigest(model!) });
}

test('incidents and degraded answers come back from a file of results', () => {
  const results = predicted();
  const read = parseResults('r.json', JSON.stringify(results));
  expect(read.runs[0]!.incidents).toEqual(results.runs[0]!.incidents);
  expect(results.runs[0]!.incidents!.length).toBeGreaterThan(2);
  const { degraded } = results.runs[0]!.journeys['visit']!;
  expect(degraded).toBeGreaterThan(0);
  expect(read.runs[0]!.journeys['visit']!.degraded).toBe(degraded);
});

test('a printed prediction tells of them in order of time', () => {
  const text = renderPrediction(predicted(), { color: false, width: 100 });
  expect(text).toMatch(/What happened {2}in the first replication/);
  const hang = text.indexOf('hang: no answer from 1 instance');
  expect(hang).toBeGreaterThan(0);
  expect(text.indexOf('unhealthy')).toBeGreaterThan(hang);
});

test('so does the HTML report, and one without any says nothing of them', () => {
  const results = predicted();
  expect(renderHtml({ predicted: results })).toContain('hang: no answer from 1 instance');
  const runs = results.runs.map(({ incidents: _, ...run }) => run);
  expect(renderHtml({ predicted: { ...results, runs } })).not.toContain('no answer from');
});
