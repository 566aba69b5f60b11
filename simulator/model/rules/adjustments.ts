import { isPlainMap, type Plain, type PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { asMap } from './look.ts';
import { readThreshold, unitRules } from './metric-unit.ts';

/** A step's range of distances from the threshold, in the direction of the breach. */
interface Range {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  /** As the file says it. */
  readonly fromText: string;
  readonly toText: string;
}

/**
 * Each adjustment changes one thing in a range that can be reached; ranges neither overlap nor
 * leave a gap (EC2 Auto Scaling user guide, "Step adjustments for step scaling").
 */
export function* adjustmentRules(
  steps: readonly Plain[],
  alarm: PlainMap,
  path: Path,
): Generator<Complaint> {
  const ranges: Range[] = [];
  for (const [index, step] of steps.entries()) {
    if (!isPlainMap(step)) continue;
    const at = [...path, index];
    yield* changeRules(step, at);
    yield* unitRules(alarm['metric'], step['from'], [...at, 'from']);
    yield* unitRules(alarm['metric'], step['to'], [...at, 'to']);
    const range = rangeOf(step, index);
    if (range.to <= range.from) {
      yield mismatch([...at, 'to'], `more than ${range.fromText}`, range.toText);
    } else {
      ranges.push(range);
    }
    yield* reachRules(range, alarm, at);
  }
  yield* seamRules(ranges, path);
}

/** One of `add`, `remove` and `set`. */
export function* changeRules(step: PlainMap, path: Path): Generator<Complaint> {
  const present = ['add', 'remove', 'set'].filter((key) => key in step);
  const expected = 'one of `add`, `remove` and `set`';
  if (present.length === 0) yield mismatch(path, expected, 'none');
  if (present.length > 1) {
    const found = present.map((key) => `"${key}"`).join(' and ');
    yield mismatch([...path, present.at(-1)!], expected, found, { about: 'key' });
  }
}

function rangeOf(step: PlainMap, index: number): Range {
  const { from, to } = asMap(step);
  return {
    index,
    from: readThreshold(from) ?? 0,
    to: readThreshold(to) ?? Number.POSITIVE_INFINITY,
    fromText: from === undefined ? 'the threshold' : String(from),
    toText: to === undefined ? 'the end' : String(to),
  };
}

/** No metric is below 0: a threshold of 50/s cannot be missed by 50/s or more. */
function* reachRules(range: Range, alarm: PlainMap, path: Path): Generator<Complaint> {
  const below = readThreshold(alarm['below']);
  if (below === undefined || alarm['above'] !== undefined || range.from < below) return;
  const expected = `less than the threshold of ${alarm['below']}: nothing is further below it`;
  yield mismatch([...path, 'from'], expected, range.fromText);
}

function* seamRules(ranges: readonly Range[], path: Path): Generator<Complaint> {
  const sorted = [...ranges].sort((a, b) => a.from - b.from);
  for (const [position, range] of sorted.entries()) {
    const before = sorted[position - 1];
    if (before === undefined || before.to === range.from) continue;
    const kind = before.to > range.from ? 'an overlap' : 'a gap';
    const found = `${kind}: ${seam(before, range)}`;
    yield mismatch([...path, range.index], 'steps that join', found);
  }
}

function seam(before: Range, range: Range): string {
  return `step ${before.index + 1} goes to ${before.toText}, this one starts at ${range.fromText}`;
}
