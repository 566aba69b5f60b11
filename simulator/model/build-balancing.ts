/** Balancing in words → in numbers, with the vendors' defaults. */
import { duration, ratio } from './build-units.ts';
import type { Balancing, BalancingKeys, SlowStartRamp } from './model.ts';
import type {
  BalancingDocument,
  KeysDocument,
  LeastRequestDocument,
  SlowStartDocument,
} from './model-document.ts';

/** Envoy: choices, ring, table and instances; HAProxy and ALB have none. */
const DEFAULT = { choices: 2, ringSize: 1024, tableSize: 65_537, minInstances: 6 } as const;

/** Turns a balancing that has passed the schema and the rules into numbers. */
export function buildBalancing(document: BalancingDocument): Balancing {
  if (typeof document === 'string') return plain(document);
  if ('round-robin' in document) {
    const { weights, 'slow-start': slowStart } = document['round-robin'];
    return { type: 'round-robin', ...weighted(weights), ...ramped(slowStart) };
  }
  if ('least-request' in document) return leastRequest(document['least-request']);
  if ('random' in document) return { type: 'random', ...weighted(document.random.weights) };
  if ('leastconn' in document) {
    const { weights, 'slow-start': window } = document.leastconn;
    const slowStart = window === undefined ? {} : { slowStartMs: duration(window) };
    return { type: 'leastconn', ...weighted(weights), ...slowStart };
  }
  if ('ring-hash' in document) {
    const { key, weights, 'min-size': minSize = DEFAULT.ringSize } = document['ring-hash'];
    return { type: 'ring-hash', keys: keys(key), minSize, ...weighted(weights) };
  }
  if ('maglev' in document) {
    const { key, weights, table: size = DEFAULT.tableSize } = document.maglev;
    return { type: 'maglev', keys: keys(key), size, ...weighted(weights) };
  }
  const { 'min-instances': minInstances = DEFAULT.minInstances } = document['zone-aware'];
  return { type: 'zone-aware', minInstances };
}

function plain(type: Extract<BalancingDocument, string>): Balancing {
  if (type === 'least-request') return leastRequest({});
  return type === 'zone-aware' ? { type, minInstances: DEFAULT.minInstances } : { type };
}

function leastRequest(document: number | LeastRequestDocument): Balancing {
  if (typeof document === 'number') return { type: 'least-request', choices: document };
  const { choices = DEFAULT.choices, replacement, bias, weights } = document;
  return {
    type: 'least-request',
    choices,
    ...(replacement !== undefined && { replacement }),
    ...(bias !== undefined && { bias }),
    ...weighted(weights),
    ...ramped(document['slow-start']),
  };
}

function weighted(weights: readonly number[] | undefined): {
  readonly weights?: readonly number[];
} {
  return weights === undefined ? {} : { weights };
}

function keys({ count, zipf = 0 }: KeysDocument): BalancingKeys {
  return { count, zipf };
}

function ramped(document: SlowStartDocument | undefined): { readonly slowStart?: SlowStartRamp } {
  if (document === undefined) return {};
  const {
    window,
    aggression = 1,
    'min-weight': least = '10%',
  } = typeof document === 'string' ? { window: document } : document;
  const slowStart = { windowMs: duration(window), aggression, minWeightRatio: ratio(least) };
  return { slowStart };
}
