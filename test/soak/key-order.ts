/** The same model with the keys of all its maps in another order; lists keep theirs. */
import { type Document, isMap, parseDocument, visit } from 'yaml';
import { stream } from '../../simulator/engine/random.ts';
import type { Subject } from './hashes.ts';

/** Rearranges a list in place. */
type Rearrange = (items: unknown[]) => unknown;

export function keysReversed(subject: Subject): Subject {
  return rearranged(subject, (items) => items.reverse());
}

/** Another order for every seed. */
export function keysShuffled(subject: Subject, seed: number): Subject {
  const random = stream(seed, 0, 'keys', 'order');
  return rearranged(subject, (items) => {
    for (let last = items.length - 1; last > 0; last--) {
      const other = Math.floor(random.uniform() * (last + 1));
      [items[last], items[other]] = [items[other], items[last]];
    }
  });
}

function rearranged(subject: Subject, rearrange: Rearrange): Subject {
  return subject.map(({ file, text }) => {
    const document = parseDocument(text);
    rearrangeMaps(document, rearrange);
    return { file, text: document.toString() };
  });
}

function rearrangeMaps(document: Document, rearrange: Rearrange): void {
  visit(document, (_, node) => {
    if (isMap(node)) rearrange(node.items);
  });
}
