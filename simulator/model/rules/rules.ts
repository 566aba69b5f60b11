/**
 * What fields say about each other. Rules look at the raw document, so that they speak up even
 * where something else is misshapen; what is misshapen itself they pass over in silence.
 */
import { isPlainMap, type Plain, type PlainMap } from '../placed.ts';
import { type Complaint, mismatch } from '../problem.ts';
import { formatDuration, parseDuration } from '../units.ts';
import { cacheRules } from './caches.ts';
import { callRules } from './calls.ts';
import { faultRules } from './faults.ts';
import { asMap, read } from './look.ts';
import { nodeRules } from './nodes.ts';
import { serviceRules } from './service.ts';
import { sloRules } from './slo.ts';
import { journeyRules } from './steps.ts';
import { trafficRules } from './traffic.ts';

/** All broken rules of a document. */
export function brokenRules(document: Plain): Complaint[] {
  const root = asMap(document);
  return [
    ...sectionRules(root),
    ...durationRules(root),
    ...sloRules(root),
    ...trafficRules(root),
    ...journeyRules(root),
    ...serviceRules(root),
    ...callRules(root),
    ...cacheRules(root),
    ...faultRules(root),
    ...nodeRules(root),
  ];
}

function* sectionRules(root: PlainMap): Generator<Complaint> {
  for (const section of ['traffic', 'journeys', 'services']) {
    const value = root[section];
    if (isPlainMap(value) && Object.keys(value).length === 0) {
      yield mismatch([section], 'at least one of them', 'none');
    }
  }
}

const MOST_DAYS = 366;

function* durationRules(root: PlainMap): Generator<Complaint> {
  const durationMs = read(root['duration'], parseDuration);
  if (durationMs === undefined) return;
  if (durationMs === 0)
    yield mismatch(['duration'], 'a duration above 0', String(root['duration']));
  if (durationMs > MOST_DAYS * 86_400_000) {
    yield mismatch(['duration'], `at most ${MOST_DAYS}d`, formatDuration(durationMs));
  }
  const warmUpMs = read(root['warm-up'], parseDuration) ?? 0;
  if (durationMs > 0 && warmUpMs >= durationMs) {
    const expected = `less than the duration of ${root['duration']}`;
    const against = [['duration']];
    yield mismatch(['warm-up'], expected, String(root['warm-up']), { against });
  }
}
