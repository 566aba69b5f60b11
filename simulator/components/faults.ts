/**
 * What is wrong with instances: faults of the model begin and end, and each row shows what they
 * and its version come to. Several at once at one instance add up: it is hung while one of them
 * hangs it, slow by the product of the factors, and fails unless none of them makes it fail.
 */

import type { Fault } from '../model/health-settings.ts';
import type { Model } from '../model/model.ts';
import { type Fleet, MAX_ROWS, STATE } from './fleet.ts';

export interface FaultColumns {
  /** 1 while an instance answers nothing. */
  readonly hung: Uint8Array;
  /** Work on the processor takes so many times as long. */
  readonly slowness: Float64Array;
  /** Of requests that are answered with an error at once. */
  readonly failRatio: Float64Array;
  /** 1 while an instance asks to be spared. */
  readonly degraded: Uint8Array;
}

/** A fault that lasts, and the instances that it has hit. */
interface Active {
  readonly fault: Fault;
  readonly hits: readonly { readonly row: number; readonly launchedMs: number }[];
}

export interface Faults extends FaultColumns {
  readonly begin: (model: Model) => void;
  /** A new instance in a row is as well as its version is. */
  readonly opened: (row: number) => void;
  /** What was wrong with an instance ends with its process; a new one takes its place. */
  readonly restarted: (row: number) => void;
  /** Rows that a fault hits: instances that serve, the oldest rows first. */
  readonly victims: (service: number, fault: Fault) => number[];
  readonly start: (fault: Fault, rows: readonly number[]) => void;
  /** Gives the rows that are no longer hung. */
  readonly end: (fault: Fault) => number[];
}

/** Made once a thread, as the fleet is; an instance's zone is −1 without zones. */
export function createFaults(fleet: Fleet, zoneOf: (row: number) => number): Faults {
  const hung = new Uint8Array(MAX_ROWS);
  const slowness = new Float64Array(MAX_ROWS).fill(1);
  const failRatio = new Float64Array(MAX_ROWS);
  const degraded = new Uint8Array(MAX_ROWS);
  let active: Active[] = [];

  function begin(): void {
    active = [];
    for (let row = 0; row < fleet.rowCount; row++) opened(row);
  }

  function opened(row: number): void {
    const { rollouts } = fleet.services[fleet.service[row]!]!;
    const version = rollouts?.[fleet.version[row]! - 1]?.version;
    hung[row] = 0;
    slowness[row] = version?.slowness ?? 1;
    failRatio[row] = version?.failRatio ?? 0;
    degraded[row] = 0;
  }

  function victims(service: number, { instances, zone }: Fault): number[] {
    const serving = fleet.rowsIn(service, STATE.warming, STATE.ready);
    const there = serving.filter((row) => zone === undefined || zoneOf(row) === zone);
    return instances === 'all' ? there : there.slice(0, instances);
  }

  function start(fault: Fault, rows: readonly number[]): void {
    const hits = rows.map((row) => ({ row, launchedMs: fleet.launchedMs[row]! }));
    active.push({ fault, hits });
    for (const row of rows) show(row);
  }

  function end(fault: Fault): number[] {
    const over = active.find((one) => one.fault === fault);
    if (over === undefined) return [];
    active = active.filter((one) => one !== over);
    const freed: number[] = [];
    for (const { row, launchedMs } of over.hits) {
      if (fleet.launchedMs[row] !== launchedMs) continue;
      const wasHung = hung[row] === 1;
      show(row);
      if (wasHung && hung[row] === 0) freed.push(row);
    }
    return freed;
  }

  function restarted(row: number): void {
    active = active.map(({ fault, hits }) => ({
      fault,
      hits: hits.filter((hit) => hit.row !== row),
    }));
    opened(row);
  }

  /** Works out what the active faults come to at a row. */
  function show(row: number): void {
    opened(row);
    const hitting = active.filter(({ hits }) =>
      hits.some((hit) => hit.row === row && hit.launchedMs === fleet.launchedMs[row]),
    );
    const ailment = ailmentOf(hitting.map(({ fault }) => fault));
    if (ailment.hung) hung[row] = 1;
    if (hitting.some(({ fault }) => fault.type === 'degrade')) degraded[row] = 1;
    slowness[row]! *= ailment.slowness;
    failRatio[row] = 1 - (1 - failRatio[row]!) * (1 - ailment.failRatio);
  }

  const columns = { hung, slowness, failRatio, degraded };
  return { ...columns, begin, opened, restarted, victims, start, end };
}

/** What is wrong with one instance; nothing is `{ hung: false, slowness: 1, failRatio: 0 }`. */
export interface Ailment {
  readonly hung: boolean;
  readonly slowness: number;
  readonly failRatio: number;
}

/**
 * What the faults that hit one instance at once come to.
 * Example: two that fail half of its requests each leave a quarter well: `failRatio` 0.75.
 */
export function ailmentOf(faults: readonly Fault[]): Ailment {
  let hung = false;
  let slowness = 1;
  let well = 1;
  for (const fault of faults) {
    if (fault.type === 'hang') hung = true;
    else if (fault.type === 'slow') slowness *= fault.factor;
    else if (fault.type === 'fail') well *= 1 - fault.ratio;
  }
  return { hung, slowness, failRatio: 1 - well };
}

/** `hang: 1 instance until 90 s`. */
export function faultReason(fault: Fault, count: number): string {
  const hit = `${count} instance${count === 1 ? '' : 's'}`;
  switch (fault.type) {
    case 'kill':
      return `kill: ${hit} of the group ended`;
    case 'hang':
      return `hang: no answer from ${hit} for ${fault.forMs / 1000} s`;
    case 'degrade':
      return `degrade: ${hit} ask to be spared for ${fault.forMs / 1000} s`;
    case 'slow':
      return `slow: ${hit} work ${fault.factor} times as long for ${fault.forMs / 1000} s`;
    case 'fail': {
      const percent = Number((fault.ratio * 100).toFixed(6));
      return `fail: ${hit} answer ${percent} % with errors for ${fault.forMs / 1000} s`;
    }
    default:
      throw new Error(`unknown fault ${fault satisfies never}`);
  }
}
