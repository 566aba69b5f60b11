/** YAML text → values that remember where they stand, or what is wrong with the text. */
import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Entry, Placed } from './placed.ts';
import { mismatch, type Path, type Problem, quoted } from './problem.ts';
import { type ModelSource, type Place, problemAt } from './source.ts';
import { type TextMistake, textMistake } from './yaml-mistakes.ts';
import { MOST_DEPTH, tokensOf } from './yaml-tokens.ts';

const MOST_NODES = 100_000;
const MOST_ALIASES = 100;
const MOST_PROBLEMS = 50;

export interface ReadDocument {
  /** Absent where the text is no YAML. */
  readonly placed: Placed | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads one source: plain YAML 1.2, one map, no tags and no directives. Whatever the reader only
 * warns about is a problem here.
 */
export function readDocument(source: ModelSource): ReadDocument {
  return new Reader(source).read();
}

/** One reading: budgets are used up and problems pile up on the way. */
class Reader {
  private readonly source: ModelSource;
  /** Where the YAML begins: after the `=` of a setting. */
  private readonly skipped: number;
  private readonly lines = new LineCounter();
  private readonly problems: Problem[] = [];
  private readonly open = new Set<Node>();
  private document: Document | undefined;
  private end = 0;
  private nodes = 0;
  private aliases = 0;

  constructor(source: ModelSource) {
    this.source = source;
    this.skipped = source.setting === undefined ? 0 : source.text.indexOf('=') + 1;
  }

  read(): ReadDocument {
    const text = this.source.text.slice(this.skipped);
    this.end = text.trimEnd().length;
    const { tokens, mistakes, isCut } = tokensOf(text, this.lines.addNewLine);
    for (const mistake of mistakes) this.textProblem(mistake);
    if (isCut) return { placed: undefined, problems: this.problems };
    // The reader's own look for double keys takes quadratic time; ours is in `map` below.
    const composer = new Composer({ prettyErrors: false, logLevel: 'silent', uniqueKeys: false });
    const [document, second] = [...composer.compose(tokens, true, text.length)];
    this.document = document!;
    for (const error of document!.errors) this.textProblem(textMistake(error));
    if (second !== undefined) {
      const offset = second.range[0];
      this.textProblem({ offset, expected: 'one document', found: 'a second one' });
    }
    if (this.problems.length > 0) return { placed: undefined, problems: this.problems };
    for (const warning of document!.warnings) this.textProblem(textMistake(warning));
    return { placed: this.root(document!.contents), problems: this.problems };
  }

  private root(contents: unknown): Placed {
    const path = this.source.setting ?? [];
    const value = this.placed(isNode(contents) ? contents : null, this.place(0), path);
    if (this.source.setting !== undefined) return this.insideKeys(value);
    if (value.kind !== 'map') {
      const what = 'a map that begins with a key such as "name:"';
      this.complain(value.place, [], what, value.kind === 'list' ? 'a list' : 'no map');
    }
    return value;
  }

  /** The value of a setting, inside the keys of its path. */
  private insideKeys(value: Placed): Placed {
    let result = value;
    let column = this.skipped;
    for (const key of [...this.source.setting!].reverse()) {
      column -= key.length;
      const place = { source: this.source, line: 1, column: column-- };
      const entries = new Map([[key, { keyPlace: place, value: result }]]);
      result = { kind: 'map', entries, removed: new Map(), place };
    }
    return result;
  }

  private place(offset: number): Place {
    const { line, col } = this.lines.linePos(offset);
    const shift = line <= 1 ? this.skipped : 0;
    return { source: this.source, line: Math.max(1, line), column: Math.max(1, col) + shift };
  }

  private placeOf(node: unknown, fallback: Place): Place {
    const offset = isNode(node) ? node.range?.[0] : undefined;
    return offset === undefined ? fallback : this.place(offset);
  }

  private placed(node: Node | null, fallback: Place, path: Path): Placed {
    const place = this.placeOf(node, fallback);
    const nothing: Placed = { kind: 'scalar', value: null, place };
    if (node === null) return nothing;
    if (++this.nodes > MOST_NODES) {
      return this.refused(place, path, `at most ${MOST_NODES} values`, 'more');
    }
    if (path.length > MOST_DEPTH) {
      return this.refused(place, path, `at most ${MOST_DEPTH} levels`, 'more');
    }
    if (isAlias(node)) return this.aliased(node, place, path);
    if (isScalar(node)) return this.scalar(node, place, path);
    if (this.open.has(node)) {
      return this.refused(place, path, 'an alias of something else', 'one that contains itself');
    }
    this.open.add(node);
    const value = isMap(node) ? this.map(node, place, path) : this.list(node, place, path);
    this.open.delete(node);
    return value;
  }

  private list(node: Node, place: Place, path: Path): Placed {
    const items = isSeq(node) ? node.items : [];
    const placed = items.map((item, index) =>
      this.placed(isNode(item) ? item : null, place, [...path, index]),
    );
    return { kind: 'list', items: placed, place };
  }

  private map(node: YAMLMap, place: Place, path: Path): Placed {
    const entries = new Map<string, Entry>();
    for (const { key, value } of node.items) {
      const keyPlace = this.placeOf(key, place);
      const name = isScalar(key) ? String(key.value) : '';
      const first = entries.get(name)?.keyPlace;
      const at = [...path, name];
      if (!isScalar(key) || typeof key.value === 'object' || name === '__proto__') {
        this.complain(keyPlace, path, 'a word as key', isScalar(key) ? quoted(name) : 'a value');
      } else if (first !== undefined) {
        const found = `${quoted(name)} again, after line ${first.line}`;
        this.complain(keyPlace, at, 'every key once', found);
      } else {
        const placed = this.placed(isNode(value) ? value : null, keyPlace, at);
        entries.set(name, { keyPlace, value: placed });
      }
    }
    return { kind: 'map', entries, removed: new Map(), place };
  }

  private aliased(node: Alias, place: Place, path: Path): Placed {
    if (++this.aliases > MOST_ALIASES) {
      return this.refused(place, path, `at most ${MOST_ALIASES} aliases`, 'more');
    }
    const target = node.resolve(this.document!);
    if (target !== undefined) return this.placed(target, place, path);
    const found = `*${node.source.slice(0, 40)}, which nothing before it defines`;
    return this.refused(place, path, 'an alias of something', found);
  }

  private scalar({ value, source }: Scalar, place: Place, path: Path): Placed {
    if (typeof value === 'number' && !/^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(source ?? '')) {
      return this.refused(place, path, 'a number in plain digits such as 24', source ?? '');
    }
    if (value === null || ['string', 'boolean', 'number'].includes(typeof value)) {
      // The line above has narrowed it; TypeScript does not follow `includes`.
      return { kind: 'scalar', value: value as string | boolean | number | null, place };
    }
    return this.refused(place, path, 'text, a number, true or false', typeof value);
  }

  private refused(place: Place, path: Path, expected: string, found: string): Placed {
    this.complain(place, path, expected, found);
    return { kind: 'scalar', value: null, place };
  }

  private complain(place: Place, path: Path, expected: string, found: string): void {
    if (this.problems.length >= MOST_PROBLEMS) return;
    this.problems.push(problemAt(place, mismatch(path, expected, found)));
  }

  /** One problem a line: the second is as a rule a consequence of the first. */
  private textProblem({ offset, expected, found }: TextMistake): void {
    // What is missing at the end of the text is shown after its last word.
    const place = this.place(Math.min(offset, this.end));
    if (this.problems.some(({ line }) => line === place.line)) return;
    this.complain(place, [], expected, found);
  }
}
