/** What is asked for, how often, by which keys, and how it was answered. */
import { Histogram } from '../../simulator/results/histogram.ts';
import { foldTarget } from '../endpoint.ts';
import type { RecordedRequest } from '../formats/capture.ts';
import { hashOf } from '../hashes.ts';
import { type KeyBudget, KeyCounter } from './keys.ts';

export interface EndpointCount {
  /** Its place in `names`. */
  readonly index: number;
  readonly method: string;
  path: string;
  count: number;
  /** Answers of 500 and more. */
  errors: number;
  answered: number;
  readonly keys: KeyCounter;
  latency: Histogram | undefined;
}

const MOST_ENDPOINTS = 5000;
const MOST_HISTOGRAMS = 500;
const MOST_KEYS = 1_000_000;
/** Siblings that differ in one part of their path only: so many are ids, not names. */
const NAMES = 24;
const OTHER = '(other)';

export class EndpointCounter {
  private readonly counts = new Map<string, EndpointCount>();
  private readonly budget: KeyBudget = { left: MOST_KEYS };
  private histograms = 0;
  /** By index, as they are called after `result`; several may have become one. */
  readonly names: string[] = [];

  /** @returns the index of its endpoint */
  add({ method, target, answer }: RecordedRequest): number {
    const { path, key } = foldTarget(target);
    const endpoint = this.endpointOf(method, path);
    endpoint.count++;
    if (key !== '') endpoint.keys.add(key);
    this.countAnswer(endpoint, answer);
    return endpoint.index;
  }

  private countAnswer(endpoint: EndpointCount, answer: RecordedRequest['answer']): void {
    if (answer === undefined) return;
    endpoint.answered++;
    if (answer.status >= 500) endpoint.errors++;
    if (answer.latencyNs === undefined) return;
    if (endpoint.latency === undefined && this.histograms < MOST_HISTOGRAMS) {
      endpoint.latency = new Histogram();
      this.histograms++;
    }
    endpoint.latency?.record(Number(answer.latencyNs) / 1e6);
  }

  /** The most frequent first; names of many siblings folded to ids. */
  result(): EndpointCount[] {
    for (const siblings of manySiblings([...this.counts.values()])) {
      const [first, ...others] = siblings;
      const part = differingPart(siblings);
      if (first === undefined || part < 0) continue;
      this.fold(first, others, part);
    }
    return [...this.counts.values()].sort((a, b) => b.count - a.count || order(a, b));
  }

  private endpointOf(method: string, path: string): EndpointCount {
    const name = `${method} ${path}`;
    const known = this.counts.get(name);
    if (known !== undefined) return known;
    const isFull = this.counts.size >= MOST_ENDPOINTS;
    if (isFull && path !== OTHER) return this.endpointOf(method.slice(0, 40), OTHER);
    const keys = new KeyCounter(this.budget);
    const own = Buffer.from(path, 'latin1').toString('latin1');
    const index = this.names.push(`${method} ${own}`) - 1;
    const none = { count: 0, errors: 0, answered: 0, latency: undefined };
    const made = { index, method, path: own, keys, ...none };
    this.counts.set(`${method} ${own}`, made);
    return made;
  }

  /** Their names become keys of one endpoint. */
  private fold(first: EndpointCount, others: readonly EndpointCount[], part: number): void {
    const own = new KeyCounter(this.budget);
    for (const one of [first, ...others]) {
      this.counts.delete(`${one.method} ${one.path}`);
      const name = one.path.split('/')[part]!;
      if (one.keys.total === 0) own.addHash(hashOf(name), one.count);
      else own.takeOver(one.keys);
    }
    for (const one of others) {
      first.count += one.count;
      first.errors += one.errors;
      first.answered += one.answered;
      if (one.latency !== undefined) {
        first.latency ??= new Histogram();
        first.latency.merge(one.latency.toData());
      }
    }
    const path = first.path.split('/').with(part, '{id}').join('/');
    for (const { index } of [first, ...others]) this.names[index] = `${first.method} ${path}`;
    const folded: EndpointCount = { ...first, path, keys: own };
    const known = this.counts.get(`${folded.method} ${path}`);
    if (known === undefined) this.counts.set(`${folded.method} ${path}`, folded);
    else {
      known.count += folded.count;
      known.errors += folded.errors;
      known.answered += folded.answered;
      known.keys.takeOver(own);
    }
  }
}

function order(a: EndpointCount, b: EndpointCount): number {
  return `${a.path} ${a.method}` < `${b.path} ${b.method}` ? -1 : 1;
}

/** Groups of at least `NAMES` endpoints that are the same but for one part of their path. */
function manySiblings(endpoints: readonly EndpointCount[]): EndpointCount[][] {
  const groups = new Map<string, EndpointCount[]>();
  for (const endpoint of endpoints) {
    const parts = endpoint.path.split('/');
    for (let at = 1; at < parts.length; at++) {
      if (parts[at] === '{id}' || parts[at] === '') continue;
      const pattern = `${endpoint.method} ${parts.with(at, '\0').join('/')}`;
      const group = groups.get(pattern);
      if (group === undefined) groups.set(pattern, [endpoint]);
      else group.push(endpoint);
    }
  }
  const taken = new Set<EndpointCount>();
  const many = [...groups.values()].filter((group) => group.length >= NAMES);
  return many
    .sort((a, b) => b.length - a.length)
    .map((group) => {
      const free = group.filter((endpoint) => !taken.has(endpoint));
      if (free.length < NAMES) return [];
      for (const endpoint of free) taken.add(endpoint);
      return free;
    });
}

function differingPart([first, second]: readonly EndpointCount[]): number {
  const [a, b] = [first?.path.split('/') ?? [], second?.path.split('/') ?? []];
  return a.findIndex((part, at) => part !== b[at]);
}
