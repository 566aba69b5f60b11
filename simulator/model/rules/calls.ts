/** The graph of calls: it has no circles, and a journey does not grow beyond measure in it. */
import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path } from '../problem.ts';
import { everyStep, type FoundStep } from './every-step.ts';
import { asMap, asNumber, named } from './look.ts';

/** Steps of one arrival, with everything that it calls. */
const MOST_STEPS = 10_000;
/** Calls inside calls; no system that anybody runs comes near. */
const MOST_DEPTH = 200;
/** Circles that are named; more of them say nothing new. */
const MOST_CIRCLES = 10;

/** Somebody who is called, with or without waiting for an answer. */
interface Callee {
  readonly target: string;
  readonly path: Path;
  /** How often at most: attempts of each copy. */
  readonly times: number;
}

interface Target {
  readonly callees: readonly Callee[];
  readonly stepCount: number;
}

/** What a target comes to with everything that it calls. */
interface Size {
  readonly steps: number;
  readonly depth: number;
}

/** A circle of calls is named once, where it closes. */
export function* callRules(root: PlainMap): Generator<Complaint> {
  const targets = targetsOf(root);
  const sizes = new Map<string, Size>();
  let circles = 0;
  for (const start of targets.keys()) {
    for (const circle of visit(targets, start, sizes)) if (++circles <= MOST_CIRCLES) yield circle;
  }
  for (const [name, steps] of named(root['journeys'])) {
    const path = ['journeys', name];
    yield* sizeRules(path, sizeOf(targetOf(path, steps), sizes));
  }
}

function* sizeRules(path: Path, { steps, depth }: Size): Generator<Complaint> {
  if (steps > MOST_STEPS) {
    const expected = `at most ${MOST_STEPS} steps an arrival, with all that they call`;
    yield mismatch(path, expected, steps < 1e15 ? String(steps) : 'far more');
  } else if (depth > MOST_DEPTH) {
    yield mismatch(path, `at most ${MOST_DEPTH} calls inside each other`, String(depth));
  }
}

function targetsOf(root: PlainMap): Map<string, Target> {
  const targets = new Map<string, Target>();
  for (const [service, value] of named(root['services'])) {
    for (const [endpoint, steps] of named(asMap(value)['endpoints'])) {
      const path = ['services', service, 'endpoints', endpoint];
      targets.set(`${service}.${endpoint}`, targetOf(path, steps));
    }
  }
  return targets;
}

function targetOf(path: Path, value: Plain): Target {
  const steps = [...everyStep(value, path)];
  return { callees: steps.flatMap(calleesOf), stepCount: steps.length };
}

function calleesOf({ step, path }: FoundStep): Callee[] {
  const { call, copies, retry, hedge, publish } = step;
  const attempts = asNumber(asMap(retry)['attempts']) ?? 1;
  const hedged = hedge === undefined ? 1 : (asNumber(asMap(hedge)['copies']) ?? 2);
  const times = attempts * (asNumber(copies) ?? 1) * hedged;
  return [
    ...(typeof call === 'string' ? [{ target: call, path: [...path, 'call'], times }] : []),
    ...(typeof publish === 'string'
      ? [{ target: publish, path: [...path, 'publish'], times: 1 }]
      : []),
  ];
}

/**
 * Depth-first with a stack of its own, because a file may chain thousands of calls. `sizes` gets
 * the steps of each target once all that it calls is known.
 */
function* visit(
  targets: ReadonlyMap<string, Target>,
  start: string,
  sizes: Map<string, Size>,
): Generator<Complaint> {
  const trail = [{ name: start, next: 0 }];
  const isOnTrail = new Set([start]);
  while (!sizes.has(start)) {
    const top = trail.at(-1)!;
    const target = targets.get(top.name);
    const callee = target?.callees[top.next++];
    if (callee === undefined) {
      sizes.set(top.name, sizeOf(target, sizes));
      isOnTrail.delete(top.name);
      trail.pop();
    } else if (isOnTrail.has(callee.target)) {
      const names = trail.map(({ name }) => name);
      const circle = names.slice(names.indexOf(callee.target));
      yield mismatch(callee.path, 'calls that come to an end', `a circle: ${shown(circle)}`);
    } else if (!sizes.has(callee.target)) {
      trail.push({ name: callee.target, next: 0 });
      isOnTrail.add(callee.target);
    }
  }
}

/** `a → b → a`; of a long circle the beginning and the end. */
function shown(circle: readonly string[]): string {
  const last = circle.slice(-2);
  const names = circle.length > 8 ? [...circle.slice(0, 4), '…', ...last] : circle;
  return [...names, circle[0]].join(' → ');
}

/** Each attempt of each copy may be made, with a pause before it; all ways may be gone. */
function sizeOf(target: Target | undefined, sizes: ReadonlyMap<string, Size>): Size {
  let [steps, depth] = [target?.stepCount ?? 0, 0];
  for (const callee of target?.callees ?? []) {
    const inside = sizes.get(callee.target) ?? { steps: 0, depth: 0 };
    steps += callee.times * (inside.steps + 1);
    depth = Math.max(depth, inside.depth + 1);
  }
  return { steps, depth };
}
