/**
 * YAML text → Model, or every problem at once, each with its place. Nothing is guessed and nothing
 * is skipped: a document is a model, or a list of what keeps it from being one.
 *
 *     text ──readDocument──► values with places ──overlay──► one document
 *          ──schema + rules──► complaints, or ──buildModel──► Model
 */
import { buildModel } from './build.ts';
import { readDocument } from './document.ts';
import { explain } from './explain.ts';
import type { Model } from './model.ts';
import { overlay, type Placed, placeOf, plainOf } from './placed.ts';
import type { Complaint, Problem } from './problem.ts';
import { type RecordedArrivals, readReplayed } from './replayed.ts';
import { brokenRules } from './rules/rules.ts';
import { modelSchema } from './schema.ts';
import { type ModelSource, type Place, problemAt } from './source.ts';
import { UsageError } from './usage-error.ts';

export type ParsedModel =
  | { readonly model: Model; readonly problems?: never }
  | { readonly model?: never; readonly problems: readonly Problem[] };

/**
 * @param file as a source names it
 * @param source that source's file
 */
export type ReadArrivalsFrom = (file: string, source: string) => RecordedArrivals;

function noFiles(): never {
  throw new UsageError('expected a model without files of arrivals: nobody reads files here');
}

const MOST_PROBLEMS = 100;
/** Shape mistakes that are put into words; a file with more is no model at all. */
const MOST_ISSUES = 1000;

/**
 * Parses a model file and the overlays on it, in order; each is merged by key over what came
 * before. Never throws on any text.
 *
 * @param sources the model first; at least one
 * @param readArrivals how files of arrivals are read that the model names
 */
export function parseModel(
  sources: readonly ModelSource[],
  readArrivals: ReadArrivalsFrom = noFiles,
): ParsedModel {
  const documents = sources.map(readDocument);
  const problems = documents.flatMap((document) => document.problems);
  const placed = documents.flatMap((document) => document.placed ?? []);
  // Without all the texts, what is there says little about what is meant.
  if (placed.length < sources.length || placed.some(({ kind }) => kind !== 'map')) {
    return { problems: inOrder(problems, sources) };
  }
  const merged = placed.slice(1).reduce<Laid>(layOver, { placed: placed[0]!, problems: [] });
  const document = plainOf(merged.placed);
  const shape = modelSchema.safeParse(document);
  const issues = shape.success ? [] : shape.error.issues.slice(0, MOST_ISSUES);
  const complaints = [...explain(modelSchema, issues, document), ...brokenRules(document)];
  const all = [
    ...problems,
    ...merged.problems,
    ...complaints.map((complaint) => located(complaint, merged.placed, sources)),
  ];
  if (all.length > 0 || !shape.success) return { problems: inOrder(all, sources) };
  const { byTraffic, complaints: unread } = readReplayed(shape.data, (file, path) =>
    readArrivals(file, placeOf(merged.placed, path, 'value').source.file),
  );
  if (unread.length > 0) {
    const found = unread.map((complaint) => located(complaint, merged.placed, sources));
    return { problems: inOrder(found, sources) };
  }
  return { model: buildModel(shape.data, byTraffic) };
}

interface Laid {
  readonly placed: Placed;
  readonly problems: readonly Problem[];
}

function layOver(below: Laid, above: Placed): Laid {
  const { placed, complaints } = overlay(below.placed, above);
  const problems = complaints.map(({ place, complaint }) => problemAt(place, complaint));
  return { placed, problems: [...below.problems, ...problems] };
}

/** The place of what was said last among the values that contradict each other. */
function located(complaint: Complaint, root: Placed, sources: readonly ModelSource[]): Problem {
  const paths = [complaint.path, ...(complaint.against ?? [])];
  const places = paths.map((path) => placeOf(root, path, complaint.about));
  const order = (place: Place) => sources.indexOf(place.source);
  const last = places.reduce((a, b) => (order(b) > order(a) ? b : a));
  return problemAt(last, complaint);
}

/** Problems in the order of the sources, one a value; those beyond the limit are counted. */
function inOrder(problems: readonly Problem[], sources: readonly ModelSource[]): Problem[] {
  const files = sources.map(({ file }) => file);
  const seen = new Set<string>();
  const distinct = problems.filter(({ file, line, column, path, message }) => {
    const key = `${file}:${line}:${column}:${file === '--set' ? message : path}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
  const order = (a: Problem, b: Problem) =>
    files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column;
  const sorted = distinct.sort(order);
  const left = sorted.length - MOST_PROBLEMS;
  if (left <= 0) return sorted;
  const last = sorted[MOST_PROBLEMS - 1]!;
  const message = `… and at least ${left + 1} more problems`;
  return [...sorted.slice(0, MOST_PROBLEMS - 1), { ...last, path: '', message, sourceLine: '' }];
}
