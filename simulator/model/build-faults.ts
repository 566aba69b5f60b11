/** Faults of the document → each service's own, in order of time. */
import { duration, ratio } from './build-units.ts';
import type { Fault } from './health-settings.ts';
import type { FaultDocument } from './model-document.ts';

/**
 * Nothing where nothing happens to a service.
 *
 * @param zones names of its zones, in order
 */
export function faultsOf(
  service: string,
  documents: readonly FaultDocument[],
  zones: readonly string[],
): { readonly faults?: readonly Fault[] } {
  const faults = documents
    .filter((document) => victimOf(document) === service)
    .map((document) => fault(document, zones))
    .sort((a, b) => a.atMs - b.atMs);
  return faults.length > 0 ? { faults } : {};
}

function victimOf(document: FaultDocument): string {
  if ('kill' in document) return document.kill;
  if ('hang' in document) return document.hang;
  if ('slow' in document) return document.slow;
  return 'fail' in document ? document.fail : document.degrade;
}

function fault(document: FaultDocument, zones: readonly string[]): Fault {
  const { zone } = document;
  const instances = document.instances ?? (zone === undefined ? (1 as const) : ('all' as const));
  const where = zone !== undefined && { zone: zones.indexOf(zone) };
  const when = { atMs: duration(document.at), instances, ...where };
  if ('kill' in document) return { type: 'kill', ...when };
  const lasting = { ...when, forMs: duration(document.for) };
  if ('hang' in document) return { type: 'hang', ...lasting };
  if ('slow' in document) return { type: 'slow', ...lasting, factor: document.factor };
  if ('degrade' in document) return { type: 'degrade', ...lasting };
  return { type: 'fail', ...lasting, ratio: ratio(document.ratio) };
}
