/** Results of a replay, made up. */
import type { ReplayOutcome, Results } from '../../simulator/results/results.ts';
import { measurement, PLAIN } from '../goldens/made-up.ts';

export function replayed(
  changes: Partial<ReplayOutcome> = {},
  names: typeof PLAIN = PLAIN,
): Results {
  const made = measurement(names, 1.2);
  const [run] = made.runs;
  const journeys = Object.values(run!.journeys);
  const due = journeys.reduce((sum, { counters }) => sum + counters.arrived, 0);
  const latencyMs = journeys[0]!.latencyMs.find(({ count }) => count > 0)!;
  return {
    ...made,
    provenance: { ...made.provenance, tool: 'replay', modelDigest: 'none' },
    warmUpMs: 0,
    phases: [],
    runs: [{ seed: 0, journeys: run!.journeys, services: {}, decisions: [] }],
    replay: {
      verdict: 'pass',
      reasons: [],
      target: 'http://127.0.0.1:4100',
      records: due + 5,
      sent: due - 7,
      failed: { ECONNRESET: 7 },
      heldBack: { 'POST is not allowed': 5 },
      statuses: { 200: due - 10, 503: 3 },
      departed: journeys[0]!.arrived,
      serviceMs: latencyMs,
      elapsedMs: made.durationMs,
      driftMs: 0.1,
      connections: 4,
      ...changes,
    },
  };
}
