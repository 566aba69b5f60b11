/**
 * Who gets the next request: each service's policy, and what that remembers from request to
 * request. The state is in typed arrays, so that code made for one model can read it in place.
 */
import type { Columns } from '../engine/columns.ts';
import { type RandomStream, stream } from '../engine/random.ts';
import type { Model, Service } from '../model/model.ts';
import { isRouted } from '../model/rollout-settings.ts';
import type { RoundRobinState } from '../policies/balancing/round-robin.ts';
import { type Balancer, balancerOf } from './balancer.ts';
import { priorityLoads, priorityNotes } from './by-priority.ts';
import { byVersion, type VersionShare } from './by-version.ts';
import { type Fleet, MAX_SERVICES } from './fleet.ts';
import { createRoster, type Roster } from './roster.ts';
import type { Caller, Seen } from './seen.ts';

/** Random words made at once for each service. */
export const WORDS = 64;
/** 2^−32: a random word times this is in 0 … 1. */
const PER_WORD = 1 / 4294967296;
/** Places in `asked`. */
export const ASKED = { key: 0, caller: 1 } as const;

export interface Balancing {
  /** By service: where the rotation stands; next random word, WORDS when they are used up. */
  readonly rotation: Int32Array;
  readonly wordAt: Int32Array;
  readonly words: Int32Array;
  /** Of the next request: its key, and the row of the instance that sends it, −1 without one. */
  readonly asked: Int32Array;
  readonly roster: Roster;
  readonly begin: (model: Model, seed: number, replication: number) => void;
  readonly refill: (service: number) => void;
  /** How the requests are divided; undefined: each instance has its own share. */
  readonly share: (service: number, share: VersionShare | undefined) => void;
  /** Position among the members of a service's group; −1 without members. */
  readonly pick: (service: number) => number;
}

/**
 * Made once a thread, as the engine's memory is.
 *
 * @param note is told where a service's requests are shared out in another way from now on
 */
export function createBalancing(
  fleet: Fleet,
  { int32 }: Columns,
  nowMs: () => number,
  note: (service: number, reason: string) => void,
): Balancing {
  const roster = createRoster(fleet);
  const rotation = int32(MAX_SERVICES);
  const wordAt = int32(MAX_SERVICES);
  const words = int32(MAX_SERVICES * WORDS);
  // Longer than it need be: see `createMemory`.
  const asked = int32(64);
  const { memberCount, memberVersion, firstRow, members } = fleet;
  let streams: readonly RandomStream[] = [];
  let picks: readonly (() => number)[] = [];
  let shares: (VersionShare | undefined)[] = [];

  function begin(model: Model, seed: number, replication: number): void {
    rotation.fill(0, 0, model.services.length);
    wordAt.fill(WORDS, 0, model.services.length);
    asked.fill(0);
    roster.begin(model);
    streams = model.services.map(({ name }) =>
      stream(seed, replication, `service/${name}`, 'balancing'),
    );
    shares = [];
    picks = model.services.map((service, index) => {
      const active = fleet.outstanding.subarray(firstRow[index], firstRow[index + 1]);
      const isSplit = service.rollouts?.some(({ strategy }) => isRouted(strategy)) ?? false;
      const balancer = isSplit
        ? splitOf(service, index, stream(seed, replication, `service/${service.name}`, 'versions'))
        : balancerOf(service, chanceOf(index), rotationOf(index), seenBy(index));
      return () => balancer(active, memberCount[index]!);
    });
  }

  function chanceOf(service: number): { below: (n: number) => number } {
    return { below: (n) => below(service, n) };
  }

  function splitOf(service: Service, index: number, random: RandomStream): Balancer {
    return byVersion(
      (seen) => {
        const own = { ...seen, loads: loadsOf(index) };
        return balancerOf(service, chanceOf(index), { next: 0 }, own);
      },
      () => shares[index],
      (position) => fleet.version[members[firstRow[index]! + position]!]!,
      () => random.uniform(),
      seenBy(index),
    );
  }

  function share(service: number, one: VersionShare | undefined): void {
    shares[service] = one;
  }

  function rotationOf(service: number): RoundRobinState {
    return {
      get next() {
        return rotation[service]!;
      },
      set next(position) {
        rotation[service] = position;
      },
    };
  }

  function seenBy(service: number): Seen {
    const rowAt = (position: number) => members[firstRow[service]! + position]!;
    return {
      version: () => memberVersion[service]!,
      ordinal: (position) => roster.ordinal[rowAt(position)]!,
      ageMs: (position) => nowMs() - roster.sinceMs[rowAt(position)]!,
      zone: (position) => roster.zone[rowAt(position)]!,
      isWell: (position) => roster.unwell[rowAt(position)] === 0,
      isDegraded: (position) => roster.unwell[rowAt(position)] === 2,
      loads: loadsOf(service),
      key: () => asked[ASKED.key]!,
      caller: () => callerOf(asked[ASKED.caller]!),
    };
  }

  /** By the rule, with a note wherever they change. */
  function loadsOf(service: number): Seen['loads'] {
    const noteOf = priorityNotes();
    return (localities, levels) => {
      const loads = priorityLoads(localities, levels);
      const reason = noteOf(loads);
      if (reason !== undefined) note(service, reason);
      return loads;
    };
  }

  function callerOf(row: number): Caller | undefined {
    if (row < 0 || roster.zone[row]! < 0) return undefined;
    const service = fleet.service[row]!;
    const version = memberVersion[service]!;
    return { service, zone: roster.zone[row]!, version, countByZone: () => countByZone(service) };
  }

  function countByZone(service: number): number[] {
    const counts: number[] = [];
    const first = firstRow[service]!;
    for (let at = first; at < first + memberCount[service]!; at++) {
      const row = members[at]!;
      if (roster.unwell[row] === 1) continue;
      const zone = roster.zone[row]!;
      while (counts.length <= zone) counts.push(0);
      counts[zone]!++;
    }
    return counts;
  }

  /** Uniform in 0 … count − 1, from one word: the bias is below count / 2^32. */
  function below(service: number, count: number): number {
    if (wordAt[service] === WORDS) refill(service);
    return highProduct(words[service * WORDS + wordAt[service]!++]!, count);
  }

  function refill(service: number): void {
    streams[service]!.fill(words, service * WORDS, (service + 1) * WORDS);
    wordAt[service] = 0;
  }

  function pick(service: number): number {
    return picks[service]!();
  }

  return { rotation, wordAt, words, asked, roster, begin, refill, share, pick };
}

/** The upper word of the product of a word, without a sign, and a number of up to 21 bits. */
export function highProduct(word: number, count: number): number {
  return Math.floor((word >>> 0) * count * PER_WORD);
}
