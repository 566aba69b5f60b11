/** A checked `on:` → what one instance runs on, and how it gets there. */
import { buildMix } from './build-mix.ts';
import { podPlacement } from './build-nodes.ts';
import { checked, distribution, duration, ratio } from './build-units.ts';
import type { InstanceKind, ServerKind } from './model.ts';
import type { ServiceDocument } from './model-document.ts';
import { parsePrice } from './units.ts';

type Document = NonNullable<ServiceDocument['on']>;

/** Stages that the document does not name take no time and draw nothing. */
export function buildInstance(on: Document, serves: ServerKind): InstanceKind {
  const { type, price, start, registration, cold } = on;
  return {
    ...buildMix(on, serves),
    ...(on.nodes === undefined ? {} : { pod: podPlacement(on.nodes, on.cpu, on.memory) }),
    type,
    dollarsPerHour: price === undefined ? undefined : checked(parsePrice(price), price),
    boot: distribution(on.boot ?? '0s'),
    warmUpMs: duration(on['warm-up'] ?? '0s'),
    ...(on.capacity === undefined ? {} : { capacity: capacity(on.capacity) }),
    ...(on.image === undefined ? {} : { image: image(on.image) }),
    ...(start === undefined ? {} : { start: distribution(start) }),
    ...(on.readiness === undefined ? {} : { readiness: readiness(on.readiness) }),
    ...(registration === undefined ? {} : { registration: distribution(registration) }),
    ...(cold === undefined ? {} : { cold: { factor: cold.cpu, forMs: duration(cold.for) } }),
  };
}

function capacity({
  errors = '0%',
  retry = '60s',
  quota,
}: NonNullable<Document['capacity']>): NonNullable<InstanceKind['capacity']> {
  const settings = { errorRatio: ratio(errors), retry: distribution(retry) };
  return quota === undefined ? settings : { ...settings, quota };
}

function image(document: NonNullable<Document['image']>): NonNullable<InstanceKind['image']> {
  const { pull, cached = '0s', 'per-node': perNode = 1 } = document;
  return { pull: distribution(pull), cached: distribution(cached), perNode };
}

/** Defaults of Kubernetes. */
function readiness({
  delay = '0s',
  period = '10s',
  successes = 1,
}: NonNullable<Document['readiness']>): NonNullable<InstanceKind['readiness']> {
  return { delayMs: duration(delay), periodMs: duration(period), successes };
}
