import { parseCron } from '../cron.ts';
import type { PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { parseOffset } from '../starts.ts';
import { parseDuration, parseRate } from '../units.ts';
import { asNumber, read } from './look.ts';

/** A scheduled action has one way to say when, and something to do. */
export function* scheduledRules(action: PlainMap, path: Path): Generator<Complaint> {
  const { at, cron, min, max } = action;
  yield* zoneRules(action, path);
  const expected = 'either `at` or `cron`';
  if (at === undefined && cron === undefined) {
    yield mismatch(path, expected, 'neither', { about: 'key' });
  }
  if (at !== undefined && cron !== undefined) {
    const against = [[...path, 'at']];
    yield mismatch([...path, 'cron'], expected, 'both', { about: 'key', against });
  }
  if (['min', 'max', 'set'].every((key) => !(key in action))) {
    yield mismatch(path, '`min`, `max` or `set`', 'none of them', { about: 'key' });
  }
  const wrong = typeof cron === 'string' ? parseCron(cron) : undefined;
  if (typeof wrong === 'string') {
    const [expected = '', found = String(cron)] = wrong.split(', found ');
    yield mismatch([...path, 'cron'], expected, found);
  }
  const [least, most] = [asNumber(min), asNumber(max)];
  if (least !== undefined && most !== undefined && least > most) {
    const against = [[...path, 'min']];
    yield mismatch([...path, 'max'], `at least min (${least})`, String(most), { against });
  }
}

/** Zones by name have summer times, whose tables are nowhere here. */
function* zoneRules({ zone, cron }: PlainMap, path: Path): Generator<Complaint> {
  if (zone === undefined) return;
  if (cron === undefined) {
    yield mismatch([...path, 'zone'], '`cron` with it', 'none', { about: 'key' });
  }
  if (typeof zone !== 'string' || parseOffset(zone) !== undefined) return;
  const expected =
    'an offset from UTC from -14:00 to +14:00, such as +05:30: a run has no tables of zones and ' +
    'their summer times';
  yield mismatch([...path, 'zone'], expected, zone);
}

const LONGEST_BUFFER_MS = 3_600_000;

/** What `PutScalingPolicy` refuses in a predictive policy. */
export function* predictiveRules(settings: PlainMap, path: Path): Generator<Complaint> {
  const { target, buffer, 'max-breach': breach, 'max-buffer': maxBuffer } = settings;
  if (read(target, parseRate) === 0) {
    yield mismatch([...path, 'target'], 'more than 0', String(target));
  }
  if ((read(buffer, parseDuration) ?? 0) > LONGEST_BUFFER_MS) {
    const expected = 'at most 3600s (EC2 Auto Scaling: SchedulingBufferTime)';
    yield mismatch([...path, 'buffer'], expected, String(buffer));
  }
  if (maxBuffer !== undefined && breach !== 'increase-max-capacity') {
    const expected = '`max-breach: increase-max-capacity` with it (AWS: MaxCapacityBuffer)';
    yield mismatch([...path, 'max-buffer'], expected, 'none', { about: 'key' });
  }
}
