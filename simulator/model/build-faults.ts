/** Faults of the document → each service's own, in order of time. */
import { duration, ratio } from './build-units.ts';
import type { Fault } from './health-settings.ts';
import type { FaultDocument } from './model-document.ts';

/** Nothing where nothing happens to a service. */
export function faultsOf(
  service: string,
  documents: readonly FaultDocument[],
): { readonly faults?: readonly Fault[] } {
  const faults = documents
    .filter((document) => victimOf(document) === service)
    .map(fault)
    .sort((a, b) => a.atMs - b.atMs);
  return faults.length > 0 ? { faults } : {};
}

function victimOf(document: FaultDocument): string {
  if ('kill' in document) return document.kill;
  if ('hang' in document) return document.hang;
  return 'slow' in document ? document.slow : document.fail;
}

function fault(document: FaultDocument): Fault {
  const when = { atMs: duration(document.at), instances: document.instances ?? 1 };
  if ('kill' in document) return { type: 'kill', ...when };
  const lasting = { ...when, forMs: duration(document.for) };
  if ('hang' in document) return { type: 'hang', ...lasting };
  if ('slow' in document) return { type: 'slow', ...lasting, factor: document.factor };
  return { type: 'fail', ...lasting, ratio: ratio(document.ratio) };
}
