import {
  addPod,
  emptiestRoom,
  hasRoom,
  type PodSize,
  type Room,
  roomOf,
} from '../kubernetes/least-allocated.ts';
import { unwanted } from '../kubernetes/taints.ts';
import type { Plain, PlainMap } from '../placed.ts';
import { type Complaint, mismatch, type Path, unknown } from '../problem.ts';
import { parseMemory } from '../units.ts';
import { asList, asMap, asNumber, named, read } from './look.ts';
import { choiceOf, choiceRule, isPod, placeOf } from './pod-choice.ts';

/** Services whose instances are pods say what these ask for, fit nodes, and have room at first. */
export function* podRules(root: PlainMap): Generator<Complaint> {
  const pools = named(root['nodes']);
  const known = pools.map(([name]) => name);
  const rooms = new Map(pools.map(([name, pool]) => [name, emptyRooms(asMap(pool))]));
  for (const [name, service] of named(root['services'])) {
    const on = asMap(asMap(service)['on']);
    const path = ['services', name, 'on'];
    if (!isPod(on)) {
      yield* strayRules(on, path);
      continue;
    }
    yield* keyRules(on, path);
    const asked = on['nodes'] === undefined ? known : selectorOf(on['nodes']);
    for (const [index, pool] of asked.entries()) {
      const at = typeof on['nodes'] === 'string' ? ['nodes'] : ['nodes', index];
      if (!known.includes(pool)) yield unknown('pool', [...path, ...at], pool, known);
    }
    const size = sizeOf(on);
    if (size === undefined || !asked.every((pool) => known.includes(pool))) continue;
    const { selected, complaint } = choiceRule(on, asMap(root['nodes']), asked, path);
    if (complaint !== undefined) yield complaint;
    if (selected.length === 0) continue;
    const kinds = selected.map((pool) => asMap(asMap(root['nodes'])[pool]));
    // What is misshapen itself is complained of elsewhere.
    if (kinds.some((kind) => emptyRoom(kind) === undefined)) continue;
    const misfit = nodeRule(size, kinds);
    if (misfit !== undefined) {
      yield mismatch([...path, misfit.key], misfit.expected, String(on[misfit.key]));
      continue;
    }
    const { tolerations = [] } = choiceOf(on);
    const inOrder = known.filter((pool) => selected.includes(pool));
    const own = inOrder.flatMap((pool) => {
      const { taints = [] } = placeOf(asMap(asMap(root['nodes'])[pool]));
      const unwantedTaints = unwanted(taints, tolerations);
      return rooms.get(pool)!.map((room) => ({ ...room, unwantedTaints }));
    });
    yield* startRules(asMap(service), size, own, path);
  }
}

/** A machine's keys mean nothing for a pod: its node is the machine. */
const OF_MACHINES = ['type', 'price', 'boot', 'capacity'];

function* keyRules(on: PlainMap, path: Path): Generator<Complaint> {
  for (const key of OF_MACHINES) {
    if (on[key] === undefined) continue;
    const expected = `no \`${key}\` beside \`nodes\`: the nodes of the pool are the machines`;
    yield mismatch([...path, key], expected, 'both', { about: 'key' });
  }
  if (asMap(on['image'])['per-node'] !== undefined) {
    const expected = 'no `per-node` beside `nodes`: as many as the nodes have room for';
    yield mismatch([...path, 'image', 'per-node'], expected, 'both', { about: 'key' });
  }
  for (const key of ['cpu', 'memory']) {
    if (on[key] !== undefined) continue;
    const at = ['nodes', 'node-selector', 'tolerations'].find((one) => on[one] !== undefined)!;
    yield mismatch([...path, at], `\`${key}\` with it, which a pod asks for`, 'none', {
      about: 'key',
    });
  }
}

function* strayRules(on: PlainMap, path: Path): Generator<Complaint> {
  for (const key of ['cpu', 'memory']) {
    if (on[key] === undefined) continue;
    yield mismatch([...path, key], '`nodes` with it', 'none', { about: 'key' });
  }
}

function selectorOf(nodes: Plain | undefined): string[] {
  const names = typeof nodes === 'string' ? [nodes] : asList(nodes);
  return names.filter((name) => typeof name === 'string');
}

function sizeOf({ cpu, memory }: PlainMap): PodSize | undefined {
  const [cores, memoryBytes] = [asNumber(cpu), read(memory, parseMemory)];
  if (cores === undefined || memoryBytes === undefined) return undefined;
  return { cpuMillis: Math.round(cores * 1000), memoryBytes };
}

function emptyRoom(pool: PlainMap): Room | undefined {
  const size = sizeOf(pool);
  return size && roomOf({ ...size, pods: asNumber(pool['pods']) ?? 110 });
}

/** Room of the nodes that there are at first. */
function emptyRooms(pool: PlainMap): Room[] {
  const count = asNumber(pool['start']) ?? asNumber(pool['min']) ?? 0;
  const rooms = Array.from({ length: Math.min(count, MOST_NODES) }, () => emptyRoom(pool));
  return rooms.filter((room) => room !== undefined);
}

const MOST_NODES = 10_000;

interface Misfit {
  readonly key: 'cpu' | 'memory';
  readonly expected: string;
}

/** What of a pod is more than any node has; undefined where it fits one. */
function nodeRule(size: PodSize, pools: readonly PlainMap[]): Misfit | undefined {
  const rooms = pools.map((pool) => emptyRoom(pool)!);
  if (rooms.some((room) => hasRoom(room, size))) return undefined;
  const [first] = pools;
  const of = pools.length === 1 ? 'a node has' : 'a node of the first pool has';
  const isTooWide = size.cpuMillis > rooms[0]!.cpuMillis;
  const key = isTooWide ? 'cpu' : 'memory';
  return { key, expected: `at most the ${first![key]} that ${of}` };
}

function* startRules(
  service: PlainMap,
  size: PodSize,
  /** Nodes that it may be on; their `used` is of all services. */
  own: readonly (Room & { readonly unwantedTaints: number })[],
  path: Path,
): Generator<Complaint> {
  const { min, start } = asMap(service['scaling']);
  const pods = asNumber(start) ?? asNumber(min) ?? asNumber(service['instances']) ?? 0;
  for (let placed = 0; placed < Math.min(pods, MOST_NODES); placed++) {
    const room = emptiestRoom(own, size, ({ unwantedTaints }) => unwantedTaints);
    if (room === undefined) {
      const nodes = `${own.length} ${own.length === 1 ? 'node' : 'nodes'}`;
      const expected = `room for ${pods} pods on the ${nodes} that a run begins with`;
      const at = asMap(service['on'])['nodes'] === undefined ? [] : ['nodes'];
      yield mismatch([...path, ...at], expected, `room for ${placed}`);
      return;
    }
    addPod(room, size, 1);
  }
}
